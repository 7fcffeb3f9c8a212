import type { Searcher } from "./searcher.ts";

/** The stored vector of a sample's picture; undefined where there is none. */
export async function pictureOf(searcher: Searcher, sample: string): Promise<Float32Array | undefined> {
  return await searcher.vectorOf({ kind: "sample", sample }, "cpu").catch(() => undefined);
}

/** The cosine of two vectors of length 1. Unknown (NaN) where the right one is: a row of zeros. */
export function cosine(left: Float32Array, right: Float32Array): number {
  if (!right.some((value) => value !== 0)) return Number.NaN;
  return left.reduce((sum, value, at) => sum + value * right[at]!, 0);
}
