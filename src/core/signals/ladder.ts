import { bucketsOf } from "./pairs.ts";

/**
 * Counts, for groups of pairs, how many values exceed each pair's limit. The limits of a group ascend, so a value is noted once, at the
 * highest limit that it exceeds; `ladderCounts` sums up.
 */
export interface Ladder {
  readonly starts: Int32Array;
  readonly pairs: Int32Array;
  readonly limits: Float32Array;
  /** Lowest limit of each group, Infinity where it has none: most values stop here. */
  readonly lowest: Float32Array;
  readonly noted: Int32Array;
}

/** A ladder for each group; pairs with a NaN limit or of group −1 have no rung. */
export function createLadder(groupOf: Int32Array, groups: number, limitOf: Float32Array): Ladder {
  const { starts, items } = bucketsOf(
    groupOf.map((group, pair) => (Number.isNaN(limitOf[pair]!) ? -1 : group)),
    groups,
  );
  const lowest = new Float32Array(groups).fill(Infinity);
  for (let group = 0; group < groups; group += 1) {
    const rungs = items.subarray(starts[group], starts[group + 1]);
    if (rungs.length > 1) rungs.sort((a, b) => limitOf[a]! - limitOf[b]! || a - b);
    if (rungs.length > 0) lowest[group] = limitOf[rungs[0]!]!;
  }
  const limits = Float32Array.from(items, (pair) => limitOf[pair]!);
  return { starts, pairs: items, limits, lowest, noted: new Int32Array(items.length) };
}

/** Notes `times` values (taken back where negative) in a group. */
export function climb({ starts, limits, noted }: Ladder, group: number, value: number, times: number): void {
  const start = starts[group]!;
  let [low, high] = [start, starts[group + 1]!];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value > limits[middle]!) low = middle + 1;
    else high = middle;
  }
  if (low > start) noted[low - 1] = noted[low - 1]! + times;
}

/** How many noted values exceed each pair's limit; NaN for pairs without a rung. */
export function ladderCounts({ starts, pairs, noted }: Ladder, pairCount: number): Float64Array {
  const counts = new Float64Array(pairCount).fill(NaN);
  for (let group = 0; group + 1 < starts.length; group += 1) {
    let above = 0;
    for (let rung = starts[group + 1]! - 1; rung >= starts[group]!; rung -= 1) {
      above += noted[rung]!;
      counts[pairs[rung]!] = above;
    }
  }
  return counts;
}
