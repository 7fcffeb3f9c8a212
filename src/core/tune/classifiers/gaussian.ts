import type { Gemm } from "../../neighbours/gemm.ts";
import { turnedTimes, zeroRows } from "../rows.ts";
import type { Rows } from "../rows.ts";
import type { Labelled, LinearClassifier, Mixing } from "./classifier.ts";

/**
 * Gaussian discriminant analysis in closed form (Wang et al., A Hard-to-Beat Baseline for Training-free CLIP-based Adaptation, 2024): w_c = Σ⁻¹ μ_c, b_c = log π_c − ½ μ_cᵀ w_c with one
 * covariance for all classes, whose inverse is estimated as d ((n − 1) Σ + tr(Σ) I)⁻¹; mixed with the encoder's own as x·t_c/τ + weight (w_c·x + b_c). A class without samples keeps
 * the encoder's judgement. Throws a RangeError where there are fewer than two samples.
 */
export async function gaussianDiscriminant(gemm: Gemm, labelled: Labelled, { temperature, weight }: Mixing): Promise<LinearClassifier> {
  const { features, labels, classes, texts } = labelled;
  const { rows, columns: dim } = features;
  if (rows < 2) throw new RangeError(`Expected at least 2 labelled samples but received ${rows}`);
  const { means, counts } = meansOf(labelled);
  const apart = zeroRows(rows, dim);
  for (let at = 0; at < apart.values.length; at += 1)
    apart.values[at] = features.values[at]! - means.values[labels[Math.floor(at / dim)]! * dim + (at % dim)]!;
  const scatter = Float64Array.from((await turnedTimes(gemm, apart, apart)).values);
  let trace = 0;
  for (let at = 0; at < dim; at += 1) trace += scatter[at * (dim + 1)]! / (rows - 1);
  for (let at = 0; at < dim; at += 1) scatter[at * (dim + 1)]! += trace;
  const factor = choleskyOf(scatter, dim);
  const weights = zeroRows(classes, dim);
  const bias = new Float32Array(classes);
  for (let label = 0; label < classes; label += 1) {
    const mean = Float64Array.from(means.values.subarray(label * dim, (label + 1) * dim));
    const solved = solve(factor, mean, dim).map((value) => dim * value);
    const own = counts[label] === 0 ? 0 : weight;
    const half = mean.reduce((sum, value, at) => sum + value * solved[at]!, 0) / 2;
    if (own > 0) bias[label] = own * (Math.log(counts[label]! / rows) - half);
    for (let at = 0; at < dim; at += 1)
      weights.values[label * dim + at] = texts.values[label * dim + at]! / temperature + own * solved[at]!;
  }
  return { weights, bias };
}

function meansOf({ features, labels, classes }: Labelled): { means: Rows; counts: Int32Array } {
  const dim = features.columns;
  const means = zeroRows(classes, dim);
  const counts = new Int32Array(classes);
  for (const label of labels) counts[label]! += 1;
  for (let at = 0; at < features.values.length; at += 1) {
    const label = labels[Math.floor(at / dim)]!;
    means.values[label * dim + (at % dim)]! += features.values[at]! / counts[label]!;
  }
  return { means, counts };
}

/** The lower triangle L with L Lᵀ = A of a positive definite matrix. */
function choleskyOf(matrix: Float64Array, dim: number): Float64Array {
  const lower = new Float64Array(dim * dim);
  for (let row = 0; row < dim; row += 1)
    for (let column = 0; column <= row; column += 1) {
      let sum = matrix[row * dim + column]!;
      for (let at = 0; at < column; at += 1) sum -= lower[row * dim + at]! * lower[column * dim + at]!;
      if (row === column && !(sum > 0)) throw new RangeError("Expected samples that differ within their classes but received copies");
      lower[row * dim + column] = row === column ? Math.sqrt(sum) : sum / lower[column * dim + column]!;
    }
  return lower;
}

function solve(lower: Float64Array, right: Float64Array, dim: number): Float64Array {
  const solved = right.slice();
  for (let row = 0; row < dim; row += 1) {
    for (let at = 0; at < row; at += 1) solved[row]! -= lower[row * dim + at]! * solved[at]!;
    solved[row]! /= lower[row * dim + row]!;
  }
  for (let row = dim - 1; row >= 0; row -= 1) {
    for (let at = row + 1; at < dim; at += 1) solved[row]! -= lower[at * dim + row]! * solved[at]!;
    solved[row]! /= lower[row * dim + row]!;
  }
  return solved;
}
