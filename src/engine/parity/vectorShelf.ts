import { matrixFromArray } from "../../core/matrix.ts";
import type { ContentHash } from "../../core/sample.ts";
import type { VectorStore } from "../store/vectors.ts";

/** A vector store in memory, of float32 as the model gave it: what is certified must not come from the cache, nor be rounded for it. */
export interface VectorShelf extends VectorStore {
  /** The rows of the keys, keys.length × dim; zeros for a key that is missing. */
  rows(keys: readonly ContentHash[]): Float32Array;
}

/** Makes an empty shelf for vectors of `dim` numbers. */
export function createVectorShelf(dim: number): VectorShelf {
  const vectors = new Map<ContentHash, Float32Array>();
  const rows = (keys: readonly ContentHash[]): Float32Array => {
    const values = new Float32Array(keys.length * dim);
    for (const [row, key] of keys.entries()) values.set(vectors.get(key) ?? [], row * dim);
    return values;
  };
  return {
    dim,
    rows,
    size: () => vectors.size,
    has: (key) => vectors.has(key),
    append: (keys, values) => {
      for (const [row, key] of keys.entries()) vectors.set(key, values.slice(row * dim, (row + 1) * dim));
      return Promise.resolve();
    },
    flush: () => Promise.resolve(),
    refresh: () => Promise.resolve(),
    read: (keys) => Promise.resolve(rows(keys)),
    matrixOf: (keys) => Promise.resolve({ ...matrixFromArray(rows(keys), dim), dispose: () => Promise.resolve() }),
  };
}
