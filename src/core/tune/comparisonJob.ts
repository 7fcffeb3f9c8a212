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
