import { existsSync } from "node:fs";
import { join } from "node:path";
import { comparableJob } from "../../core/tune/comparable.ts";
import type { ComparisonJob } from "../../core/tune/comparisonJob.ts";
import { headFields, saidFromOptions } from "../../core/tune/headFields.ts";
import { fullTrainer } from "../../core/tune/jobs/fullJob.ts";
import { openClipTrainer } from "../../core/tune/jobs/openClipJob.ts";
import { pythonFields } from "../../core/tune/jobs/pythonFields.ts";
import { slurmFile } from "../../core/tune/jobs/slurm.ts";
import { heads } from "../../core/tune/heads/heads.ts";
import { losses } from "../../core/losses/losses.ts";
import type { SaidJob } from "../../core/tune/job.ts";
import { imageFields } from "../../core/tune/imageTrainers/imageFields.ts";
import { imageTrainers } from "../../core/tune/imageTrainers/imageTrainers.ts";
import { isComparisonJob, isHeadJob, isImageJob, titleOfJob, type RunJob } from "../../core/tune/runJob.ts";
import type { Handlers } from "../../protocol/rpc.ts";
import type { ListedTuneRun, TuneChoices, TuneCurve, TunePoint, TuneRequest, TuneRunsApi, TuneTrainer } from "../../protocol/tuneRuns.ts";
import type { Env } from "../env.ts";
import { locateDataset } from "../store/dotWinnow.ts";
import { exportedFolder } from "../tune/exportTuned.ts";
import { gatherMetricsOfLog } from "../tune/followLog.ts";
import { stopRun } from "../tune/followTrainer.ts";
import { readAgainstRandom, readDoneArms } from "../tune/comparisonFiles.ts";
import { createMetricsSummaries, type MetricsSummaries, type MetricsSummary } from "../tune/metricsSummary.ts";
import { createRun, findRun, listRuns, tunedFolder, type FoundRun, type RunPlace } from "../tune/runFolder.ts";
import { startRun } from "../tune/startRun.ts";
import { TuneError } from "../tune/tuneError.ts";
import { findEncoderOf } from "./encoderOfAnalysis.ts";
import { makeHeadJob, readTunable } from "./headJob.ts";

/** Runs that are told at most; `winnow tune list` has them all. */
const mostRuns = 20;

/** Points of a curve that are told at most. */
const mostPoints = 1_000;

/** The trainers that can be started from a dataset alone. */
export const tuneTrainers: readonly TuneTrainer[] = [
  {
    id: "head",
    kind: "encoder",
    name: "Head",
    about: "A small head on the encoder's cached vectors: no Python, an epoch in seconds",
    options: headFields,
  },
  {
    id: fullTrainer,
    kind: "encoder",
    name: "Full",
    about: "The whole encoder, by Winnow's trainer in Python on open_clip: all losses, confusable batches, LoRA, every pair in contrast",
    options: pythonFields[fullTrainer],
  },
  {
    id: openClipTrainer,
    kind: "encoder",
    name: "open_clip",
    about: "The whole encoder, by open_clip's own trainer",
    options: pythonFields[openClipTrainer],
  },
  ...imageTrainers.map((trainer) => ({
    id: trainer.id,
    kind: "image" as const,
    name: trainer.name,
    about: `A LoRA of a model that paints: ${trainer.families.map(({ id }) => id).join(", ")}`,
    options: imageFields(trainer),
  })),
];

/** What the store answers about runs of fine-tuning. */
export function createTuneRunHandlers(env: Env): Handlers<TuneRunsApi> {
  return {
    listTuneChoices: ({ root }) => listTuneChoices(env, root),
    startTune: async ({ root, trainer, options }) => ({ run: (await startDetached(env, root, saidOf(trainer, options))).id }),
    resumeTuneRun: async ({ root, run: id }) => {
      await resumeDetached(env, await findRun((await locateDataset(env, root)).folder, id));
      return null;
    },
    stopTuneRun: async ({ root, run: id }) => {
      const run = await findRun((await locateDataset(env, root)).folder, id);
      if (run.state !== "running") throw new TuneError(`The run ${id} is not running`);
      await stopRun(run);
      return null;
    },
    readTuneCurves: async ({ root, runs }) => {
      const { folder } = await locateDataset(env, root);
      return await Promise.all(runs.map(async (id) => readCurve(env, await findRun(folder, id))));
    },
  };
}

/** What a dataset can be tuned with. Throws where it was never analysed. */
export async function listTuneChoices(env: Env, root: string): Promise<TuneChoices> {
  const { encoder } = await findEncoderOf(env, root);
  const choiceOf = ({ id, name, description, options }: (typeof losses)[number] | (typeof heads)[number]) => ({
    ...{ id, name, about: description, settings: options },
  });
  return { trainers: tuneTrainers, losses: losses.map(choiceOf), heads: heads.map(choiceOf), encoder: encoder.descriptor.name };
}

/** Starts a new run of the head trainer in a process that outlives this one. Throws a TuneError that names what is off. */
export async function startDetached(env: Env, root: string, said: SaidJob): Promise<RunPlace> {
  const job = makeHeadJob(root, await readTunable(env, root), said);
  const place = await createRun(env, (await locateDataset(env, root)).folder, job);
  await startRun(env, place.folder);
  return place;
}

/** What was said of a run. Throws a TuneError that names what is off. */
export function saidOf(trainer: string, options: TuneRequest["options"]): SaidJob {
  if (trainer !== "head")
    throw new TuneError(`Expected one of the trainers ${tuneTrainers.map(({ id }) => id).join(", ")} but received ${trainer}`);
  const said = saidFromOptions(options);
  if (typeof said === "string") throw new TuneError(said);
  return said;
}

/** Goes on with a run in a process of its own. Throws a TuneError where there is nothing to go on with. */
export async function resumeDetached(env: Env, run: FoundRun): Promise<void> {
  checkResumable(run);
  await startRun(env, run.folder);
}

/** Throws a TuneError where there is nothing to go on with. */
export function checkResumable({ id, state, isElsewhere, folder }: FoundRun): void {
  if (state === "running") throw new TuneError(`The run ${id} is running: stop it first`);
  if (state === "done") throw new TuneError(`The run ${id} is done: begin another`);
  if (isElsewhere) throw new TuneError(`The run ${id} trains on a cluster: send its script again, sbatch ${join(folder, slurmFile)}`);
}

/** The latest runs of a dataset, the newest first, and the folders where a change of them shows. `winnowFolder` is its `.winnow`. */
export async function readTuneRuns(
  env: Env,
  winnowFolder: string,
): Promise<{ readonly runs: readonly ListedTuneRun[]; readonly watched: readonly string[] }> {
  const found = [...(await listRuns(winnowFolder, mostRuns))].reverse();
  const runs = await Promise.all(found.map((run) => listedRun(env, run)));
  const running = runs.filter(({ state }) => state === "running").map(({ folder }) => folder);
  return { runs, watched: [join(winnowFolder, "runs"), ...running] };
}

const summaries = new WeakMap<Env, MetricsSummaries>();

/** What a process has read of metrics serves it the next time. */
function summariesOf(env: Env): MetricsSummaries {
  const own = summaries.get(env) ?? createMetricsSummaries(env.now);
  summaries.set(env, own);
  return own;
}

async function listedRun(env: Env, { job, ...run }: FoundRun): Promise<ListedTuneRun> {
  const comparable = comparableJob(job, run.isElsewhere);
  const listed = isComparisonJob(job) ? await listedComparison(env, { ...run, job }) : await listedTraining(env, { ...run, job });
  return { ...listed, incomparable: typeof comparable === "string" ? comparable : null };
}

/** A run without what is told of both kinds alike. */
type ListedPart = Omit<ListedTuneRun, "incomparable">;

/** A comparison counts trainings in the place of epochs. */
async function listedComparison(env: Env, { id, folder, state, message, startedAt, job }: FoundRun<ComparisonJob>): Promise<ListedPart> {
  const arms = await readDoneArms(env, folder);
  const total = 2 * job.seeds;
  const eachMs = arms.reduce((sum, { ms }) => sum + ms, 0) / arms.length;
  const isTimed = state === "running" && arms.length > 0;
  return {
    ...{
      id,
      folder,
      trainer: job.trainer,
      title: titleOfJob(job),
      state,
      message: message ?? null,
      startedAt,
      encoder: (isHeadJob(job.job) ? job.job : job.job.origin).encoder.name,
    },
    ...{ epoch: null, epochs: null, step: null, steps: null, loss: null, recallBefore: null, recallBest: null, tuned: null, samples: null },
    etaSeconds: isTimed ? (eachMs * (total - arms.length)) / 1_000 : null,
    comparison: { of: job.of, done: arms.length, total, answer: state === "done" ? await readAgainstRandom(folder) : null },
  };
}

type Training = Exclude<RunJob, ComparisonJob>;

async function listedTraining(env: Env, run: FoundRun<Training>): Promise<ListedPart> {
  const { id, folder, state, message, startedAt, job } = run;
  if (run.isElsewhere && !isHeadJob(job) && job.trainer === openClipTrainer) await gatherMetricsOfLog(env, job, state !== "running");
  const summary = await summariesOf(env).read(folder);
  const { epochs, steps, loss, recallBefore, recallBest } = summary;
  return {
    ...{ id, folder, trainer: job.trainer, title: titleOfJob(job), state, message: message ?? null, startedAt },
    encoder: (isHeadJob(job) ? job.encoder : job.origin?.encoder)?.name ?? null,
    epoch: epochs === 0 ? null : epochs,
    epochs: job.epochs ?? null,
    step: steps === 0 ? null : steps,
    steps: isHeadJob(job) ? null : (job.steps ?? null),
    ...{ loss, recallBefore, recallBest },
    etaSeconds: state === "running" ? etaOf(summary, job) : null,
    tuned: state === "done" ? (tunedOf(folder, job) ?? null) : null,
    comparison: null,
    samples: isImageJob(job) ? job.samples !== null : null,
  };
}

/** What is left by the time that whole epochs took, where there are some, else by that of steps; null where neither is known, and once nothing but the encoder's making is left. */
function etaOf({ epochs, epochsMs, steps, stepMs }: MetricsSummary, job: Training): number | null {
  const ofEpochs = job.epochs === undefined || epochs === 0 ? null : (epochsMs / epochs) * Math.max(0, job.epochs - epochs);
  const ofSteps = isHeadJob(job) || job.steps === undefined || stepMs === null ? null : stepMs * Math.max(0, job.steps - steps);
  const ms = ofEpochs ?? ofSteps;
  return ms === null || ms === 0 ? null : ms / 1_000;
}

function tunedOf(folder: string, job: Training): string | undefined {
  const tuned = isHeadJob(job) ? tunedFolder(folder, job) : exportedFolder(folder);
  return existsSync(tuned) ? tuned : undefined;
}

async function readCurve(env: Env, run: FoundRun): Promise<TuneCurve> {
  const listed = await listedRun(env, run);
  const { points } = await summariesOf(env).read(run.folder);
  return { run: listed, points: thinned(points), options: optionsOf(run.job) };
}

/** More points than a chart has pixels are thinned evenly; the first and the last stay. */
function thinned(points: readonly TunePoint[]): readonly TunePoint[] {
  if (points.length <= mostPoints) return points;
  return Array.from({ length: mostPoints }, (_, at) => points[Math.round((at * (points.length - 1)) / (mostPoints - 1))]!);
}

/** What the run depends on and differs between runs. */
function optionsOf(job: RunJob): TuneCurve["options"] {
  if (isComparisonJob(job)) return { ...optionsOf(job.job), seeds: job.seeds, of: job.of };
  if (!isHeadJob(job)) return { command: [job.command, ...job.args].join(" ") };
  const { loss, lossOptions, head, headOptions, on, epochs, batch, rate, decay, warmup, temperature, learnsTemperature } = job;
  const { patience, guard, confusable, heldOut, seed } = job;
  const settings = (given: Readonly<Record<string, number>>): string =>
    Object.entries(given)
      .map(([name, value]) => `${name}=${value}`)
      .join(", ");
  const sides = on.length > 1 ? "both" : on.join("");
  return {
    ...{ loss, lossSettings: settings(lossOptions), head, headSettings: settings(headOptions), on: sides },
    ...{ epochs, batch, rate, decay, warmup, temperature, learnsTemperature, patience, guard, confusable, heldOut, seed },
  };
}
