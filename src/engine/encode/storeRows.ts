import type { ModelUse } from "../../core/modelUse.ts";
import type { ContentHash } from "../../core/sample.ts";
import type { VectorStore } from "../store/vectors.ts";
import { normalizeRows } from "./normalize.ts";

/** What encoding has done: `done` vectors were computed and stored, `rejected` were zero or not finite and were not stored; `use` where a model ran. */
export interface EncodeOutcome {
  readonly done: number;
  readonly rejected: readonly ContentHash[];
  readonly use: ModelUse | undefined;
}

/** Normalises a model's rows and stores those that have a direction; gives the keys of the others. */
export async function storeRows(
  store: Pick<VectorStore, "dim" | "append">,
  keys: readonly ContentHash[],
  rows: Float32Array,
): Promise<readonly ContentHash[]> {
  const { dim } = store;
  const rejected = new Set(normalizeRows(rows, dim));
  if (rejected.size === 0) {
    await store.append(keys, rows);
    return [];
  }
  const kept = keys.map((_, row) => row).filter((row) => !rejected.has(row));
  const values = new Float32Array(kept.length * dim);
  for (const [i, row] of kept.entries()) values.set(rows.subarray(row * dim, (row + 1) * dim), i * dim);
  await store.append(
    kept.map((row) => keys[row]!),
    values,
  );
  return [...rejected].map((row) => keys[row]!);
}
