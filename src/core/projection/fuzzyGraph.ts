import type { Neighbours } from "../neighbours/best.ts";
import type { Steps } from "../steps.ts";

/** A symmetric weighted graph: the edges of row i are at `starts[i]` … `starts[i + 1]`; each edge stands at both its ends. */
export interface FuzzyGraph {
  readonly rows: number;
  readonly starts: Uint32Array;
  readonly to: Int32Array;
  readonly weights: Float32Array;
}

const bisections = 64;
const closeEnough = 1e-5;
/** A row's width is at least this share of its mean distance. */
const leastWidth = 1e-3;
/** Rows between two yields, some milliseconds. */
const rowsPerStep = 512;

/**
 * How much each neighbour belongs to its row, in (0, 1], rows × k; 0 for places without a neighbour. The distance is 1 − cosine; the nearest
 * that differs has 1, and the width of a row is such that its strengths add up to log₂(k + 1): smooth distances of UMAP (McInnes, Healy and
 * Melville, 2018, algorithm 3), where a row counts itself as its first neighbour.
 */
export function* membershipStrengths({ k, indices, scores }: Neighbours): Steps<Float32Array> {
  const rows = indices.length / k;
  const distances = Float32Array.from(scores, (score) => Math.max(0, 1 - score));
  const mean = meanOf(distances);
  const strengths = new Float32Array(rows * k);
  for (let row = 0; row < rows; row += 1) {
    if (row % rowsPerStep === 0) yield;
    const own = distances.subarray(row * k, row * k + countKnown(indices, row, k));
    const nearest = own.find((distance) => distance > 0) ?? 0;
    const width = Math.max(widthOf(own, nearest, Math.log2(k + 1)), leastWidth * (nearest > 0 ? meanOf(own) : mean));
    own.forEach((distance, at) => {
      strengths[row * k + at] = distance <= nearest ? 1 : Math.exp(-(distance - nearest) / width);
    });
  }
  return strengths;
}

/** Places without a neighbour come last. */
function countKnown(indices: Int32Array, row: number, k: number): number {
  let count = 0;
  while (count < k && indices[row * k + count]! >= 0) count += 1;
  return count;
}

/** The mean of known distances, with the row itself, at distance 0, among the neighbours. */
function meanOf(distances: Float32Array): number {
  let [sum, count] = [0, 1];
  for (const distance of distances) {
    if (distance === Infinity) continue;
    sum += distance;
    count += 1;
  }
  return sum / count;
}

function widthOf(distances: Float32Array, nearest: number, target: number): number {
  let low = 0;
  let high = Infinity;
  let width = 1;
  for (let step = 0; step < bisections; step += 1) {
    let sum = 0;
    for (const distance of distances) sum += distance > nearest ? Math.exp(-(distance - nearest) / width) : 1;
    if (Math.abs(sum - target) < closeEnough) break;
    if (sum > target) high = width;
    else low = width;
    width = high === Infinity ? width * 2 : (low + high) / 2;
  }
  return width;
}

/** The union of every row's fuzzy neighbourhood: an edge weighs a + b − a·b, where a and b are the strengths that its ends give it. */
export function* fuzzyUnion({ k, indices }: Neighbours, strengths: Float32Array): Steps<FuzzyGraph> {
  const rows = indices.length / k;
  const back = new Float32Array(indices.length);
  for (let at = 0; at < indices.length; at += 1) {
    if (at % (rowsPerStep * k) === 0) yield;
    back[at] = strengthOf({ indices, strengths, k }, indices[at]!, Math.floor(at / k));
  }
  const starts = countEdges(indices, back, k);
  const [to, weights] = [new Int32Array(starts[rows]!), new Float32Array(starts[rows]!)];
  const next = starts.slice();
  const put = (row: number, other: number, weight: number): void => {
    const at = next[row]!;
    to[at] = other;
    weights[at] = weight;
    next[row] = at + 1;
  };
  for (let at = 0; at < indices.length; at += 1) {
    if (at % (rowsPerStep * k) === 0) yield;
    const [row, other] = [Math.floor(at / k), indices[at]!];
    if (other < 0) continue;
    const weight = strengths[at]! + back[at]! - strengths[at]! * back[at]!;
    put(row, other, weight);
    if (back[at] === 0) put(other, row, weight);
  }
  return { rows, starts, to, weights };
}

/** How much `other` belongs to `row`; 0 where it is none of its neighbours. */
function strengthOf(
  { indices, strengths, k }: { indices: Int32Array; strengths: Float32Array; k: number },
  row: number,
  other: number,
): number {
  if (row < 0) return 0;
  for (let at = row * k; at < (row + 1) * k; at += 1) if (indices[at] === other) return strengths[at]!;
  return 0;
}

/** Where the edges of each row begin; an edge that only one end lists (`back` is 0) counts at both. */
function countEdges(indices: Int32Array, back: Float32Array, k: number): Uint32Array {
  const starts = new Uint32Array(indices.length / k + 1);
  indices.forEach((other, at) => {
    if (other < 0) return;
    const row = Math.floor(at / k);
    starts[row + 1] = starts[row + 1]! + 1;
    if (back[at] === 0) starts[other + 1] = starts[other + 1]! + 1;
  });
  for (let row = 1; row < starts.length; row += 1) starts[row] = starts[row]! + starts[row - 1]!;
  return starts;
}
