import type { Matrix } from "../matrix.ts";
import { defaultBlock } from "./blocks.ts";
import type { CancelSignal } from "./blocks.ts";

/** A matrix in whose blocks unknown rows are zeros, and `known`, rows long, which is 1 for every row that has a vector. */
export interface KnownMatrix {
  readonly matrix: Matrix;
  readonly known: Uint8Array;
}

/**
 * Reads a matrix once, `block` rows at a time, to find the unknown rows: those that are all zeros or hold a NaN or an infinity. They have
 * no direction, so they are nobody's neighbour and in no cluster; zeroed, they can't spoil the maxima of others either.
 */
export async function findKnown(matrix: Matrix, signal?: CancelSignal, block = defaultBlock): Promise<KnownMatrix> {
  const { rows, dim } = matrix;
  const known = new Uint8Array(rows);
  for (let from = 0; from < rows; from += block) {
    signal?.throwIfAborted();
    const values = await matrix.read(from, Math.min(from + block, rows));
    for (let row = 0; row * dim < values.length; row += 1) known[from + row] = hasDirection(values, row * dim, dim) ? 1 : 0;
  }
  if (!known.includes(0)) return { matrix, known };
  const read = async (from: number, to: number) => zeroUnknown(await matrix.read(from, to), known.subarray(from, to), dim);
  return { matrix: { rows, dim, read }, known };
}

function hasDirection(values: Float32Array, from: number, dim: number): boolean {
  let sum = 0;
  for (let at = from; at < from + dim; at += 1) sum += (values[at] as number) * (values[at] as number);
  return sum > 0 && sum < Infinity;
}

function zeroUnknown(values: Float32Array, known: Uint8Array, dim: number): Float32Array {
  if (!known.includes(0)) return values;
  const zeroed = values.slice();
  known.forEach((isKnown, row) => {
    if (isKnown === 0) zeroed.fill(0, row * dim, (row + 1) * dim);
  });
  return zeroed;
}
