import type { ComparableJob } from "./comparisonJob.ts";
import { fullTrainer } from "./jobs/fullJob.ts";
import { isComparisonJob, isHeadJob, isImageJob, type RunJob } from "./runJob.ts";

/** The job of a run of which it can be asked whether it was the curation that helped, or else why that can't be asked. `isElsewhere` tells that a cluster trained it. */
export function comparableJob(job: RunJob, isElsewhere: boolean): ComparableJob | string {
  if (isHeadJob(job)) return job;
  if (isComparisonJob(job)) return `It compares with random pairs itself, and the answer is in the report of the run ${job.of}`;
  if (isImageJob(job)) return "A model that paints has no recall to compare by";
  if (job.trainer !== fullTrainer) return `Runs of head and full alone are trained again on other pairs, and this one is of ${job.trainer}`;
  if (isElsewhere) return "It was trained on a cluster, and would have to be trained again on this machine";
  const { origin } = job;
  return origin === undefined ? "Its job doesn't tell what its pairs were taken from: train anew" : { ...job, origin };
}
