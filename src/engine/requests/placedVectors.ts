import type { CancelSignal } from "../../core/neighbours/blocks.ts";
import type { Gemm } from "../../core/neighbours/gemm.ts";
import type { ContentHash } from "../../core/sample.ts";
import type { StoredMatrix, VectorStore } from "../store/vectors.ts";

/** The vectors that there are of `count` things: row i of `matrix` is the vector of thing `places[i]`, ascending; the others are unknown. */
export interface PlacedVectors {
  readonly count: number;
  readonly places: Int32Array;
  readonly matrix: StoredMatrix;
}

/** Rows of one product: 33 MB at 512 dimensions, some 2 ms, so that others get their turn between. */
const blockRows = 16_384;

/** Gathers the vectors of keys that the store has; above `memoryBytes` they lie in a temporary file. Dispose of the matrix after use. */
export async function placeVectors(
  store: VectorStore,
  keys: readonly (ContentHash | undefined)[],
  memoryBytes?: number,
): Promise<PlacedVectors> {
  const isKnown = (key: ContentHash | undefined): key is ContentHash => key !== undefined && store.has(key);
  const places = Int32Array.from(keys.keys()).filter((place) => isKnown(keys[place]));
  return {
    count: keys.length,
    places,
    matrix: await store.matrixOf(keys.filter(isKnown), memoryBytes === undefined ? {} : { memoryBytes }),
  };
}

/** The cosine of each thing with a vector of length 1; NaN where it is unknown. The matrix engine is to be on the CPU: one look at each number is all. */
export async function cosinesOf(
  { count, places, matrix }: PlacedVectors,
  vector: Float32Array,
  { gemm, signal }: { gemm: Gemm; signal?: CancelSignal | undefined },
): Promise<Float32Array> {
  const values = new Float32Array(count).fill(Number.NaN);
  for (let from = 0; from < matrix.rows; from += blockRows) {
    signal?.throwIfAborted();
    const to = Math.min(from + blockRows, matrix.rows);
    const product = await gemm.multiply(vector, await matrix.read(from, to), matrix.dim);
    for (let at = 0; at < product.length; at += 1) values[places[from + at]!] = product[at]!;
  }
  return values;
}

/** Places of the `k` highest values, the highest first, equal ones by the lower place; NaN is none. */
export function highest(values: Float32Array, k: number): Int32Array {
  const best: number[] = [];
  for (let place = 0; place < values.length; place += 1) {
    const value = values[place]!;
    if (Number.isNaN(value) || (best.length === k && !(value > values[best[k - 1]!]!))) continue;
    if (best.length === k) best.pop();
    let at = best.length;
    while (at > 0 && values[best[at - 1]!]! < value) at -= 1;
    best.splice(at, 0, place);
  }
  return Int32Array.from(best);
}
