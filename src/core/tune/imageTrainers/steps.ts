import type { JobSubset } from "./imageTrainer.ts";

/** Images that subsets show an epoch, repeats counted. */
export function shownOf(subsets: readonly JobSubset[]): number {
  return subsets.reduce((sum, { repeats, pictures }) => sum + repeats * pictures.length, 0);
}

/** Steps of the optimizer for an epoch where batches are filled without regard to size; the last may be smaller. */
export function epochSteps(
  shown: number,
  { batchSize, accumulate = 1 }: { readonly batchSize: number; readonly accumulate?: number },
): number {
  return Math.ceil(Math.ceil(shown / batchSize) / accumulate);
}
