import type { Matrix } from "../../core/matrix.ts";
import type { ContentHash } from "../../core/sample.ts";
import { selectRows } from "../../core/signals/pairs.ts";
import type { StoredMatrix, VectorStore } from "../store/vectors.ts";

/** The vectors of keys in their order; what has no key or no vector is a row of zeros, which stands for unknown. Dispose of it after use. */
export async function matrixOfKnown(store: VectorStore, keys: readonly (ContentHash | undefined)[]): Promise<StoredMatrix> {
  const known = keys.filter((key) => key !== undefined && store.has(key)) as ContentHash[];
  const stored = await store.matrixOf(known);
  if (known.length === keys.length) return stored;
  let next = 0;
  const rows = Int32Array.from(keys, (key) => (key !== undefined && store.has(key) ? next++ : -1));
  const withGaps: Matrix = selectRows(stored, rows);
  return { ...withGaps, dispose: () => stored.dispose() };
}
