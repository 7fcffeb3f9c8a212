import type { Env } from "../env.ts";
import type { DatasetState } from "../store/dotWinnow.ts";
import { readDataset } from "../store/dataset.ts";
import { locateDataset } from "../store/dotWinnow.ts";
import { isMissing } from "../store/fileMoves.ts";
import { loadHeldVerdicts } from "../store/heldVerdicts.ts";
import type { Operation } from "../store/ledger.ts";
import { stampState } from "../store/stateStamp.ts";
import type { Tables } from "../store/tables.ts";
import { loadEdits } from "./edits.ts";

/** What a dataset's `.winnow` says at one time; see `AnalysedDataset`. */
export interface CurrentState {
  readonly state: DatasetState;
  readonly operations: readonly Operation[];
  readonly stamp: string;
}

/** Reads what `.winnow` says and brings the tables `verdicts`, `decidedSplits` and `edits` up to date with it; what is as it was in `before` is not loaded again. */
export async function readCurrentState(env: Env, root: string, tables: Tables, before?: CurrentState): Promise<CurrentState> {
  const stamp = await readStamp(env, root);
  if (before?.stamp === stamp) return before;
  const { place, state, ledger } = await readDataset(env, root);
  if (isNew("selection", state, before)) await loadHeldVerdicts(tables, state.selection);
  if (isNew("splits", state, before)) await loadDecidedSplits(tables, state);
  await loadEdits(env, place, tables, { operations: ledger.operations, before: before?.operations });
  return { state, operations: ledger.operations, stamp };
}

/** The folder of a dataset is gone. */
export class DatasetGoneError extends Error {
  constructor(root: string) {
    super(`${root} is not there any more: bring the folder back, or take it off the list`);
    this.name = "DatasetGoneError";
  }
}

/** The stamp of what a dataset's `.winnow` says now. Throws `DatasetGoneError`. */
export async function readStamp(env: Env, root: string): Promise<string> {
  const place = await locateDataset(env, root).catch((error: unknown) => {
    throw isMissing(error) ? new DatasetGoneError(root) : error;
  });
  return await stampState(place);
}

/** A file without a hash may have changed: it lies in a `.winnow` that can't be written. */
function isNew(name: "selection" | "splits", { hashes, ...state }: DatasetState, before: CurrentState | undefined): boolean {
  const isEmpty = name === "selection" ? state.selection.length === 0 : state.splits.size === 0;
  if (before === undefined) return !isEmpty;
  return hashes[name] !== before.state.hashes[name] || (hashes[name] === null && !isEmpty);
}

/** Splits that the analysis doesn't say already. */
async function loadDecidedSplits(tables: Tables, { splits }: DatasetState): Promise<void> {
  const [names, values] = [[...splits.keys()], [...splits.values()]];
  await tables.load("statedSplits", [
    { name: "sample", type: "text", values: names },
    { name: "split", type: "text", values },
  ]);
  await tables.run(
    "CREATE OR REPLACE TABLE decidedSplits AS SELECT s.sampleRow, d.split FROM statedSplits d JOIN samples s USING (sample) WHERE s.split IS NULL",
  );
  await tables.run("DROP TABLE statedSplits");
}
