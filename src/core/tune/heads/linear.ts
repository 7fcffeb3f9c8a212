import type { Rows } from "../rows.ts";
import { times, turnedTimes, zeroRows } from "../rows.ts";
import type { Head } from "./head.ts";

/** y = x Wᵀ, W the unit matrix at the beginning. */
export const linear: Head = {
  id: "linear",
  name: "Linear",
  description: "One matrix of dim × dim, which begins as the unit matrix: it can turn the whole space",
  source: "Radford et al., Learning Transferable Visual Models From Natural Language Supervision, 2021 (its projection)",
  options: {},
  isLinear: true,
  start: (dim) => ({ w: unitMatrix(dim) }),
  forward: async (gemm, input, { w }) => ({
    output: await times(gemm, input, w!),
    back: async (gradient) => ({ w: await turnedTimes(gemm, gradient, input) }),
  }),
  graph: ({ input, output }) => ({
    nodes: [{ op: "Gemm", inputs: [input, "w"], outputs: [output], attributes: { transB: 1 } }],
    constants: {},
  }),
};

function unitMatrix(dim: number): Rows {
  const unit = zeroRows(dim, dim);
  for (let at = 0; at < dim; at += 1) unit.values[at * (dim + 1)] = 1;
  return unit;
}
