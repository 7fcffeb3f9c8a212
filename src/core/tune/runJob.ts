import type { HeadJob } from "./job.ts";
import type { TuneJob } from "./tuneJob.ts";

/** What a run's folder says that it does: the head trainer's job, or a program that is started. */
export type RunJob = HeadJob | TuneJob;

/** Whether the engine itself trains, with no other program. */
export function isHeadJob(job: RunJob): job is HeadJob {
  return !("command" in job);
}

/** A run in few words: `infoNce, linear`, or the trainer's id. */
export function titleOfJob(job: RunJob): string {
  return isHeadJob(job) ? `${job.loss}, ${job.head}` : job.trainer;
}
