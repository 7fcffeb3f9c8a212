import { addTo } from "../../losses/parts/blocks.ts";
import { plainTimes, times, turnedTimes, zeroRows } from "../rows.ts";
import type { Head } from "./head.ts";
import { drawWeights } from "./head.ts";

/** y = x + (x Aᵀ) Bᵀ with A of rank × dim drawn and B zeros at the beginning, so that it begins as it was. */
export const lowRank: Head = {
  id: "lowRank",
  name: "Low rank",
  description: "A change of few dimensions beside the vector itself: little to learn, little to spoil",
  source: "Hu et al., LoRA: Low-Rank Adaptation of Large Language Models, 2022",
  options: { rank: 16 },
  isLinear: true,
  start: (dim, { rank }, random) => ({ a: drawWeights(rank!, dim, random), b: zeroRows(dim, rank!) }),
  forward: async (gemm, input, { a, b }) => {
    const low = await times(gemm, input, a!);
    const output = await times(gemm, low, b!);
    addTo(output, input);
    return {
      output,
      back: async (gradient) => {
        const ofLow = await plainTimes(gemm, gradient, b!);
        return { a: await turnedTimes(gemm, ofLow, input), b: await turnedTimes(gemm, gradient, low) };
      },
    };
  },
  graph: ({ input, output }) => ({
    nodes: [
      { op: "Gemm", inputs: [input, "a"], outputs: ["low"], attributes: { transB: 1 } },
      { op: "Gemm", inputs: ["low", "b"], outputs: ["change"], attributes: { transB: 1 } },
      { op: "Add", inputs: [input, "change"], outputs: [output] },
    ],
    constants: {},
  }),
};
