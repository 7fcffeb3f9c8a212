import { existsSync } from "node:fs";
import { rmdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { partFields } from "../../core/tune/imageTrainers/imageFields.ts";
import type { ImageTrainer } from "../../core/tune/imageTrainers/imageTrainer.ts";
import { findImageTrainer, imageTrainers } from "../../core/tune/imageTrainers/imageTrainers.ts";
import type { Finding } from "../../core/tune/jobs/preflight.ts";
import type { TuneJob } from "../../core/tune/tuneJob.ts";
import type { TunePreview, TuneRequest } from "../../protocol/tuneRuns.ts";
import type { Env } from "../env.ts";
import { locateDataset } from "../store/dotWinnow.ts";
import { resolveWritten } from "../store/paths.ts";
import { formatFinding, lookAheadOfImages, refuseWrong } from "../tune/preflight.ts";
import { markProcess } from "../tune/processStart.ts";
import { reserveRun, writeJob, writeRunState, type RunPlace } from "../tune/runFolder.ts";
import { startRun } from "../tune/startRun.ts";
import { TuneError } from "../tune/tuneError.ts";
import { openAnalysed, type AnalysedDataset } from "./analysedDataset.ts";
import {
  chooseImages,
  planImageJob,
  writeImageJob,
  type ImageChoice,
  type ImageJob,
  type ImageJobRequest,
  type ImageJobWatch,
  type PlannedImageJob,
} from "./imageJob.ts";

/** What a run of a text-to-image trainer is made of; without `out` all of it lies in the run's own folder. */
export interface ImageRunRequest extends ImageJobRequest {
  readonly out?: string;
}

/** The folder of a run's own that the trainer works in. */
const ownFolder = "trainer";

/** A run that could begin, and what was found out before it. */
export interface PlannedImageRun extends PlannedImageJob {
  readonly choice: ImageChoice;
  readonly findings: readonly Finding[];
}

/** A run that has begun, with the job that was written for it. */
export interface StartedImageRun extends RunPlace {
  readonly made: ImageJob;
}

/** Whether a trainer's name is that of one for text-to-image. */
export function isImageTrainer(trainer: string): boolean {
  return findImageTrainer(trainer) !== undefined;
}

/** What a run would do, after a look at the trainer, the machine and the data. Nothing is written. Throws a TuneError that says what is wrong and how it is mended. */
export async function previewImageRun(env: Env, request: TuneRequest, { signal }: ImageJobWatch): Promise<TunePreview> {
  return await withRequest(env, request, async (asked, dataset) => {
    const { job, findings, ...planned } = await planImageRun(env, dataset, asked, { signal });
    return { ...job, notes: [...findings.filter(({ grade }) => grade !== "fine").map(formatFinding), ...notesOf(planned, asked)] };
  });
}

/** Starts a run that a person asked for by fields; its id. Throws as `startImageRun` does. */
export async function beginImageRun(env: Env, request: TuneRequest, watch: ImageJobWatch): Promise<string> {
  return await withRequest(env, request, async (asked, dataset) => (await startImageRun(env, dataset, asked, watch)).id);
}

/** Looks at all that a run needs; nothing is written. Throws a TuneError in one sentence where something is wrong. */
export async function planImageRun(
  env: Env,
  dataset: AnalysedDataset,
  request: ImageRunRequest,
  watch: ImageJobWatch,
): Promise<PlannedImageRun> {
  const { folder } = await locateDataset(env, dataset.root);
  const out = request.out ?? join(folder, "runs", `…-${request.trainer}`, ownFolder);
  const choice = await chooseImages(env, dataset, request);
  const planned = await planImageJob(env, dataset.root, choice, out);
  const { trainer, settings } = choice;
  const { job, warnings } = planned;
  const wanted = { trainer, interpreter: settings.python, missing: missingScript(job), images: job.data.images, warnings };
  // Of a run's own folder there is none yet; its disk is the dataset's.
  const findings = await lookAheadOfImages(env, { folder: request.out ?? folder, signal: watch.signal }, wanted);
  refuseWrong(findings);
  return { ...planned, choice, findings };
}

/**
 * Writes what a trainer wants as one operation that can be undone, and starts it as a process that outlives this one. Throws a TuneError that says what is wrong and how it is mended,
 * before anything is written but where the trainer would read the folder otherwise than the job says.
 */
export async function startImageRun(
  env: Env,
  dataset: AnalysedDataset,
  request: ImageRunRequest,
  watch: ImageJobWatch,
): Promise<StartedImageRun> {
  const { choice } = await planImageRun(env, dataset, request, watch);
  const place = await reserveRun(env, (await locateDataset(env, dataset.root)).folder, request.trainer);
  const made = await writeOrLeave(env, place, () =>
    writeImageJob(env, dataset.root, choice, { out: request.out ?? join(place.folder, ownFolder), watch }),
  );
  await writeJob(place.folder, made.job);
  const refusal = refusalOf(made, choice.trainer);
  if (refusal !== undefined) {
    const now = { ...(await markProcess(process.pid)), startedAt: new Date(env.now()).toISOString() };
    await writeRunState(place.folder, { ...now, state: "failed", message: refusal });
    throw new TuneError(refusal);
  }
  await startRun(env, place.folder);
  return { ...place, made };
}

/** Where the writing fails or is stopped, no empty run is left. */
async function writeOrLeave(env: Env, { folder }: RunPlace, write: () => Promise<ImageJob>): Promise<ImageJob> {
  try {
    return await write();
  } catch (error) {
    await rmdir(folder).catch((failure: unknown) => env.log("tune.image", `${folder} was left: ${String(failure)}`));
    throw error;
  }
}

/** Why a written job isn't started: its trainer would read the folder otherwise. */
export function refusalOf({ checks }: Pick<ImageJob, "checks">, { name }: Pick<ImageTrainer, "name">): string | undefined {
  const wrong = checks.find(({ agrees }) => !agrees);
  if (wrong === undefined) return undefined;
  const { folder, expected, found, stops } = wrong;
  return `${name} would not read ${folder} as the job says: ${found.shown} shown an epoch instead of ${expected.shown}${stops === null ? "" : ` (${stops})`}`;
}

/** The script that a job starts, where it doesn't lie there. */
function missingScript({ args, cwd }: Pick<TuneJob, "args" | "cwd">): string | undefined {
  const script = args.find((word) => word.endsWith(".py"));
  return script === undefined || existsSync(resolve(cwd, script)) ? undefined : script;
}

async function withRequest<Result>(
  env: Env,
  { root, trainer, options }: TuneRequest,
  use: (asked: ImageRunRequest, dataset: AnalysedDataset) => Promise<Result>,
): Promise<Result> {
  if (!isImageTrainer(trainer))
    throw new TuneError(`Expected one of ${imageTrainers.map(({ id }) => id).join(", ")} but received ${trainer}`);
  const fields = partFields(options);
  if (typeof fields === "string") throw new TuneError(fields);
  const { out, pictures, prompts, withoutReview, settings } = fields;
  const asked = {
    ...{ trainer, options: withWrittenPaths(root, settings), withoutReview },
    ...(out !== undefined && { out: resolveWritten(root, out) }),
    ...(pictures !== undefined && { pictures }),
    ...(prompts !== undefined && { prompts }),
  };
  const dataset = await openAnalysed(env, root);
  try {
    return await use(asked, dataset);
  } catch (error) {
    // What a person may have chosen, told as every other thing that is off.
    throw error instanceof RangeError ? new TuneError(error.message) : error;
  } finally {
    dataset.close();
  }
}

/** Settings whose paths are absolute, for the trainer starts elsewhere; an interpreter by its mere name is looked for by the system. */
export function withWrittenPaths(base: string, settings: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { trainerFolder, python } = settings;
  const isNamed = typeof trainerFolder === "string" && trainerFolder.trim() !== "";
  return {
    ...settings,
    ...(isNamed && { trainerFolder: resolveWritten(base, trainerFolder.trim()) }),
    ...(typeof python === "string" && /[\\/]/.test(python) && { python: resolveWritten(base, python.trim()) }),
  };
}

/** What a person should know before it begins. */
function notesOf({ subsets, leftOut, masksLeft, captionsLeft }: Omit<PlannedImageJob, "job">, { out }: ImageRunRequest): readonly string[] {
  const repeats = subsets.map(({ repeats }) => repeats);
  const [least, most] = [Math.min(...repeats), Math.max(...repeats)];
  return [
    `Subsets: ${subsets.length}, their pictures repeated ${least === most ? least : `${least} to ${most}`} times an epoch`,
    ...(leftOut.length === 0 ? [] : [`Left out: ${leftOut.length}, of them ${leftOut[0]!.sample}, because ${leftOut[0]!.why}`]),
    ...(masksLeft === 0 ? [] : [`Masks that stay behind: ${masksLeft}`]),
    ...(captionsLeft === 0 ? [] : [`Captions that stay behind, because the trainer reads one a picture: ${captionsLeft}`]),
    ...(out === undefined ? ["Pictures and configuration are written to the run's own folder first, which can be undone"] : []),
  ];
}
