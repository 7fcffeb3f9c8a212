import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { explainFailure } from "../../core/tune/failure.ts";
import type { ImageTuneJob } from "../../core/tune/imageTrainers/imageTuneJob.ts";
import { findImageTrainer } from "../../core/tune/imageTrainers/imageTrainers.ts";
import { shortfallOf } from "../../core/tune/imageTrainers/shortfall.ts";
import type { OutputReader } from "../../core/tune/imageTrainers/trainerOutput.ts";
import { createOutputReader } from "../../core/tune/imageTrainers/trainerOutput.ts";
import type { TrainerMetric } from "../../core/tune/jobs/openClipMetrics.ts";
import type { Env } from "../env.ts";
import { readRange } from "../store/files.ts";
import { addMetrics, cutMetrics, readLogEnd, runFiles } from "./runFolder.ts";
import { TuneError } from "./tuneError.ts";
import { type Following, whileFollowed } from "./whileFollowed.ts";

const pollMs = 1_000;

/** Of a log so much is read at once. */
const readBytes = 1 << 20;

/** The run's folder, whose log has the trainer's output, and the work that is followed. */
export interface FollowedOutput {
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly work: (signal: AbortSignal) => Promise<void>;
}

/** Does the work of a text-to-image trainer, and meanwhile writes what its output tells as the run's metrics. Throws as `whileFollowed` does, and a TuneError where the trainer wasn't through. */
export async function withMetricsOfOutput(env: Env, job: ImageTuneJob, { folder, signal, work }: FollowedOutput): Promise<void> {
  const reader = createOutputReader(job.epochs);
  await whileFollowed({ signal, work }, (following) => followOutput(env, reader, folder, following));
  const logEnd = await readLogEnd(folder);
  const shortfall = shortfallOf(job.trainer, reader.reached, logEnd);
  if (shortfall !== undefined) throw new TuneError(explainFailure(logEnd) ?? shortfall);
}

/** The job's words with those that let its trainer go on from what it has written. */
export async function resumedJob<Job extends ImageTuneJob>(job: Job): Promise<Job> {
  const { resume } = findImageTrainer(job.trainer) ?? {};
  if (resume === undefined) return job;
  const names = await readdir(join(job.folder, "output")).catch(() => [] as string[]);
  return { ...job, args: [...job.args, ...resume(names, job.folder)] };
}

async function followOutput(env: Env, reader: OutputReader, folder: string, { lost, ended }: Following): Promise<void> {
  const path = join(folder, runFiles.log);
  const keep = keeperOf(env, folder);
  const decoder = new TextDecoder();
  let at = await sizeOf(path);
  for (;;) {
    const isOver = ended.aborted;
    for (let size = await sizeOf(path); at < size;) {
      const bytes = await readRange(env, path, at, Math.min(readBytes, size - at));
      if (bytes.length === 0) break;
      at += bytes.length;
      await keep(reader.read(decoder.decode(bytes, { stream: true })));
    }
    if (reader.isLost) lost.abort();
    if (isOver) break;
    await delay(pollMs, undefined, { signal: ended }).catch(() => undefined);
  }
  await keep(reader.end());
}

/** Adds metrics; before the first, those are cut off of epochs that are done again. */
function keeperOf(env: Env, folder: string): (metrics: readonly TrainerMetric[]) => Promise<void> {
  let isFirst = true;
  return async (metrics) => {
    const [first] = metrics;
    if (first === undefined) return;
    if (isFirst) await cutMetrics(env, folder, first.epoch);
    isFirst = false;
    await addMetrics(env, folder, metrics);
  };
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}
