import type { ContentHash } from "../../core/sample.ts";
import { normalizeRows } from "../encode/normalize.ts";
import type { VectorStore } from "../store/vectors.ts";
import type { VectorArray } from "./partitions.ts";
import { eachVectorBlock } from "./vectorBlocks.ts";

/** What became of the rows of arrays: stored, known before, of nothing in the dataset, without a direction (not numbers, or zeros). `scaled` counts stored ones that were not of length 1. */
export interface RowCounts {
  stored: number;
  known: number;
  unmatched: number;
  invalid: number;
  scaled: number;
}

/** Counts at zero. */
export function noRows(): RowCounts {
  return { stored: 0, known: 0, unmatched: 0, invalid: 0, scaled: 0 };
}

/** Rounding to float16 moves a length by less than 0.001. */
const lengthTolerance = 0.01;

/** Where the rows of an array belong, and where they are counted. */
export interface Destination {
  readonly keys: readonly (ContentHash | undefined)[];
  readonly store: VectorStore;
  readonly counts: RowCounts;
  readonly signal: AbortSignal;
  readonly onRows: (count: number) => void;
}

/** Stores the rows of an array that have a key, scaled to length 1. */
export async function storeVectors({ open, label }: VectorArray, { keys, store, counts, signal, onRows }: Destination): Promise<void> {
  for await (const { from, dim, values } of eachVectorBlock(open(), label)) {
    signal.throwIfAborted();
    const rows = values.length / dim;
    const lengths = Array.from({ length: rows }, (_, row) => lengthOf(values.subarray(row * dim, (row + 1) * dim)));
    const invalid = new Set(normalizeRows(values, dim));
    const seen = new Set<ContentHash>();
    const taken: number[] = [];
    for (let row = 0; row < rows; row++) {
      const key = keys[from + row];
      if (key === undefined) counts.unmatched += 1;
      else if (invalid.has(row)) counts.invalid += 1;
      else if (store.has(key) || seen.has(key)) counts.known += 1;
      else {
        seen.add(key);
        taken.push(row);
        if (Math.abs(lengths[row]! - 1) > lengthTolerance) counts.scaled += 1;
      }
    }
    const packed = new Float32Array(taken.length * dim);
    taken.forEach((row, at) => packed.set(values.subarray(row * dim, (row + 1) * dim), at * dim));
    await store.append(
      taken.map((row) => keys[from + row]!),
      packed,
    );
    counts.stored += taken.length;
    onRows(rows);
  }
  await store.flush();
}

/** The rows of an array at some places, scaled to length 1; those without a direction are left out. */
export async function pickVectors({ open, label }: VectorArray, places: ReadonlySet<number>): Promise<ReadonlyMap<number, Float32Array>> {
  const picked = new Map<number, Float32Array>();
  const last = Math.max(-1, ...places);
  for await (const { from, dim, values } of eachVectorBlock(open(), label)) {
    const invalid = new Set(normalizeRows(values, dim));
    for (let row = 0; row * dim < values.length; row++)
      if (places.has(from + row) && !invalid.has(row)) picked.set(from + row, values.slice(row * dim, (row + 1) * dim));
    if (from + values.length / dim > last) break;
  }
  return picked;
}

function lengthOf(row: Float32Array): number {
  return Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
}
