import { comparisonTrainer, type ComparisonJob } from "./comparisonJob.ts";
import type { ImageTuneJob } from "./imageTrainers/imageTuneJob.ts";
import type { HeadJob } from "./job.ts";
import type { TuneJob } from "./tuneJob.ts";

/** What a run's folder says that it does: the head trainer's job, a comparison of one with random pairs, or a program that is started. */
export type RunJob = HeadJob | ComparisonJob | TuneJob | ImageTuneJob;

/** Whether the head trainer trains, and leaves an encoder. */
export function isHeadJob(job: RunJob): job is HeadJob {
  return !("command" in job) && job.trainer === "head";
}

/** Whether a run asks of another one if it was the curation. */
export function isComparisonJob(job: RunJob): job is ComparisonJob {
  return !("command" in job) && job.trainer === comparisonTrainer;
}

/** Whether a model that paints is trained. */
export function isImageJob(job: RunJob): job is ImageTuneJob {
  return "prompts" in job;
}

/** A run in few words: `infoNce, linear`, the same `against random pairs`, or the trainer's id. */
export function titleOfJob(job: RunJob): string {
  if (isHeadJob(job)) return `${job.loss}, ${job.head}`;
  return isComparisonJob(job) ? `${titleOfJob(job.job)} against random pairs` : job.trainer;
}
