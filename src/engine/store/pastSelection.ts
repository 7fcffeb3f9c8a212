import type { Verdict } from "../../core/verdict.ts";
import type { Env } from "../env.ts";
import type { DatasetPlace, DatasetState } from "./dotWinnow.ts";
import { readSelection, stateFiles } from "./dotWinnow.ts";
import { isMissing } from "./fileMoves.ts";
import { readBytes } from "./files.ts";
import { hashInTurns } from "./hashInTurns.ts";
import { createPause } from "./inTurns.ts";
import type { Operation, OperationId, OperationKind } from "./ledger.ts";
import { blobPath, readManifest, trashPath, type ManifestEntry } from "./manifest.ts";

/** A selection of another time was asked for, and its bytes are not kept on this machine. */
export class SelectionLostError extends Error {
  constructor(when: string, why: string) {
    super(`The selection ${when} can't be compared: ${why}`);
    this.name = "SelectionLostError";
  }
}

/** What is known of a dataset's history. */
export interface History {
  readonly place: DatasetPlace;
  readonly state: DatasetState;
  readonly operations: readonly Operation[];
}

/** Operations of these kinds never change the selection. */
const untouching: ReadonlySet<OperationKind> = new Set<OperationKind>(["export", "label", "cache"]);

/**
 * The selection as it was after an operation, or before all of them (null): every operation keeps the bytes that it replaces. Throws
 * `SelectionLostError` where they are gone, as those of another clone's operations are.
 */
export async function readSelectionAfter(
  env: Env,
  { place, state, operations }: History,
  id: OperationId | null,
): Promise<readonly Verdict[]> {
  const at = id === null ? -1 : operations.findIndex(({ operation }) => operation === id);
  if (id !== null && at < 0) throw new Error(`Expected an operation of this dataset's log but received ${id}`);
  const when = id === null ? "before all operations" : `after the operation ${id}`;
  for (const later of operations.slice(at + 1)) {
    if (later.files === 0 || later.state === "aborted" || later.state === "open" || untouching.has(later.kind)) continue;
    const entries = await readManifest(place, later.operation);
    if (entries.length === 0)
      throw new SelectionLostError(
        when,
        `the later operation ${later.operation} was done on another machine or clone, which alone has what it replaced`,
      );
    const entry = entries.find(({ path }) => path === selectionPath);
    if (entry === undefined) continue;
    const text = entry.before === null ? "" : await readReplaced(env, place, { id: later.operation, entry });
    if (text === undefined)
      throw new SelectionLostError(when, `what the later operation ${later.operation} replaced is no longer kept in .winnow`);
    return await readSelection(env, text);
  }
  return state.selection;
}

const selectionPath = `.winnow/${stateFiles.selection}`;

/** The text that an operation replaced or took away; undefined where it isn't kept. */
async function readReplaced(
  env: Env,
  place: DatasetPlace,
  { id, entry }: { id: OperationId; entry: ManifestEntry },
): Promise<string | undefined> {
  const path = entry.after === null ? trashPath(place, id, entry.path) : blobPath(place, entry.before ?? "");
  const bytes = await readBytes(env, path).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (bytes === undefined || (await hashInTurns([bytes], createPause(env))) !== entry.before) return undefined;
  return bytes.toString("utf8");
}
