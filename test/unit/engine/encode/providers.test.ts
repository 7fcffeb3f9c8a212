import { expect, test } from "vitest";
import { listProviders } from "../../../../src/engine/encode/providers.ts";

test("the CPU can always be used, and what cannot be says why", () => {
  const states = listProviders();
  expect(states.map((state) => state.provider)).toEqual(["cuda", "webgpu", "cpu"]);
  expect(states.at(-1)).toEqual({ provider: "cpu", isBundled: true, isUsable: true, why: undefined });
  for (const state of states) expect(state.why === undefined).toBe(state.isUsable);
});
