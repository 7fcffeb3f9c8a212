import type { Matrix } from "../../../../src/core/matrix.ts";
import { createRandom } from "../../../../src/core/random.ts";

/** Seeded L2-normalised rows of rows × dim. With `levels` the values are few whole numbers before that, so that many scores tie. */
export function madeRows(rows: number, dim: number, options: { seed: number; levels?: number }): Float32Array {
  const random = createRandom(options.seed);
  const draw = () => (options.levels === undefined ? random() - 0.5 : 1 + Math.floor(random() * options.levels));
  const values = Float32Array.from({ length: rows * dim }, draw);
  for (let row = 0; row < rows; row += 1) {
    const vector = values.subarray(row * dim, (row + 1) * dim);
    const norm = Math.hypot(...vector);
    vector.forEach((value, at) => (vector[at] = value / norm));
  }
  return values;
}

/** A matrix that throws when it is asked for more than `most` rows at once, as one does that doesn't fit into memory. */
export function boundedMatrix(values: Float32Array, dim: number, most: number): Matrix {
  const read = (from: number, to: number) =>
    to - from > most
      ? Promise.reject(new RangeError(`Expected at most ${most} rows but was asked for ${to - from}`))
      : Promise.resolve(values.slice(from * dim, to * dim));
  return { rows: values.length / dim, dim, read };
}
