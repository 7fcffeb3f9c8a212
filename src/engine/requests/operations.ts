import type { Env } from "../env.ts";
import { readDataset, withDataset } from "../store/dataset.ts";
import type { Operation } from "../store/ledger.ts";
import type { Undone } from "../write/undo.ts";
import { undo } from "../write/undo.ts";

/** The operations of a dataset, the oldest first. */
export async function listOperations(env: Env, root: string): Promise<readonly Operation[]> {
  return (await readDataset(env, root)).ledger.operations;
}

/** Undoes an operation (the last where none is named); with `cascade` our own later operations on the same files first. */
export async function undoOperation(
  env: Env,
  root: string,
  { operation, cascade }: { operation?: string; cascade: boolean },
): Promise<Undone> {
  return await withDataset(env, root, (open) => undo(open, operation, { cascade }));
}
