import { fullTrainer } from "../../core/tune/jobs/fullJob.ts";
import type { TuneJob } from "../../core/tune/tuneJob.ts";
import type { Env } from "../env.ts";
import { readFullEnd } from "./fullEnd.ts";
import { readMetrics } from "./runFolder.ts";
import type { Metric } from "./trainHead.ts";

/** R@1 on what is held out, the mean of both directions as a share, before a run of a trainer in Python and after the epoch whose weights went out; null where that wasn't measured. */
export interface TrainerRecall {
  readonly before: number | null;
  readonly after: number | null;
}

/** Reads what a run in a job's folder came to. Throws a TuneError where one of the trainer `full` has not ended. */
export async function readTrainerRecall(env: Env, { folder, trainer }: Pick<TuneJob, "folder" | "trainer">): Promise<TrainerRecall> {
  const metrics = await readMetrics(env, folder);
  const before = meanOf(metrics.find(({ kind }) => kind === "before"));
  const epochs = metrics.filter((metric) => metric.kind === "epoch");
  if (trainer !== fullTrainer) return { before, after: meanOf(epochs.at(-1)) };
  const { bestEpoch } = await readFullEnd(folder);
  return { before, after: bestEpoch === 0 ? before : meanOf(epochs.find(({ epoch }) => epoch + 1 === bestEpoch)) };
}

function meanOf(metric: Metric | undefined): number | null {
  if (metric === undefined || metric.kind === "step" || metric.imageToText === null || metric.textToImage === null) return null;
  return (metric.imageToText + metric.textToImage) / 2;
}
