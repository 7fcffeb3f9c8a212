import { randomBytes } from "node:crypto";
import { mkdir, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Env } from "../env.ts";
import { eachConcurrently } from "./concurrent.ts";
import type { DatasetPlace } from "./dotWinnow.ts";
import { findMissingFolder, hashFile, moveFile, stagedPath } from "./fileMoves.ts";
import { sha256, syncFolder } from "./files.ts";
import { appendEvent, ledgerSchema, readLedger, type Operation, type OperationId, type OperationKind } from "./ledger.ts";
import { absoluteFromPath, trashPath, writeManifest, type ManifestEntry, type Target } from "./manifest.ts";
import { exists, followLinks } from "./paths.ts";
import { rollBack } from "./recovery.ts";
import {
  clearStaged,
  dropPlan,
  makeBlobFolder,
  stageChange,
  syncPrepared,
  writePlan,
  type Content,
  type StagedChange,
  type UnsyncedFile,
} from "./staging.ts";

/** A dataset whose lock this process holds. `failpoint` is called with the name of each step that was just taken; tests kill the process there. */
export interface OpenDataset extends DatasetPlace {
  readonly env: Env;
  readonly isHeld: () => boolean;
  readonly failpoint: (step: string) => void;
}

/**
 * What is to become of one file. `path` is below the root with forward slashes, `.winnow/…`, or absolute for one outside of the dataset. `before` is the SHA-256 that the file had when
 * the change was thought out, null for a file that must not exist; `content` undefined moves the file to the trash.
 */
export interface Change {
  readonly path: string;
  readonly before: string | null;
  readonly content: Content | undefined;
}

/** An operation before it is done. `by` is "person" unless something else decided. */
export interface OperationPlan {
  readonly kind: OperationKind;
  readonly summary: string;
  readonly changes: readonly Change[];
  readonly by?: string;
  readonly undoes?: readonly OperationId[];
  readonly partly?: readonly OperationId[];
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Files are not as they were when the changes were thought out: nothing was changed. */
export class ConflictError extends Error {
  readonly conflicts: readonly { readonly path: string; readonly reason: string }[];
  constructor(conflicts: readonly { readonly path: string; readonly reason: string }[]) {
    const [first] = conflicts;
    super(
      `Nothing was written: ${first?.path ?? ""} ${first?.reason ?? ""}${conflicts.length > 1 ? `, and ${conflicts.length - 1} more` : ""}`,
    );
    this.name = "ConflictError";
    this.conflicts = conflicts;
  }
}

type Step = Change & StagedChange;

/** Files that are read, staged or renamed at once. */
const concurrency = 8;

/**
 * Changes files as one operation that can be undone: all or none of them, also when the process is killed in between. No file is overwritten that isn't as `before` says
 * (`ConflictError`), and links are written through. Gives undefined where every file already is as it should be
 * (an undo is noted even then).
 */
export async function applyOperation(dataset: OpenDataset, plan: OperationPlan): Promise<Operation | undefined> {
  const { env, folder, failpoint } = dataset;
  const id = await createOperationId(dataset);
  const steps = await prepare(dataset, plan, id);
  if (steps.length === 0 && plan.undoes === undefined) return undefined;
  const entries = await stageAll(dataset, plan, { id, steps });
  const told: Omit<Operation, "state"> = {
    operation: id,
    time: new Date(env.now()).toISOString(),
    by: plan.by ?? "person",
    kind: plan.kind,
    summary: plan.summary,
    files: entries.length,
    ...(plan.undoes === undefined ? {} : { undoes: plan.undoes }),
    ...(plan.partly === undefined || plan.partly.length === 0 ? {} : { partly: plan.partly }),
  };
  if (!dataset.isHeld()) {
    await clearStaged(dataset, id);
    throw new Error(`The lock of ${dataset.root} was lost, as after a suspend: nothing was written; try again`);
  }
  await appendEvent(folder, { event: "begin", schema: ledgerSchema, ...told });
  failpoint("begun");
  try {
    await commit(dataset, id, steps);
  } catch (error) {
    await rollBack(dataset, id);
    throw error;
  }
  await appendEvent(folder, { event: "done", operation: id });
  failpoint("done");
  await dropPlan(dataset, id);
  return { ...told, state: "done" };
}

/** Follows the links, compares every file with what it should be before, and leaves out the changes that change nothing. */
async function prepare(dataset: OpenDataset, { changes, signal }: OperationPlan, id: OperationId): Promise<Step[]> {
  const steps: Step[] = [];
  const conflicts: { path: string; reason: string }[] = [];
  const taken = new Set<string>();
  const missing = new Map<string, Promise<string | undefined>>();
  const missingFolder = (folder: string, real: string): Promise<string | undefined> => {
    const known = missing.get(folder) ?? findMissingFolder(real);
    missing.set(folder, known);
    return known;
  };
  await eachAll(changes, async (change) => {
    signal?.throwIfAborted();
    const real = await followLinks(absoluteFromPath(dataset, change.path));
    if (taken.has(real)) conflicts.push({ path: change.path, reason: "would be changed twice at once" });
    taken.add(real);
    const reason = await findConflict(dataset, change.before, real);
    if (reason !== undefined) conflicts.push({ path: change.path, reason });
    else if (changesSomething(change))
      steps.push({ ...change, real, staged: stagedPath(real, id), made: await missingFolder(dirname(real), real) });
  });
  if (conflicts.length > 0) throw new ConflictError(conflicts);
  return steps;
}

function changesSomething({ before, content }: Change): boolean {
  if (content === undefined) return before !== null;
  return content.kind !== "bytes" || sha256(content.bytes) !== before;
}

async function findConflict({ env }: OpenDataset, before: string | null, real: string): Promise<string | undefined> {
  if (before === null) return (await exists(real)) ? "exists already" : undefined;
  const current = await hashFile(env, real);
  if (current === before) return undefined;
  return current === null ? "is gone" : "was changed by something else since it was read";
}

async function stageAll(
  dataset: OpenDataset,
  plan: OperationPlan,
  { id, steps }: { id: OperationId; steps: readonly Step[] },
): Promise<(ManifestEntry & Target)[]> {
  const entries: (ManifestEntry & Target)[] = [];
  const unsynced: UnsyncedFile[] = [];
  await writePlan(dataset, id, steps);
  await makeBlobFolder(dataset);
  dataset.failpoint("planned");
  try {
    await eachAll(steps, async (step) => {
      plan.signal?.throwIfAborted();
      const { path, real, before, made } = step;
      const prepared = await stageChange(dataset, step);
      unsynced.push(...prepared.unsynced);
      entries.push({ path, real, before, after: prepared.after, ...(made === undefined ? {} : { made }) });
      dataset.failpoint("staged");
      plan.onProgress?.(entries.length, steps.length);
    });
    plan.signal?.throwIfAborted();
    await syncPrepared(dataset, unsynced, plan.signal);
    dataset.failpoint("onDisk");
    await writeManifest(dataset, id, entries);
    dataset.failpoint("manifest");
    return entries;
  } catch (error) {
    await clearStaged(dataset, id);
    throw error;
  }
}

async function commit(dataset: OpenDataset, id: OperationId, steps: readonly Step[]): Promise<void> {
  await eachAll(steps, async ({ path, real, staged, before, content }) => {
    const reason = await findConflict(dataset, before, real);
    if (reason !== undefined) throw new ConflictError([{ path, reason }]);
    if (content === undefined) await moveFile(real, trashPath(dataset, id, path));
    else await rename(staged, real);
    dataset.failpoint("renamed");
  });
  for (const folder of new Set(steps.map(({ real }) => dirname(real)))) await syncFolder(folder);
  dataset.failpoint("synced");
}

/** Like `eachConcurrently`, but on a failure it waits for what was under way, so that nothing is written after the clean-up. */
async function eachAll<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const failures: unknown[] = [];
  await eachConcurrently(items, concurrency, async (item) => {
    if (failures.length > 0) return;
    await work(item).catch((error: unknown) => void failures.push(error));
  });
  if (failures.length > 0) throw failures[0];
}

async function createOperationId({ env, folder }: OpenDataset): Promise<OperationId> {
  const { operations, readOnly } = await readLedger(env, folder);
  if (readOnly !== undefined) throw new Error(readOnly);
  const known = new Set(operations.map(({ operation }) => operation));
  const [day = "", time = ""] = new Date(env.now()).toISOString().split("T");
  await mkdir(join(folder, "operations"), { recursive: true });
  for (;;) {
    const id = `${day.replaceAll("-", "")}-${time.slice(0, 8).replaceAll(":", "")}-${randomBytes(2).toString("hex")}`;
    if (!known.has(id)) return id;
  }
}
