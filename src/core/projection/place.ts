import type { Neighbours } from "../neighbours/best.ts";
import type { Steps } from "../steps.ts";
import { membershipStrengths } from "./fuzzyGraph.ts";

/**
 * Places rows in a layout that was made without them: each at the mean of its neighbours' places (`indices` are rows of `xy`, rows × 2),
 * weighted by how much they belong to it. NaN where a row has no neighbour.
 */
export function* placeAmong(neighbours: Neighbours, xy: Float32Array): Steps<Float32Array> {
  const { k, indices } = neighbours;
  const strengths = yield* membershipStrengths(neighbours);
  const placed = new Float32Array((indices.length / k) * 2);
  for (let row = 0; row * k < indices.length; row += 1) {
    let [x, y, sum] = [0, 0, 0];
    for (let at = row * k; at < (row + 1) * k; at += 1) {
      const other = indices[at]!;
      if (other < 0) continue;
      x += strengths[at]! * xy[other * 2]!;
      y += strengths[at]! * xy[other * 2 + 1]!;
      sum += strengths[at]!;
    }
    placed[row * 2] = sum > 0 ? x / sum : Number.NaN;
    placed[row * 2 + 1] = sum > 0 ? y / sum : Number.NaN;
  }
  return placed;
}
