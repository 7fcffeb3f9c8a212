import type { SignalDescriptor, SignalValues } from "./signal.ts";

/** Where a pair's `clipScore` stands among all pairs of the dataset, from 0 to 100: comparable between encoders, as the cosine is not. */
export const clipScorePercentile: SignalDescriptor = {
  id: "clipScorePercentile",
  name: "CLIP score percentile",
  description: "Share of pairs with a lower CLIP score, equal ones counting half",
  direction: "higherIsBetter",
  range: [0, 100],
  unit: "percent",
  per: "pair",
  needsEncoder: true,
  source: "mid-rank percentile, as Gadre et al., DataComp, 2023 filter by",
};

/**
 * Mid-rank percentiles among the known scores: 100 · (lower + equal / 2) / known, the pair itself being one of the equal ones. NaN stays
 * NaN.
 */
export function computeClipScorePercentile(scores: SignalValues): SignalValues {
  const sorted = scores.filter((score) => !Number.isNaN(score)).sort();
  return scores.map((score) => {
    if (Number.isNaN(score)) return NaN;
    const [lower, notHigher] = [countBelow(sorted, score, false), countBelow(sorted, score, true)];
    return (100 * (lower + (notHigher - lower) / 2)) / sorted.length;
  });
}

function countBelow(sorted: Float32Array, value: number, orEqual: boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value || (orEqual && sorted[middle] === value)) low = middle + 1;
    else high = middle;
  }
  return low;
}
