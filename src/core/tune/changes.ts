import { computeClipScorePercentile } from "../signals/clipScorePercentile.ts";
import { createRandom, drawInteger } from "../random.ts";
import type { Rows } from "./rows.ts";

/** Scores of pairs by two encoders: cosines, NaN unknown, and percentiles among the known ones. */
export interface Rescored {
  readonly before: Float32Array;
  readonly after: Float32Array;
  readonly percentileBefore: Float32Array;
  readonly percentileAfter: Float32Array;
}

/** Joins the scores of pairs before and after; a pair that is unknown on one side is so on both. */
export function rescore(before: Float32Array, after: Float32Array): Rescored {
  const isUnknown = (pair: number): boolean => Number.isNaN(before[pair]! + after[pair]!);
  const known = (scores: Float32Array): Float32Array => scores.map((score, pair) => (isUnknown(pair) ? NaN : score));
  const [one, other] = [known(before), known(after)];
  return {
    ...{ before: one, after: other },
    percentileBefore: computeClipScorePercentile(one),
    percentileAfter: computeClipScorePercentile(other),
  };
}

/** The pairs whose percentile rose most and those whose fell most, at most so many, the largest change first, ties by the pair; none that stayed. */
export function biggestMoves(
  { percentileBefore, percentileAfter }: Rescored,
  most: number,
): { ups: readonly number[]; downs: readonly number[] } {
  const change = percentileAfter.map((after, pair) => after - percentileBefore[pair]!);
  const farthest = (sign: number): readonly number[] => {
    const moved = Array.from(change.keys()).filter((pair) => sign * change[pair]! > 0);
    return moved.sort((a, b) => sign * (change[b]! - change[a]!) || a - b).slice(0, most);
  };
  return { ups: farthest(1), downs: farthest(-1) };
}

/**
 * How close two members of a group come to being taken for each other: the largest min(s(i, b) − s(i, a), s(j, a) − s(j, b)) over pairs (i, a) and (j, b) of it, as in
 * `findConfusables`. `scores` is image of member × caption of member; NaN where a group has fewer than two.
 */
export function closestGap(scores: readonly (readonly number[])[]): number {
  let closest = -Infinity;
  for (let one = 0; one < scores.length; one += 1)
    for (let other = one + 1; other < scores.length; other += 1) {
      const gap = Math.min(scores[one]![other]! - scores[one]![one]!, scores[other]![one]! - scores[other]![other]!);
      if (!(gap <= closest)) closest = gap;
    }
  return closest === -Infinity ? NaN : closest;
}

const pairsDrawn = 10_000;

/** The mean cosine of pairs of different rows, drawn by the seed: 0 where vectors lie evenly, 1 where all are one. NaN for fewer than two. */
export function meanCosine({ rows, columns, values }: Rows, seed: number): number {
  if (rows < 2) return NaN;
  const random = createRandom(seed);
  let sum = 0;
  for (let draw = 0; draw < pairsDrawn; draw += 1) {
    const one = drawInteger(random, rows);
    const other = (one + 1 + drawInteger(random, rows - 1)) % rows;
    for (let at = 0; at < columns; at += 1) sum += values[one * columns + at]! * values[other * columns + at]!;
  }
  return sum / pairsDrawn;
}

/** Above this mean cosine nothing is left to tell vectors apart by, whatever it was before; CLIP's own pictures stand at some 0.5. */
const collapsedCosine = 0.97;

/** Whether a tuning has drawn vectors together until they are nearly one. */
export function isCollapsed(before: number, after: number): boolean {
  return after > collapsedCosine && after > before;
}
