import type { Matrix } from "../matrix.ts";
import type { CancelSignal } from "../neighbours/blocks.ts";
import type { Gemm } from "../neighbours/gemm.ts";
import { leadingEigenpairs } from "./eigen.ts";

/** What a projection takes besides its rows; `onProgress` counts rows, each twice. */
export interface PcaOptions {
  readonly gemm: Gemm;
  readonly signal?: CancelSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Rows in the plane of their greatest variance: `xy` is rows × 2, `explained` the share of all variance that lies in the plane. */
export interface PcaPlane {
  readonly xy: Float32Array;
  readonly explained: number;
}

/** Rows of a block: fixed, so that sums come out the same each time. */
const blockRows = 2048;

/**
 * Principal components analysis (Pearson, 1901), exact: the covariance of all rows by products of blocks, summed in float64, and its two
 * leading eigenvectors. Every row must be known. Memory is a block and dim².
 */
export async function projectOnPlane(matrix: Matrix, options: PcaOptions): Promise<PcaPlane> {
  const { rows, dim } = matrix;
  if (rows === 0) return { xy: new Float32Array(0), explained: 0 };
  const { mean, covariance } = await momentsOf(matrix, options);
  const pairs = leadingEigenpairs(covariance, dim, Math.min(2, dim));
  const total = mean.reduce((sum, _, at) => sum + covariance[at * dim + at]!, 0);
  const axes = new Float32Array(2 * dim);
  pairs.forEach(({ vector }, at) => axes.set(vector, at * dim));
  const centre = pairs.map(({ vector }) => vector.reduce((sum, entry, at) => sum + entry * mean[at]!, 0));
  const xy = new Float32Array(rows * 2);
  for (let from = 0; from < rows; from += blockRows) {
    options.signal?.throwIfAborted();
    const to = Math.min(from + blockRows, rows);
    const product = await options.gemm.multiply(await matrix.read(from, to), axes, dim);
    for (let at = 0; at < product.length; at += 1) xy[from * 2 + at] = product[at]! - (centre[at % 2] ?? 0);
    options.onProgress?.(rows + to, 2 * rows);
  }
  return { xy, explained: total > 0 ? pairs.reduce((sum, { value }) => sum + value, 0) / total : 0 };
}

/** The mean of all rows, and their covariance (dim × dim). */
async function momentsOf(
  matrix: Matrix,
  { gemm, signal, onProgress }: PcaOptions,
): Promise<{ mean: Float64Array; covariance: Float64Array }> {
  const { rows, dim } = matrix;
  const mean = new Float64Array(dim);
  const covariance = new Float64Array(dim * dim);
  for (let from = 0; from < rows; from += blockRows) {
    signal?.throwIfAborted();
    const to = Math.min(from + blockRows, rows);
    const turned = transpose(await matrix.read(from, to), dim);
    for (let at = 0; at < turned.length; at += 1) {
      const column = Math.floor(at / (to - from));
      mean[column] = mean[column]! + turned[at]!;
    }
    const product = await gemm.multiply(turned, turned, to - from);
    for (let at = 0; at < product.length; at += 1) covariance[at] = covariance[at]! + product[at]!;
    onProgress?.(to, 2 * rows);
  }
  for (let at = 0; at < dim; at += 1) mean[at] = mean[at]! / rows;
  for (let row = 0; row < dim; row += 1) {
    for (let column = 0; column < dim; column += 1) {
      const at = row * dim + column;
      covariance[at] = covariance[at]! / rows - mean[row]! * mean[column]!;
    }
  }
  return { mean, covariance };
}

function transpose(values: Float32Array, dim: number): Float32Array {
  const rows = values.length / dim;
  const turned = new Float32Array(values.length);
  for (let row = 0; row < rows; row += 1) for (let at = 0; at < dim; at += 1) turned[at * rows + row] = values[row * dim + at]!;
  return turned;
}
