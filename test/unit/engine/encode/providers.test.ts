import { expect, it } from "vitest";
import { providers } from "../../../../src/core/providers.ts";
import { firstLine, listProviders } from "../../../../src/engine/encode/providers.ts";
import { createCounters } from "../../../../src/engine/env.ts";
import type { Env } from "../../../../src/engine/env.ts";

const env: Env = { cacheFolder: "/none", dataFolder: "", now: () => 0, log: () => undefined, counters: createCounters() };

it("the CPU can always be used, and what cannot be says why", () => {
  const states = listProviders(env);
  expect(states.map((state) => state.provider)).toEqual(providers);
  expect(states[0]).toEqual({ provider: "cpu", isBundled: true, isUsable: true, why: undefined, device: undefined });
  for (const state of states) expect(state.why === undefined).toBe(state.isUsable);
});

it.runIf(process.platform === "linux")("providers of other systems say on which there are", () => {
  const states = listProviders(env);
  expect(states.find(({ provider }) => provider === "coreml")?.why).toBe("onnxruntime-node has it on macOS only");
  expect(states.find(({ provider }) => provider === "dml")?.why).toBe("onnxruntime-node has it on Windows only");
});

it.each([
  [
    "context.cc:136 Initialize(const Config&)::<lambda()> status == Success was false. Failed to get a WebGPU adapter: No supported adapters",
    "Failed to get a WebGPU adapter: No supported adapters",
  ],
  [
    "cuda_call.cc:154 std::conditional_t<THRW> CUDA failure 35: driver is too old ; GPU=-1 ; hostname=vm",
    "CUDA failure 35: driver is too old",
  ],
  ["Load model failed\nat once", "Load model failed"],
])("tells the reason within %j", (message, reason) => {
  expect(firstLine(new Error(message))).toBe(reason);
});
