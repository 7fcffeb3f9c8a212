import { existsSync } from "node:fs";
import { mkdir, open, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { EncoderId } from "../../core/encoder.ts";
import { providerChoices } from "../../core/providers.ts";
import { falls } from "../../core/tune/endings.ts";
import { towers } from "../../core/tune/headModel.ts";
import { explainFailure } from "../../core/tune/failure.ts";
import type { HeadJob } from "../../core/tune/job.ts";
import { comparisonTrainer } from "../../core/tune/comparisonJob.ts";
import { fullTrainer } from "../../core/tune/jobs/fullJob.ts";
import { slurmFile } from "../../core/tune/jobs/slurm.ts";
import { isComparisonJob, type RunJob } from "../../core/tune/runJob.ts";
import type { ImageTuneJob } from "../../core/tune/imageTrainers/imageTuneJob.ts";
import type { TuneJob } from "../../core/tune/tuneJob.ts";
import type { Env } from "../env.ts";
import { writeAtomically } from "../store/files.ts";
import { appendJsonLines, readJsonLines } from "../store/jsonLines.ts";
import { isRunning, type ProcessMark } from "./processStart.ts";
import type { Metric } from "./trainHead.ts";
import { TuneError } from "./tuneError.ts";

/** The files of a run's folder, `.winnow/runs/<id>/`. `stop` is there while a person wants the run to end; the tuned encoder lies beside them in a folder of its name. */
export const runFiles = {
  job: "job.json",
  state: "state.json",
  metrics: "metrics.jsonl",
  log: "log.txt",
  stop: "stop",
  checkpoint: "checkpoint.safetensors",
  head: "head.safetensors",
  exported: "exported.json",
  againstRandom: "againstRandom.json",
  arms: "arms.jsonl",
  heartbeat: "heartbeat",
} as const;

const numbers = z.record(z.string(), z.number());
const encoderShape = z.strictObject({ id: z.string().transform((id) => id as EncoderId), folder: z.string(), name: z.string() });
const jobShape = z.strictObject({
  schema: z.literal(1),
  trainer: z.literal("head"),
  dataset: z.string(),
  encoder: encoderShape,
  loss: z.string(),
  lossOptions: numbers,
  head: z.string(),
  headOptions: numbers,
  on: z.array(z.enum(towers)).min(1),
  epochs: z.number().int().positive(),
  batch: z.number().int().min(2),
  rate: z.number().positive(),
  decay: z.number().nonnegative(),
  warmup: z.number().min(0).max(1),
  temperature: z.number().positive(),
  bias: z.number(),
  learnsTemperature: z.boolean(),
  seed: z.number().int(),
  patience: z.number().int().nonnegative(),
  // Jobs that were written before there was a guard ran without one.
  guard: z.number().min(0).max(1).default(0),
  confusable: z.boolean(),
  heldOut: z.string(),
  provider: z.enum(providerChoices),
});

const originShape = z.strictObject({ encoder: encoderShape, heldOut: z.string(), seed: z.number(), digest: z.string() });
const tuneJobShape = z.strictObject({
  schema: z.literal(1),
  trainer: z.string().min(1),
  command: z.string().min(1),
  args: z.array(z.string()),
  env: z.record(z.string(), z.string()),
  cwd: z.string(),
  folder: z.string(),
  files: z.array(z.strictObject({ path: z.string(), text: z.string() })),
  data: z.strictObject({ images: z.number(), pairs: z.number(), captions: z.number(), shown: z.number() }),
  epochs: z.number().optional(),
  origin: originShape.optional(),
  steps: z.number().optional(),
  seconds: z.number().optional(),
  memoryBytes: z.number().optional(),
});

const imageJobShape = tuneJobShape.extend({
  epochs: z.number().int().positive(),
  prompts: z.array(z.string()),
  samples: z.string().nullable(),
});

const comparisonShape = z.strictObject({
  schema: z.literal(1),
  trainer: z.literal(comparisonTrainer),
  dataset: z.string(),
  of: z.string().min(1),
  seeds: z.number().int().positive(),
  job: z.union([jobShape, tuneJobShape.extend({ trainer: z.literal(fullTrainer), origin: originShape }).transform(withUnknown)]),
});

type Unknowable = Pick<TuneJob, "steps" | "seconds" | "memoryBytes">;

/** What can't be known before a run may be left out. */
function withUnknown<Parsed extends Partial<Unknowable>>(parsed: Parsed): Parsed & Unknowable {
  return { steps: undefined, seconds: undefined, memoryBytes: undefined, ...parsed };
}

const markShape = z.object({ pid: z.number(), started: z.string().nullable().default(null) });
const stateShape = z.object({
  state: z.enum(["starting", "running", "stopped", "done", "failed"]),
  ...markShape.shape,
  /** The program that the run's own process has started. */
  trainer: markShape.optional(),
  /** The machine of a cluster on which it runs, null while it waits for one; there is none where it runs here. */
  host: z.string().nullable().optional(),
  startedAt: z.string(),
  message: z.string().optional(),
  vectors: z.string().optional(),
});

/**
 * How a run stands, as its own process wrote it: `pid` and `started` mark that process, `trainer` another one that it has started. `starting` is written by whoever
 * starts it. `vectors` stands for the data that it is trained on.
 */
export type RunState = z.infer<typeof stateShape>;

/** A run as it is found: one whose process is gone without a word has died. */
export interface FoundRun<Job extends RunJob = RunJob> {
  readonly id: string;
  readonly folder: string;
  readonly job: Job;
  readonly state: Exclude<RunState["state"], "starting"> | "died";
  readonly message: string | undefined;
  readonly startedAt: string;
  /** Whether a cluster trains it. */
  readonly isElsewhere: boolean;
}

/** Checks a job that a person or a file gave. Throws a TuneError that names what is off. */
export function parseJob(json: unknown, source: string): HeadJob {
  const parsed = jobShape.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new TuneError(`${source} is no job of the head trainer (${issue?.path.join(".") ?? ""}: ${issue?.message ?? "it can't be read"})`);
}

/** Checks what a run's folder says that it does. Throws a TuneError that names what is off. */
function parseRunJob(json: unknown, source: string): RunJob {
  const isProgram = typeof json === "object" && json !== null && "command" in json;
  const comparison = isProgram ? undefined : comparisonShape.safeParse(json).data;
  if (!isProgram) return comparison ?? parseJob(json, source);
  const parsed = ("prompts" in json ? imageJobShape : tuneJobShape).safeParse(json);
  if (parsed.success) return withUnknown(parsed.data) satisfies TuneJob | ImageTuneJob;
  const [issue] = parsed.error.issues;
  throw new TuneError(`${source} is no job (${issue?.path.join(".") ?? ""}: ${issue?.message ?? "it can't be read"})`);
}

/** A run's id and the absolute path of its folder. */
export interface RunPlace {
  readonly id: string;
  readonly folder: string;
}

/** Makes the folder of a new run of the head trainer, with its job. */
export async function createRun(env: Env, winnowFolder: string, job: HeadJob): Promise<RunPlace> {
  const place = await reserveRun(env, winnowFolder, job.loss);
  await writeJob(place.folder, job);
  return place;
}

/** Writes what a run does into its folder. */
export async function writeJob(folder: string, job: RunJob): Promise<void> {
  await writeAtomically(join(folder, runFiles.job), `${JSON.stringify(job, undefined, 2)}\n`);
}

/** Makes the folder of a new run below `.winnow`; its id is the time and a name such as the loss, with a number where that is taken. */
export async function reserveRun(env: Env, winnowFolder: string, name: string): Promise<RunPlace> {
  const runs = join(winnowFolder, "runs");
  await mkdir(runs, { recursive: true });
  // Made to be kept, not to be committed with the recipe: graphs and checkpoints are large.
  await writeAtomically(join(runs, ".gitignore"), "*\n");
  const time = new Date(env.now())
    .toISOString()
    .replaceAll(/[-:]|\..*/g, "")
    .replace("T", "-");
  for (let number = 1; ; number += 1) {
    const id = number === 1 ? `${time}-${name}` : `${time}-${name}-${number}`;
    const folder = join(runs, id);
    // Made without `recursive`, it fails where another process has taken the name.
    const isMade = await mkdir(folder).then(
      () => true,
      (error: unknown) => {
        if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
        throw error;
      },
    );
    if (isMade) return { id, folder };
  }
}

/** All runs of a dataset, or so many of the latest, the oldest first; folders that hold none are passed over. */
export async function listRuns(winnowFolder: string, latest = Infinity): Promise<readonly FoundRun[]> {
  const names = await readdir(join(winnowFolder, "runs")).catch(() => []);
  const runs = names.filter((name) => !name.startsWith(".")).sort();
  const found = await Promise.all(runs.slice(-latest).map((id) => readRun(winnowFolder, id).catch(() => undefined)));
  return found.filter((run) => run !== undefined);
}

/** Finds a run by its id, or the newest. Throws a TuneError that lists the runs where there is none of that name. */
export async function findRun(winnowFolder: string, id: string | undefined): Promise<FoundRun> {
  const runs = await listRuns(winnowFolder);
  const run = id === undefined ? runs.at(-1) : runs.find((other) => other.id === id);
  if (run !== undefined) return run;
  const ids = runs.map((other) => other.id).join(", ");
  throw new TuneError(
    id === undefined || ids === "" ? "There is no run of this dataset yet" : `There is no run ${id}: expected one of ${ids}`,
  );
}

/** Finds a run by its id, or the newest that trains for more than a comparison. Throws as `findRun` does. */
export async function findTraining(winnowFolder: string, id: string | undefined): Promise<FoundRun> {
  const newest = id === undefined ? (await listRuns(winnowFolder)).findLast(({ job }) => !isComparisonJob(job)) : undefined;
  return newest ?? (await findRun(winnowFolder, id));
}

/** Reads the job of a run's folder. Throws a TuneError where there is none. */
export async function readJob(folder: string): Promise<RunJob> {
  const path = join(folder, runFiles.job);
  return parseRunJob(JSON.parse(await readFile(path, "utf8")), path);
}

async function readRun(winnowFolder: string, id: string): Promise<FoundRun> {
  const folder = join(winnowFolder, "runs", id);
  const job = await readJob(folder);
  const first = await readRunState(folder);
  const isGone = first !== undefined && (await standingOf(folder, first)) === "died";
  // What ended between the two looks, at its word and at its process, has left a last word.
  const told = isGone ? await readRunState(folder) : first;
  const state = told === undefined ? "died" : await standingOf(folder, told);
  const message = told === undefined ? (explainFailure(await readLogEnd(folder)) ?? diedMessage) : await messageOf(folder, told, state);
  return { id, folder, job, state, message, startedAt: told?.startedAt ?? "", isElsewhere: told?.host !== undefined };
}

/** What is told of a run whose process is gone, where its log tells no more. */
const diedMessage = "its process ended without a word: resume it to go on from its last whole epoch";

async function messageOf(folder: string, told: RunState, state: FoundRun["state"]): Promise<string | undefined> {
  if (told.host === undefined) return state === "died" ? (explainFailure(await readLogEnd(folder)) ?? diedMessage) : told.message;
  if (state === "running")
    return told.host === null ? `it waits for a cluster: sbatch ${join(folder, slurmFile)}` : `it runs on ${told.host}`;
  if (state === "died")
    return `nothing was heard of it on ${told.host ?? "the cluster"} for minutes: send its script again, sbatch ${join(folder, slurmFile)}`;
  if (state !== "failed") return told.message;
  const end = await readLogEnd(folder);
  return explainFailure(end) ?? lastLine(end) ?? told.message;
}

function lastLine(text: string): string | undefined {
  return text.trim().split("\n").at(-1) || undefined;
}

/** A script on a cluster touches its file every five seconds; clocks of file servers, and what they keep of a file, may be minutes behind. */
const silentMs = 300_000;

async function standingOf(folder: string, told: RunState): Promise<FoundRun["state"]> {
  if (told.state !== "running" && told.state !== "starting") return told.state;
  if (told.host === null) return "running";
  if (told.host !== undefined) {
    const beat = await stat(join(folder, runFiles.heartbeat)).catch(() => undefined);
    return beat !== undefined && Date.now() - beat.mtimeMs < silentMs ? "running" : "died";
  }
  const marks: readonly ProcessMark[] = [told, ...(told.trainer === undefined ? [] : [told.trainer])];
  return (await Promise.all(marks.map(isRunning))).includes(true) ? "running" : "died";
}

const logEndBytes = 8_192;
const logStart = "--- started at ";

/** The line of a log by which a run, or what is left of it, begins. */
export function formatLogStart(now: Date): string {
  return `${logStart}${now.toISOString()}\n`;
}

/** The last lines of a run's log, of its last start alone, for a former failure explains nothing of this one; "" where it has none. */
export async function readLogEnd(folder: string): Promise<string> {
  const handle = await open(join(folder, runFiles.log), "r").catch(() => undefined);
  if (handle === undefined) return "";
  try {
    const { size } = await handle.stat();
    if (size === 0) return "";
    const from = Math.max(0, size - logEndBytes);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - from), 0, size - from, from);
    const end = buffer.toString("utf8", 0, bytesRead);
    const start = end.lastIndexOf(logStart);
    return start < 0 ? end : end.slice(start).replace(/^.*\n?/, "");
  } finally {
    await handle.close();
  }
}

/** Where the tuned encoder of a run of the head trainer lies once it is done. */
export function tunedFolder(folder: string, { encoder, loss }: HeadJob): string {
  return join(folder, `${encoder.name}-${loss}`);
}

/** What a run's process wrote last; undefined where nothing can be read. */
export async function readRunState(folder: string): Promise<RunState | undefined> {
  const text = await readFile(join(folder, runFiles.state), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return stateShape.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Writes how a run stands. */
export async function writeRunState(folder: string, state: RunState): Promise<void> {
  await writeAtomically(join(folder, runFiles.state), `${JSON.stringify(state)}\n`);
}

/** Asks a run to stop; it does so before its next step. */
export async function askToStop({ folder }: FoundRun): Promise<void> {
  await writeAtomically(join(folder, runFiles.stop), "");
}

/** Says of a new run that it waits for a cluster, whose script tells how it stands from then on. */
export async function waitForCluster(env: Env, folder: string): Promise<void> {
  await writeRunState(folder, { state: "starting", pid: 0, started: null, startedAt: new Date(env.now()).toISOString(), host: null });
}

/** Takes the wish to stop back. */
export async function clearStop(folder: string): Promise<void> {
  await rm(join(folder, runFiles.stop), { force: true });
}

/** Whether somebody asked a run to stop. */
export function isStopAsked(folder: string): boolean {
  return existsSync(join(folder, runFiles.stop));
}

const share = z.number().nullable().default(null);
const untold = z.number().nullable();
const metricShape = z.discriminatedUnion("kind", [
  z.looseObject({ kind: z.literal("before"), imageToText: share, textToImage: share, canary: z.number().optional() }),
  z.looseObject({ kind: z.literal("step"), epoch: z.number(), step: z.number(), loss: z.number(), rate: untold }),
  z.looseObject({
    kind: z.literal("epoch"),
    epoch: z.number(),
    step: z.number(),
    loss: z.number(),
    imageToText: share,
    textToImage: share,
    canary: z.number().optional(),
    fall: z.enum(falls).optional(),
    temperature: untold,
    ms: z.number(),
  }),
]);

/** A metric as a trainer wrote it; undefined for what is none. */
export function metricFromJson(json: unknown): Metric | undefined {
  return metricShape.safeParse(json).data;
}

/** Adds lines to a run's metrics. */
export async function addMetrics(env: Env, folder: string, metrics: readonly Metric[]): Promise<void> {
  await appendJsonLines(env, join(folder, runFiles.metrics), metrics);
}

/** Reads a run's metrics; what can't be read is left out. */
export async function readMetrics(env: Env, folder: string): Promise<readonly Metric[]> {
  return (await readJsonLines(env, join(folder, runFiles.metrics), metricFromJson)).rows;
}

/** Cuts off the metrics of epochs that will be done again. */
export async function cutMetrics(env: Env, folder: string, epoch: number): Promise<void> {
  const kept = (await readMetrics(env, folder)).filter((metric) => metric.kind === "before" || metric.epoch < epoch);
  await writeAtomically(join(folder, runFiles.metrics), kept.map((metric) => `${JSON.stringify(metric)}\n`).join(""));
}
