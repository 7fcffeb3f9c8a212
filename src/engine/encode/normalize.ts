/** A vector shorter than this has no direction that means anything. */
const shortestLength = 1e-12;

/**
 * Scales rows of `dim` to length 1 in float32, in place. Gives the indices of rows that have no direction
 * (zero, or not finite), which are left as they are: a model that gives one is broken or was fed something broken.
 */
export function normalizeRows(rows: Float32Array, dim: number): readonly number[] {
  const rejected: number[] = [];
  for (let row = 0; row * dim < rows.length; row++) {
    const values = rows.subarray(row * dim, (row + 1) * dim);
    let sum = 0;
    for (const value of values) sum += value * value;
    const length = Math.sqrt(sum);
    if (!Number.isFinite(length) || length < shortestLength) rejected.push(row);
    else for (let i = 0; i < dim; i++) values[i] = values[i]! / length;
  }
  return rejected;
}
