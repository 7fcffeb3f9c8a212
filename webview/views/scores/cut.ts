/** What a cut keeps of a signal: values of at least `min` and at most `max`; null is no bound. Bounds count as float32, as the policy `threshold` has them. */
export interface Cut {
  readonly min: number | null;
  readonly max: number | null;
}

/** Which bounds a cut has: only a least value, only a greatest, or both. */
export type CutMode = "min" | "max" | "both";

/** What a cut does to known values; `isExact` is false where it was estimated from bins. */
export interface CutCounts {
  readonly below: number;
  readonly kept: number;
  readonly above: number;
  readonly isExact: boolean;
}

/** The cut that keeps everything. */
export const noCut: Cut = { min: null, max: null };

/** Number of ascending values that are less than one; with `orEqual` also those that equal it. */
export function countBelow(sorted: Float32Array, value: number, orEqual = false): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value || (orEqual && sorted[middle] === value)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Counts what a cut does to ascending values, by the rule of the policy `threshold`: what equals a bound is kept. */
export function countCut(sorted: Float32Array, { min, max }: Cut): CutCounts {
  const below = min === null ? 0 : countBelow(sorted, Math.fround(min));
  const upTo = max === null ? sorted.length : countBelow(sorted, Math.fround(max), true);
  const kept = Math.max(0, upTo - below);
  return { below, kept, above: sorted.length - below - kept, isExact: true };
}

/** The cut that keeps the best `percent` of ascending values with every tie at its edge, as the policy `keepTop` does; everything where there is nothing to keep. */
export function cutOfShare(sorted: Float32Array, percent: number, better: "higher" | "lower"): Cut {
  const kept = Math.floor((sorted.length * percent) / 100);
  const edge = better === "higher" ? sorted[sorted.length - kept] : sorted[kept - 1];
  if (edge === undefined) return noCut;
  return better === "higher" ? { min: shortestFloat(edge), max: null } : { min: null, max: shortestFloat(edge) };
}

/** The number with the fewest digits that is the same float32. */
export function shortestFloat(value: number): number {
  const float = Math.fround(value);
  for (let digits = 1; digits < 9; digits += 1) {
    const short = Number(float.toPrecision(digits));
    if (Math.fround(short) === float) return short;
  }
  return float;
}

/**
 * A bound as a filter must write it to part the values just as the cut does. Filters compare the stored float32 with a float64: the short
 * number serves where no value lies between the two, else the float32 in full.
 */
export function boundForFilter(sorted: Float32Array, bound: number): number {
  const float = Math.fround(bound);
  const same =
    countBelow(sorted, bound) === countBelow(sorted, float) && countBelow(sorted, bound, true) === countBelow(sorted, float, true);
  return same ? bound : float;
}

/** The next different value from a bound, up or down; the bound itself at the end. */
export function nextValue(sorted: Float32Array, bound: number, step: 1 | -1): number {
  const float = Math.fround(bound);
  const at = step === 1 ? countBelow(sorted, float, true) : countBelow(sorted, float) - 1;
  const next = sorted[at];
  return next === undefined ? bound : shortestFloat(next);
}
