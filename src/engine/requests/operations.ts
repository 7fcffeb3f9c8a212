import type { ListedOperation, UndoAnswer, UndoRequest } from "../../protocol/operations.ts";
import type { Env } from "../env.ts";
import { readDataset, withDataset } from "../store/dataset.ts";
import type { Operation } from "../store/ledger.ts";
import { readLedger } from "../store/ledger.ts";
import type { Undone } from "../write/undo.ts";
import { undo } from "../write/undo.ts";

/** The operations of a dataset, the oldest first. */
export async function listOperations(env: Env, root: string): Promise<readonly Operation[]> {
  return (await readDataset(env, root)).ledger.operations;
}

/** Undoes an operation (where none is named, the one of `findUndoable`); with `cascade` our own later operations on the same files first. */
export async function undoOperation(
  env: Env,
  root: string,
  { operation, cascade }: { operation?: string; cascade: boolean },
): Promise<Undone> {
  return await withDataset(env, root, async (open) => {
    const named = operation ?? findUndoable((await readLedger(env, open.folder)).operations)?.operation;
    if (named === undefined) throw new Error("There is no operation left to undo");
    return await undo(open, named, { cascade });
  });
}

/** As `undoOperation`, told in numbers. */
export async function answerUndo(env: Env, { root, ...choice }: UndoRequest): Promise<UndoAnswer> {
  const { operation, undone, restored, left } = await undoOperation(env, root, choice);
  return { operation, undone, restored: restored.length, left };
}

/**
 * What an undo without a name takes back: the last thing that somebody did and that still stands. What a run writes down of itself is nobody's
 * doing; a label of a spot check changes nothing of the dataset, and is taken back where it was given.
 */
export function findUndoable(operations: readonly Operation[]): Operation | undefined {
  return operations.findLast(({ state, kind, by }) => state === "done" && kind !== "undo" && kind !== "label" && by !== "winnow");
}

/** An operation as people see it. */
export function listedOperation({ operation, time, by, kind, summary, files, state }: Operation): ListedOperation {
  return { operation, time, by, kind, summary, files, state };
}
