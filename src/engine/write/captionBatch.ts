import { randomBytes } from "node:crypto";
import type { PlacedChange } from "../../core/captions/edit.ts";
import type { Env } from "../env.ts";
import { eachConcurrently } from "../store/concurrent.ts";
import { formatCsvPieces } from "../store/csvRows.ts";
import { editedFolder, type DatasetState } from "../store/dotWinnow.ts";
import { createPause, mapInTurns } from "../store/inTurns.ts";
import type { OperationId } from "../store/ledger.ts";
import { applyOperation, type Change, type OpenDataset } from "../store/operations.ts";
import type { ByteReplacement } from "../store/replacedFile.ts";
import { CaptionError, type CaptionPlanner } from "./captionPlans.ts";
import { findWriteProblem, pathOf } from "./captions.ts";
import { planFile, plannedContent } from "./filePlans.ts";
import { followVerdicts, type ChangedSample } from "./followVerdicts.ts";

/** A caption of a batch; `pair` is its number for who asked. */
export interface BatchChange extends PlacedChange {
  readonly pair: number;
}

/** The captions of one file (absolute) that a batch changes. */
export interface BatchFile {
  readonly file: string;
  readonly changes: readonly BatchChange[];
}

/** A file's new bytes as replacements in those that it had, by their SHA-256; `captions` are how the changed captions are read then. */
export interface PlannedFile {
  readonly file: string;
  readonly before: string;
  readonly replacements: readonly ByteReplacement[];
  readonly captions: readonly { readonly pair: number; readonly caption: string }[];
}

/** What a batch would write, and the captions that it leaves, each with the sentence that says why. */
export interface BatchPlan {
  readonly files: readonly PlannedFile[];
  readonly left: readonly { readonly pair: number; readonly file: string; readonly reason: string }[];
}

/** How long work is stopped and told of. */
export interface Watch {
  readonly signal: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Files that are planned at once. */
const concurrency = 4;

/** Plans the changes of many files: each is read once, and only what is to stand in it is kept. What can't be changed is left and told of. */
export async function planBatch(
  env: Env,
  files: readonly BatchFile[],
  planner: CaptionPlanner,
  { signal, onProgress }: Watch,
): Promise<BatchPlan> {
  const planned: PlannedFile[] = [];
  const left: BatchPlan["left"][number][] = [];
  let done = 0;
  await eachConcurrently(files, concurrency, async (asked) => {
    signal.throwIfAborted();
    const plan = await planOne(env, asked, planner, signal);
    left.push(...plan.left);
    if (plan.file !== undefined) planned.push(plan.file);
    onProgress?.((done += 1), files.length);
  });
  return { files: planned, left };
}

async function planOne(
  env: Env,
  { file, changes }: BatchFile,
  planner: CaptionPlanner,
  signal: AbortSignal,
): Promise<{ file: PlannedFile | undefined; left: BatchPlan["left"] }> {
  const leave = (reason: string): { file: undefined; left: BatchPlan["left"] } => ({
    file: undefined,
    left: changes.map(({ pair }) => ({ pair, file, reason })),
  });
  const problem = await findWriteProblem(file);
  if (problem !== undefined) return leave(problem);
  const plan = await planFile(env, { file, changes }, planner, signal).catch((error: unknown) => {
    if (error instanceof CaptionError || (error instanceof Error && "code" in error)) return error.message;
    throw error;
  });
  if (typeof plan === "string") return leave(plan);
  const left: BatchPlan["left"][number][] = [];
  const captions: { pair: number; caption: string }[] = [];
  for (const [at, outcome] of plan.outcomes.entries()) {
    const { pair } = changes[at]!;
    if (outcome.kind === "refusal") left.push({ pair, file, reason: outcome.message });
    else if (outcome.kind === "written") captions.push({ pair, caption: outcome.caption });
  }
  const { before, replacements } = plan;
  return { file: captions.length === 0 ? undefined : { file, before, replacements, captions }, left };
}

/** What goes with the files of a batch: words for the ledger, the samples whose verdicts follow, and every pair that counts as edited then, with its author where that is no person. */
export interface BatchNote {
  readonly summary: string;
  readonly samples: ReadonlyMap<string, ChangedSample>;
  readonly edited: readonly { readonly sample: string; readonly captionIndex: number; readonly author?: string }[];
}

/**
 * Writes a planned batch as one operation: all files or none. A person's verdicts on changed captions hold for the new texts, and `.winnow/edited` tells which pairs
 * were changed. Gives null where there is nothing to write. Throws `ConflictError` where a file was changed since it was planned.
 */
export async function applyBatch(
  dataset: OpenDataset,
  state: DatasetState,
  { plan, note, signal, onProgress }: Watch & { readonly plan: BatchPlan; readonly note: BatchNote },
): Promise<OperationId | null> {
  const { env } = dataset;
  if (state.readOnly !== undefined) throw new Error(state.readOnly);
  if (plan.files.length === 0) return null;
  const pause = createPause(env, signal);
  const changeOf = ({ file, before, replacements }: PlannedFile): Change => ({
    ...{ path: pathOf(dataset, file), before },
    content: plannedContent(env, file, replacements, signal),
  });
  const files = await mapInTurns(plan.files, changeOf, pause);
  const columns = ["sample", "captionIndex", ...(note.edited.some(({ author }) => author !== undefined) ? ["author"] : [])];
  const rows = await formatCsvPieces(columns, note.edited, pause);
  const name = `${new Date(env.now())
    .toISOString()
    .replaceAll(/[-:]|\..*/g, "")
    .replace("T", "-")}-${randomBytes(2).toString("hex")}.csv`;
  const edited: Change = { path: `.winnow/${editedFolder}/${name}`, before: null, content: { kind: "text", pieces: () => rows } };
  const changes = [...files, edited, ...(await followVerdicts(env, state, note.samples, signal))];
  const operation = await applyOperation(dataset, {
    kind: "caption",
    summary: note.summary,
    changes,
    signal,
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  return operation?.operation ?? null;
}
