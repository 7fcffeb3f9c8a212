import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Env } from "../env.ts";
import { locateDataset, readState, type DatasetPlace, type DatasetState } from "./dotWinnow.ts";
import { writeAtomically } from "./files.ts";
import { readLedger, type Ledger } from "./ledger.ts";
import { lockDataset } from "./locks.ts";
import type { OpenDataset } from "./operations.ts";
import { exists } from "./paths.ts";
import { recover } from "./recovery.ts";

/** How a dataset is opened for writing. `failpoint` is for tests of crashes. */
export interface OpenOptions {
  readonly waitMs?: number;
  readonly failpoint?: (step: string) => void;
}

/** A dataset's state and history as they are now, without the lock. */
export interface DatasetRecord {
  readonly place: DatasetPlace;
  readonly state: DatasetState;
  readonly ledger: Ledger;
}

/** Recipe, ledger, selection, splits and moves are made to be committed; the rest is large or holds for one machine. */
const ignored = [
  "/blobs/",
  "/trash/",
  "/operations/",
  "/lock/",
  "/lock.json",
  "/rewrites/lock/",
  "/rewrites/lock.json",
  "/rewrites/job/",
  "",
].join("\n");

/** Reads what a dataset's `.winnow` says; waits for nobody and writes nothing. */
export async function readDataset(env: Env, root: string): Promise<DatasetRecord> {
  const place = await locateDataset(env, root);
  const [state, ledger] = [await readState(env, place), await readLedger(env, place.folder)];
  return { place, state: { ...state, readOnly: state.readOnly ?? ledger.readOnly }, ledger };
}

/**
 * Does `action` while this process alone may change the dataset's ledger and state. The state is read under the lock, so what another process wrote before is in it;
 * what a killed process left is put right first. Throws a `LockedError` when another process keeps the lock for longer than `waitMs` (30 s).
 */
export async function withDataset<Result>(
  env: Env,
  root: string,
  action: (dataset: OpenDataset, state: DatasetState) => Promise<Result>,
  { waitMs, failpoint = () => undefined }: OpenOptions = {},
): Promise<Result> {
  const place = await locateDataset(env, root);
  await mkdir(place.folder, { recursive: true });
  const lock = await lockDataset(place.folder, waitMs);
  try {
    const ignoreFile = join(place.folder, ".gitignore");
    if (!(await exists(ignoreFile))) await writeAtomically(ignoreFile, ignored);
    const dataset: OpenDataset = { ...place, env, isHeld: lock.isHeld, failpoint };
    const { readOnly } = await readLedger(env, place.folder);
    if (readOnly === undefined) await recover(dataset);
    const state = await readState(env, place);
    return await action(dataset, { ...state, readOnly: state.readOnly ?? readOnly });
  } finally {
    await lock.release();
  }
}
