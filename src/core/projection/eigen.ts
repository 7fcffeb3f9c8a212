import { createRandom } from "../random.ts";

/** An eigenvalue with its eigenvector of length 1, or of zeros where the matrix has no further direction. */
export interface Eigenpair {
  readonly value: number;
  readonly vector: Float64Array;
}

/** Directions that are followed beside those asked for: the error shrinks by the ratio of the first one left out to the last one wanted. */
const spareDirections = 6;
const mostRounds = 200;
/** Length of C·v − λ·v, as a share of the largest eigenvalue, at which v is taken for an eigenvector. */
const tolerance = 1e-7;

/**
 * The `count` largest eigenvalues of a symmetric matrix without negative ones (size × size, row-major), the largest first, by subspace
 * iteration with Rayleigh–Ritz steps (Saad, Numerical Methods for Large Eigenvalue Problems, 2011, algorithm 5.3). The sign of a vector is
 * the one that makes its largest entry positive, so that equal matrices give equal vectors.
 */
export function leadingEigenpairs(matrix: Float64Array, size: number, count: number): Eigenpair[] {
  const random = createRandom(0);
  const width = Math.min(size, count + spareDirections);
  let basis: Float64Array[] = Array.from({ length: width }, () => Float64Array.from({ length: size }, () => random() - 0.5));
  let values: readonly number[] = [];
  for (let round = 0; round < mostRounds; round += 1) {
    orthonormalise(basis);
    const images = basis.map((vector) => multiply(matrix, vector));
    const { values: ritz, vectors: turns } = symmetricEigen(basis.map((left) => images.map((right) => dot(left, right))));
    values = ritz;
    const turned = turns.map((turn) => combine(basis, turn));
    const next = turns.map((turn) => combine(images, turn));
    const isDone = turned.slice(0, count).every((vector, at) => residual(next[at]!, vector, ritz[at]!) <= tolerance * Math.abs(ritz[0]!));
    basis = isDone ? turned : next;
    if (isDone) break;
  }
  orthonormalise(basis);
  return basis.slice(0, count).map((vector, at) => ({ value: values[at]!, vector: withSign(vector) }));
}

/** Gram and Schmidt's method, twice for the sake of rounding; what depends on the vectors before it becomes zeros. */
function orthonormalise(vectors: readonly Float64Array[]): void {
  vectors.forEach((vector, at) => {
    const before = Math.sqrt(dot(vector, vector));
    for (let pass = 0; pass < 2; pass += 1) {
      for (const earlier of vectors.slice(0, at)) addScaled(vector, earlier, -dot(vector, earlier));
    }
    const length = Math.sqrt(dot(vector, vector));
    const scale = length > 1e-12 * before ? 1 / length : 0;
    for (let i = 0; i < vector.length; i += 1) vector[i] = vector[i]! * scale;
  });
}

/** All eigenpairs of a small symmetric matrix by Jacobi's rotations, the largest value first; `vectors[i]` belongs to `values[i]`. */
function symmetricEigen(matrix: number[][]): { values: number[]; vectors: number[][] } {
  const size = matrix.length;
  const rows = matrix.map((row, i) => row.map((value, j) => (value + matrix[j]![i]!) / 2));
  const turns = rows.map((_, i) => rows.map((__, j) => (i === j ? 1 : 0)));
  for (let sweep = 0; sweep < 30; sweep += 1) {
    for (let p = 0; p < size; p += 1) for (let q = p + 1; q < size; q += 1) rotate(rows, turns, p, q);
  }
  const order = [...rows.keys()].sort((a, b) => rows[b]![b]! - rows[a]![a]! || a - b);
  return { values: order.map((i) => rows[i]![i]!), vectors: order.map((i) => turns.map((row) => row[i]!)) };
}

/** Makes the entry p, q zero. */
function rotate(rows: number[][], turns: number[][], p: number, q: number): void {
  const entry = rows[p]![q]!;
  if (entry === 0) return;
  const theta = (rows[q]![q]! - rows[p]![p]!) / (2 * entry);
  const tangent = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const cosine = 1 / Math.sqrt(tangent * tangent + 1);
  const sine = tangent * cosine;
  for (const row of [...rows, ...turns]) [row[p], row[q]] = [cosine * row[p]! - sine * row[q]!, sine * row[p]! + cosine * row[q]!];
  const [upper, lower] = [rows[p]!, rows[q]!];
  for (let i = 0; i < rows.length; i += 1)
    [upper[i], lower[i]] = [cosine * upper[i]! - sine * lower[i]!, sine * upper[i]! + cosine * lower[i]!];
}

function multiply(matrix: Float64Array, vector: Float64Array): Float64Array {
  const size = vector.length;
  return vector.map((_, row) => dot(matrix.subarray(row * size, (row + 1) * size), vector));
}

function combine(vectors: readonly Float64Array[], shares: readonly number[]): Float64Array {
  const sum = new Float64Array(vectors[0]!.length);
  vectors.forEach((vector, at) => addScaled(sum, vector, shares[at]!));
  return sum;
}

function residual(image: Float64Array, vector: Float64Array, value: number): number {
  return Math.sqrt(image.reduce((sum, entry, at) => sum + (entry - value * vector[at]!) ** 2, 0));
}

function addScaled(to: Float64Array, vector: Float64Array, scale: number): void {
  for (let at = 0; at < to.length; at += 1) to[at] = to[at]! + scale * vector[at]!;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at += 1) sum += a[at]! * b[at]!;
  return sum;
}

function withSign(vector: Float64Array): Float64Array {
  const largest = vector.reduce((best, entry) => (Math.abs(entry) > Math.abs(best) + 1e-12 ? entry : best), 0);
  return largest < 0 ? vector.map((entry) => -entry) : vector;
}
