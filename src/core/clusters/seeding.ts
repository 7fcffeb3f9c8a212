import type { Matrix } from "../matrix.ts";
import type { Gemm } from "../neighbours/gemm.ts";
import { drawDistinct } from "../random.ts";

/** Rows looked at for each centroid wanted: enough to hit every sizeable cluster, few enough to stay in memory. */
const sampledPerCentroid = 8;

/** The weight of a row as long as there is no centroid: 1 − cosine at its largest. */
const farthest = 2;

/**
 * k-means++ (Arthur and Vassilvitskii, 2007) on a seeded sample of the rows listed in `candidates`: each next centroid is a row drawn with
 * a probability in proportion to its squared distance, 2 − 2·cosine, from the nearest one so far. Gives k × dim.
 */
export async function seedCentroids(
  matrix: Matrix,
  options: { candidates: Int32Array; k: number; random: () => number; gemm: Gemm },
): Promise<Float32Array> {
  const { candidates, k, random, gemm } = options;
  const { dim } = matrix;
  const drawn = drawDistinct(random, k * sampledPerCentroid, candidates.length).sort((a, b) => a - b);
  const sampled = drawn.map((at) => candidates[at] as number);
  const sample = await readRows(matrix, sampled);
  const centroids = new Float32Array(k * dim);
  const weights = new Float64Array(drawn.length).fill(farthest);
  for (let centroid = 0; centroid < k; centroid += 1) {
    const chosen = drawWeighted(random, weights);
    const vector = sample.subarray(chosen * dim, (chosen + 1) * dim);
    centroids.set(vector, centroid * dim);
    const cosines = await gemm.multiply(vector, sample, dim);
    weights.forEach((weight, row) => (weights[row] = Math.min(weight, Math.max(0, 1 - (cosines[row] as number)))));
    weights[chosen] = 0;
  }
  return centroids;
}

async function readRows(matrix: Matrix, rows: readonly number[]): Promise<Float32Array> {
  const values = new Float32Array(rows.length * matrix.dim);
  for (const [at, row] of rows.entries()) values.set(await matrix.read(row, row + 1), at * matrix.dim);
  return values;
}

/** An index drawn in proportion to its weight; where all weights are 0, which only copies can bring about, any. */
function drawWeighted(random: () => number, weights: Float64Array): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const draw = random();
  if (total === 0) return Math.floor(draw * weights.length);
  let left = draw * total;
  let last = 0;
  for (const [at, weight] of weights.entries()) {
    if (weight === 0) continue;
    last = at;
    if ((left -= weight) < 0) return at;
  }
  return last;
}
