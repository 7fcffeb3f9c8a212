import type { Matrix } from "../matrix.ts";
import type { CancelSignal, Panel } from "../neighbours/blocks.ts";
import type { Gemm } from "../neighbours/gemm.ts";
import { findKnown } from "../neighbours/known.ts";
import { padToRuns } from "../neighbours/runMaxima.ts";
import { createRandom } from "../random.ts";
import { seedCentroids } from "./seeding.ts";

/** Rows read at a time where nothing else is asked: against 300 centroids their scores are 2.5 MB, which stay in the cache. */
const defaultRows = 2048;

/** What spherical k-means takes; `block` rows are read and multiplied at a time, which changes speed and memory, not the result. */
export interface KmeansOptions {
  readonly k: number;
  readonly seed: number;
  readonly gemm: Gemm;
  /** The most times that the centroids are moved; default 20. */
  readonly rounds?: number;
  /** Stops as soon as at most this fraction of the rows changed its cluster; default 0.001. */
  readonly tolerance?: number;
  readonly block?: number;
  readonly signal?: CancelSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * Clusters by direction. `centroids` is k × dim, L2-normalised, k being at most the number of known rows; `assignment` is each row's
 * nearest centroid (ties by the lower), −1 for an unknown row; `similarity` its cosine, NaN for an unknown row; `inertia` the sum of 1 −
 * similarity; `rounds` how often the centroids were moved. A cluster may be left without rows where there are fewer different rows than
 * clusters.
 */
export interface Clustering {
  readonly centroids: Float32Array;
  readonly assignment: Int32Array;
  readonly similarity: Float32Array;
  readonly inertia: number;
  readonly rounds: number;
}

/**
 * Spherical k-means (Dhillon and Modha, 2001) from k-means++ seeds, streaming over L2-normalised rows: the same result for the same seed.
 */
export async function kmeans(matrix: Matrix, options: KmeansOptions): Promise<Clustering> {
  const { rounds = 20, tolerance = 0.001, block = defaultRows, onProgress, signal } = options;
  const { matrix: rows, known } = await findKnown(matrix, signal, block);
  const candidates = Int32Array.from(known.keys()).filter((row) => known[row] === 1);
  const k = Math.min(options.k, candidates.length);
  const centroids = await seedCentroids(rows, { candidates, k, random: createRandom(options.seed), gemm: options.gemm });
  const state = createState(rows, known, centroids);
  let round = 0;
  for (let changed = await assign(state, options); round < rounds && changed > tolerance * candidates.length; round += 1) {
    await moveCentroids(state);
    changed = await assign(state, options);
    onProgress?.(round + 1, rounds);
  }
  if (round < rounds) onProgress?.(rounds, rounds);
  const { assignment, similarity } = state;
  return { centroids, assignment, similarity, inertia: sumInertia(similarity), rounds: round };
}

/** `sums` (k × dim) and `counts` always belong to `assignment`, so that a round adds and takes away only the rows that moved. */
interface State {
  readonly matrix: Matrix;
  readonly known: Uint8Array;
  readonly centroids: Float32Array;
  readonly sums: Float64Array;
  readonly counts: Int32Array;
  readonly assignment: Int32Array;
  readonly similarity: Float32Array;
}

function createState(matrix: Matrix, known: Uint8Array, centroids: Float32Array): State {
  return {
    matrix,
    known,
    centroids,
    sums: new Float64Array(centroids.length),
    counts: new Int32Array(centroids.length / matrix.dim),
    assignment: new Int32Array(matrix.rows).fill(-1),
    similarity: new Float32Array(matrix.rows).fill(NaN),
  };
}

async function assign(state: State, { gemm, block = defaultRows, signal }: KmeansOptions): Promise<number> {
  const { matrix, centroids } = state;
  if (centroids.length === 0) return 0;
  let changed = 0;
  for (let from = 0; from < matrix.rows; from += block) {
    signal?.throwIfAborted();
    const to = Math.min(from + block, matrix.rows);
    const values = await matrix.read(from, to);
    // Whole runs keep the engine on one path of its product, whatever the block: a last block of one row would be summed in another order.
    const scores = await gemm.multiply(padToRuns(values, matrix.dim), centroids, matrix.dim);
    changed += assignBlock(state, { from, to, values }, scores);
  }
  return changed;
}

function assignBlock(state: State, { from, to, values }: Panel, scores: Float32Array): number {
  const { known, counts, assignment, similarity, matrix } = state;
  const k = counts.length;
  let changed = 0;
  for (let row = from; row < to; row += 1) {
    if (known[row] === 0) continue;
    const first = (row - from) * k;
    let best = 0;
    let highest = scores[first] as number;
    for (let centroid = 1; centroid < k; centroid += 1) {
      const score = scores[first + centroid] as number;
      if (score > highest) {
        highest = score;
        best = centroid;
      }
    }
    similarity[row] = highest;
    if (assignment[row] === best) continue;
    moveRow(state, row, values.subarray((row - from) * matrix.dim, (row - from + 1) * matrix.dim), best);
    changed += 1;
  }
  return changed;
}

function moveRow(state: State, row: number, vector: Float32Array, to: number): void {
  const { sums, counts, assignment } = state;
  const dim = vector.length;
  const from = assignment[row] as number;
  for (let at = 0; at < dim; at += 1) sums[to * dim + at] = (sums[to * dim + at] as number) + (vector[at] as number);
  counts[to] = (counts[to] as number) + 1;
  assignment[row] = to;
  if (from < 0) return;
  for (let at = 0; at < dim; at += 1) sums[from * dim + at] = (sums[from * dim + at] as number) - (vector[at] as number);
  counts[from] = (counts[from] as number) - 1;
}

async function moveCentroids(state: State): Promise<void> {
  const { counts, matrix, centroids, sums } = state;
  for (const [centroid, count] of counts.entries()) if (count === 0) await reseed(state, centroid);
  for (const [centroid, count] of counts.entries()) {
    const from = centroid * matrix.dim;
    const sum = sums.subarray(from, from + matrix.dim);
    const norm = Math.sqrt(sum.reduce((total, value) => total + value * value, 0));
    // A cluster without rows, or whose rows cancel each other out, has no direction: its centroid stays.
    if (count > 0 && norm > 0) sum.forEach((value, at) => (centroids[from + at] = value / norm));
  }
}

/** Gives an empty cluster the row that fits worst where it is, unless that is alone there. */
async function reseed(state: State, centroid: number): Promise<void> {
  const { similarity, assignment, counts, sums, matrix } = state;
  let worst = -1;
  for (let row = 0; row < matrix.rows; row += 1) {
    const isShared = (counts[assignment[row] as number] ?? 0) > 1;
    if (isShared && (worst < 0 || (similarity[row] as number) < (similarity[worst] as number))) worst = row;
  }
  if (worst < 0) return;
  sums.fill(0, centroid * matrix.dim, (centroid + 1) * matrix.dim);
  moveRow(state, worst, await matrix.read(worst, worst + 1), centroid);
  similarity[worst] = 1;
}

function sumInertia(similarity: Float32Array): number {
  return similarity.reduce((sum, cosine) => (Number.isNaN(cosine) ? sum : sum + 1 - cosine), 0);
}
