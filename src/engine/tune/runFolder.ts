import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { EncoderId } from "../../core/encoder.ts";
import { providerChoices } from "../../core/providers.ts";
import { towers } from "../../core/tune/headModel.ts";
import type { HeadJob } from "../../core/tune/job.ts";
import type { Env } from "../env.ts";
import { writeAtomically } from "../store/files.ts";
import { appendJsonLines, readJsonLines } from "../store/jsonLines.ts";
import type { Metric } from "./trainHead.ts";
import { TuneError } from "./tuneError.ts";

/** The files of a run's folder, `.winnow/runs/<id>/`. `stop` is there while a person wants the run to end; the tuned encoder lies beside them in a folder of its name. */
export const runFiles = {
  job: "job.json",
  state: "state.json",
  metrics: "metrics.jsonl",
  stop: "stop",
  checkpoint: "checkpoint.safetensors",
  head: "head.safetensors",
  againstRandom: "againstRandom.json",
} as const;

const numbers = z.record(z.string(), z.number());
const jobShape = z.strictObject({
  schema: z.literal(1),
  trainer: z.literal("head"),
  dataset: z.string(),
  encoder: z.strictObject({ id: z.string().transform((id) => id as EncoderId), folder: z.string(), name: z.string() }),
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

const stateShape = z.object({
  state: z.enum(["running", "stopped", "done", "failed"]),
  pid: z.number(),
  startedAt: z.string(),
  message: z.string().optional(),
  vectors: z.string().optional(),
});

/** How a run stands, as its own process wrote it; `vectors` stands for the data that it is trained on. */
export type RunState = z.infer<typeof stateShape>;

/** A run as it is found: one whose process is gone without a word was killed. */
export interface FoundRun {
  readonly id: string;
  readonly folder: string;
  readonly job: HeadJob;
  readonly state: RunState["state"] | "killed";
  readonly message: string | undefined;
  readonly startedAt: string;
}

/** Checks a job that a person or a file gave. Throws a TuneError that names what is off. */
export function parseJob(json: unknown, source: string): HeadJob {
  const parsed = jobShape.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new TuneError(`${source} is no job of the head trainer (${issue?.path.join(".") ?? ""}: ${issue?.message ?? "it can't be read"})`);
}

/** Makes the folder of a new run below `.winnow`; its id is the time and a number where that is taken. */
export async function createRun(env: Env, winnowFolder: string, job: HeadJob): Promise<{ readonly id: string; readonly folder: string }> {
  const runs = join(winnowFolder, "runs");
  await mkdir(runs, { recursive: true });
  // Made to be kept, not to be committed with the recipe: graphs and checkpoints are large.
  await writeAtomically(join(runs, ".gitignore"), "*\n");
  const time = new Date(env.now())
    .toISOString()
    .replaceAll(/[-:]|\..*/g, "")
    .replace("T", "-");
  for (let number = 1; ; number += 1) {
    const id = number === 1 ? `${time}-${job.loss}` : `${time}-${job.loss}-${number}`;
    const folder = join(runs, id);
    // Made without `recursive`, it fails where another process has taken the name.
    const isMade = await mkdir(folder).then(
      () => true,
      (error: unknown) => {
        if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
        throw error;
      },
    );
    if (!isMade) continue;
    await writeAtomically(join(folder, runFiles.job), `${JSON.stringify(job, undefined, 2)}\n`);
    return { id, folder };
  }
}

/** All runs of a dataset, the oldest first; folders that hold none are passed over. */
export async function listRuns(winnowFolder: string): Promise<readonly FoundRun[]> {
  const names = await readdir(join(winnowFolder, "runs")).catch(() => []);
  const found = await Promise.all(names.sort().map((id) => readRun(winnowFolder, id).catch(() => undefined)));
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

async function readRun(winnowFolder: string, id: string): Promise<FoundRun> {
  const folder = join(winnowFolder, "runs", id);
  const path = join(folder, runFiles.job);
  const job = parseJob(JSON.parse(await readFile(path, "utf8")), path);
  const state = await readRunState(folder);
  const isGone = state?.state === "running" && !isAlive(state.pid);
  return {
    id,
    folder,
    job,
    state: state === undefined || isGone ? "killed" : state.state,
    message: isGone ? killedMessage : state?.message,
    startedAt: state?.startedAt ?? "",
  };
}

/** What is told of a run whose process is gone. */
const killedMessage = "its process ended without a word: resume it to go on from its last whole epoch";

/** Where the tuned encoder of a run lies once it is done. */
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

/** Takes the wish to stop back. */
export async function clearStop(folder: string): Promise<void> {
  await rm(join(folder, runFiles.stop), { force: true });
}

/** Whether somebody asked a run to stop. */
export function isStopAsked(folder: string): boolean {
  return existsSync(join(folder, runFiles.stop));
}

const metricShape = z.looseObject({ kind: z.enum(["before", "step", "epoch"]), epoch: z.number().optional() });

/** Adds lines to a run's metrics. */
export async function addMetrics(env: Env, folder: string, metrics: readonly Metric[]): Promise<void> {
  await appendJsonLines(env, join(folder, runFiles.metrics), metrics);
}

/** Reads a run's metrics; what can't be read is left out. */
export async function readMetrics(env: Env, folder: string): Promise<readonly Metric[]> {
  const parse = (value: unknown): Metric | undefined => (metricShape.safeParse(value).success ? (value as Metric) : undefined);
  return (await readJsonLines(env, join(folder, runFiles.metrics), parse)).rows;
}

/** Cuts off the metrics of epochs that will be done again. */
export async function cutMetrics(env: Env, folder: string, epoch: number): Promise<void> {
  const kept = (await readMetrics(env, folder)).filter((metric) => metric.kind === "before" || metric.epoch < epoch);
  await writeAtomically(join(folder, runFiles.metrics), kept.map((metric) => `${JSON.stringify(metric)}\n`).join(""));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
