import type { Gemm } from "../neighbours/gemm.ts";
import { createRandom } from "../random.ts";
import type { Head, HeadOptions } from "./heads/head.ts";
import type { Rows, Tensors } from "./rows.ts";
import { unitRows } from "./unit.ts";

/** The two sides of an encoder. */
export const towers = ["image", "text"] as const;

/** One side. */
export type TowerName = (typeof towers)[number];

/** Which head stands on which sides. */
export interface HeadPlan {
  readonly head: Head;
  readonly options: HeadOptions;
  readonly on: readonly TowerName[];
}

/** The names of the two numbers that are learned beside the heads: log(1/τ), and the bias of sigmoids. */
export const [scaleName, biasName] = ["logScale", "bias"] as const;

/** CLIP lets 1/τ grow no further. */
const largestScale = 100;

/** All weights at the beginning: `image.…`, `text.…`, and the two numbers as 1 × 1. */
export function startWeights(
  { head, options, on }: HeadPlan,
  { dim, temperature, bias, seed }: { dim: number; temperature: number; bias: number; seed: number },
): Tensors {
  const random = createRandom(seed);
  const entries = on.flatMap((tower) =>
    Object.entries(head.start(dim, options, random)).map(([name, rows]) => [`${tower}.${name}`, rows] as const),
  );
  return { ...Object.fromEntries(entries), [scaleName]: single(-Math.log(temperature)), [biasName]: single(bias) };
}

/** Weights of one side by the head's own names. */
export function weightsOf(weights: Tensors, tower: TowerName): Tensors {
  const own = Object.entries(weights).filter(([name]) => name.startsWith(`${tower}.`));
  return Object.fromEntries(own.map(([name, rows]) => [name.slice(tower.length + 1), rows]));
}

/** τ as it is learned so far. */
export function temperatureOf(weights: Tensors): number {
  return Math.exp(-Math.min(weights[scaleName]!.values[0]!, Math.log(largestScale)));
}

/** Tuned vectors of length 1, and the derivatives for one side's weights; none where no head stands on it. */
export interface Tuned {
  readonly units: Rows;
  readonly back: (gradient: Rows) => Promise<Tensors>;
}

/** Sends frozen vectors through the head of a side and scales them to length 1. */
export async function tuneRows(
  gemm: Gemm,
  { head, options, on }: HeadPlan,
  weights: Tensors,
  { tower, rows }: { tower: TowerName; rows: Rows },
): Promise<Tuned> {
  if (!on.includes(tower)) return { units: rows, back: () => Promise.resolve({}) };
  const passed = await head.forward(gemm, rows, weightsOf(weights, tower), options);
  const { units, back } = unitRows(passed.output);
  return {
    units,
    back: async (gradient) => {
      const gradients = await passed.back(back(gradient));
      return Object.fromEntries(Object.entries(gradients).map(([name, slopes]) => [`${tower}.${name}`, slopes]));
    },
  };
}

/** A number as a matrix. */
export function single(value: number): Rows {
  return { rows: 1, columns: 1, values: Float32Array.of(value) };
}
