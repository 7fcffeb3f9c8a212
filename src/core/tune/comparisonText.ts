/** What as many trainings on kept pairs as on random ones came to: their recalls as shares, and the difference of their means with its 95 % interval; null is unknown. */
export interface ComparedRecalls {
  readonly curated: readonly number[];
  readonly difference: { readonly mean: number; readonly low: number | null; readonly high: number | null };
}

/** Whether it was the curation: `+3.2 points (95 % of −1.0 to +7.4, 3 seeds): it can't be told from chance`. */
export function formatDifference({ curated, difference: { mean, low, high } }: ComparedRecalls): string {
  const interval =
    low === null || high === null
      ? "one seed, which has no interval"
      : `95 % of ${points(low)} to ${points(high)}, ${curated.length} seed${curated.length === 1 ? "" : "s"}`;
  const verdict = low !== null && low > 0 ? "it helped" : high !== null && high < 0 ? "it did harm" : "it can't be told from chance";
  return `${points(mean)} points (${interval}): ${verdict}`;
}

function points(share: number): string {
  return `${share >= 0 ? "+" : "−"}${Math.abs(100 * share).toFixed(1)}`;
}
