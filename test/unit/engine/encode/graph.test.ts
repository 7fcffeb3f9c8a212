import { expect, it } from "vitest";
import { graphBytes } from "../../../../src/engine/encode/graph.ts";
import { createSession } from "../../../../src/engine/encode/session.ts";
import { createCounters } from "../../../../src/engine/env.ts";
import type { Env } from "../../../../src/engine/env.ts";

const env: Env = { cacheFolder: "", dataFolder: "", now: () => 0, log: () => undefined, counters: createCounters() };

it("makes a model that the runtime loads and runs, with constants, lists and negative numbers", async () => {
  const bytes = graphBytes({
    inputs: [{ name: "in", dims: [2, "width"] }],
    outputs: [{ name: "out", dims: ["a", "b", 2] }],
    constants: { shape: [0, -1, 1] },
    nodes: [
      { op: "Reshape", inputs: ["in", "shape"], outputs: ["deep"] },
      { op: "Concat", inputs: ["deep", "deep"], outputs: ["twice"], attributes: { axis: -1 } },
      { op: "Transpose", inputs: ["twice"], outputs: ["out"], attributes: { perm: [1, 0, 2] } },
    ],
  });
  const session = await createSession(env, bytes, { provider: "cpu" });
  expect([session.inputs, session.outputs]).toEqual([["in"], ["out"]]);
  const { out } = await session.run({ in: { data: Float32Array.from([1, 2, 3, 4, 5, 6]), dims: [2, 3] } });
  expect(out?.dims).toEqual([3, 2, 2]);
  expect([...(out?.data ?? [])]).toEqual([1, 1, 4, 4, 2, 2, 5, 5, 3, 3, 6, 6]);
  await session.release();
});

it("writes the same bytes for the same graph", () => {
  const graph = { inputs: [], outputs: [], nodes: [{ op: "Identity", inputs: ["a"], outputs: ["b"], attributes: { axes: [-1, 300] } }] };
  expect(graphBytes(graph)).toEqual(graphBytes(graph));
});
