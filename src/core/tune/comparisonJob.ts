import type { HeadJob } from "./job.ts";
import type { EncoderJob } from "./tuneJob.ts";

/** The name that a comparison's job has in the place of a trainer's. */
export const comparisonTrainer = "againstRandom";

/** A job that can be done again on other pairs, to compare by: the head trainer's, or one of the trainer `full`. */
export type ComparableJob = HeadJob | EncoderJob;

/**
 * Asks whether it was the curation that helped a run: does its `job` for so many seeds, on the kept pairs and on as many random ones. `of` is the id of that run, whose folder gets the
 * answer; `dataset` is the absolute path of the pairs' root.
 */
export interface ComparisonJob {
  readonly schema: 1;
  readonly trainer: typeof comparisonTrainer;
  readonly dataset: string;
  readonly of: string;
  readonly seeds: number;
  readonly job: ComparableJob;
}

/** One training of a comparison: on the kept pairs, or on as many that its seed draws. The seed deals the batches, too. */
export interface Arm {
  readonly seed: number;
  readonly isCurated: boolean;
}

/** The trainings of a comparison in their order, both of each seed beside each other; the seeds count up from that of the run that it is about. */
export function armsOf({ job, seeds }: ComparisonJob): readonly Arm[] {
  const { seed: first } = "command" in job ? job.origin : job;
  return Array.from({ length: seeds }, (_, at) => first + at).flatMap((seed) => [
    { seed, isCurated: true },
    { seed, isCurated: false },
  ]);
}
