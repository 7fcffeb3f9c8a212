import { createRandom, drawInteger } from "../../src/core/random.ts";

/**
 * Made-up vectors of rows × dim, L2-normalised: Gaussian clouds of very different sizes around random directions, as encoders give them,
 * for on uniform noise every row is as near as any other. With `spread` 1 two rows of one cloud have a cosine near 0.5.
 */
export function clusteredVectors(options: { rows: number; dim: number; clusters: number; spread: number; seed: number }): Float32Array {
  const { rows, dim, clusters, spread, seed } = options;
  const random = createRandom(seed);
  const centres = Float32Array.from({ length: clusters * dim }, () => gaussian(random));
  const values = new Float32Array(rows * dim);
  for (let row = 0; row < rows; row += 1) {
    const centre = drawInteger(() => random() ** 2, clusters) * dim;
    for (let at = 0; at < dim; at += 1) values[row * dim + at] = (centres[centre + at] as number) + spread * gaussian(random);
    normalise(values.subarray(row * dim, (row + 1) * dim));
  }
  return values;
}

/** Box and Muller's method, one of its two numbers. */
function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

function normalise(vector: Float32Array): void {
  const norm = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  for (let at = 0; at < vector.length; at += 1) vector[at] = (vector[at] as number) / norm;
}
