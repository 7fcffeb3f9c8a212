import type { HeadJob } from "./job.ts";

/** The name that a comparison's job has in the place of a trainer's. */
export const comparisonTrainer = "againstRandom";

/**
 * Asks whether it was the curation that helped a run of the head trainer: does its `job` for so many seeds, on the kept pairs and on as many random ones. `of` is the id of that run, whose
 * folder gets the answer.
 */
export interface ComparisonJob {
  readonly schema: 1;
  readonly trainer: typeof comparisonTrainer;
  readonly of: string;
  readonly seeds: number;
  readonly job: HeadJob;
}

/** One training of a comparison: on the kept pairs, or on as many that its seed draws. The seed deals the batches, too. */
export interface Arm {
  readonly seed: number;
  readonly isCurated: boolean;
}

/** The trainings of a comparison in their order, both of each seed beside each other; the seeds count up from that of the run that it is about. */
export function armsOf({ job, seeds }: ComparisonJob): readonly Arm[] {
  return Array.from({ length: seeds }, (_, at) => job.seed + at).flatMap((seed) => [
    { seed, isCurated: true },
    { seed, isCurated: false },
  ]);
}
