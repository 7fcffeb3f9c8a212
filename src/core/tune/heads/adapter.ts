import type { Rows } from "../rows.ts";
import { plainTimes, times, turnedTimes } from "../rows.ts";
import type { Head } from "./head.ts";
import { drawWeights } from "./head.ts";

/** y = share · relu(relu(x Aᵀ) Bᵀ) + (1 − share) x with A of dim/reduction × dim. */
export const adapter: Head = {
  id: "adapter",
  name: "Residual adapter (CLIP-Adapter)",
  description: "Two layers with a bottleneck, mixed into the vector itself",
  source: "Gao et al., CLIP-Adapter: Better Vision-Language Models with Feature Adapters, 2024",
  options: { reduction: 4, share: 0.2 },
  isLinear: false,
  start: (dim, { reduction }, random) => {
    const inner = Math.max(1, Math.floor(dim / reduction!));
    return { a: drawWeights(inner, dim, random), b: drawWeights(dim, inner, random) };
  },
  forward: async (gemm, input, { a, b }, options) => {
    const share = options["share"]!;
    const inner = positive(await times(gemm, input, a!));
    const outer = positive(await times(gemm, inner, b!));
    const output = { ...outer, values: outer.values.map((value, at) => share * value + (1 - share) * input.values[at]!) };
    return {
      output,
      back: async (gradient) => {
        const ofOuter = where(outer, { ...gradient, values: gradient.values.map((value) => share * value) });
        const ofInner = where(inner, await plainTimes(gemm, ofOuter, b!));
        return { a: await turnedTimes(gemm, ofInner, input), b: await turnedTimes(gemm, ofOuter, inner) };
      },
    };
  },
  graph: ({ input, output }, options) => ({
    nodes: [
      { op: "Gemm", inputs: [input, "a"], outputs: ["narrow"], attributes: { transB: 1 } },
      { op: "Relu", inputs: ["narrow"], outputs: ["inner"] },
      { op: "Gemm", inputs: ["inner", "b"], outputs: ["wide"], attributes: { transB: 1 } },
      { op: "Relu", inputs: ["wide"], outputs: ["outer"] },
      { op: "Mul", inputs: ["outer", "share"], outputs: ["adapted"] },
      { op: "Mul", inputs: [input, "rest"], outputs: ["kept"] },
      { op: "Add", inputs: ["adapted", "kept"], outputs: [output] },
    ],
    constants: { share: options["share"]!, rest: 1 - options["share"]! },
  }),
};

function positive(rows: Rows): Rows {
  return { ...rows, values: rows.values.map((value) => Math.max(0, value)) };
}

/** A derivative where what went through was above 0. */
function where(passed: Rows, gradient: Rows): Rows {
  return { ...gradient, values: gradient.values.map((value, at) => (passed.values[at]! > 0 ? value : 0)) };
}
