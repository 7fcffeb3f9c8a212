/**
 * Rows of float32 vectors that may be larger than memory: read in blocks.
 * `read(from, to)` gives rows `from` (in) to `to` (out), row-major, (to − from) × dim; the caller may keep but not change it.
 */
export interface Matrix {
  readonly rows: number;
  readonly dim: number;
  read(from: number, to: number): Promise<Float32Array>;
}

/** A matrix that lies in memory: `values` is rows × dim, row-major. Throws when the length is no multiple of `dim`. */
export function matrixFromArray(values: Float32Array, dim: number): Matrix {
  if (dim < 1 || values.length % dim !== 0) {
    throw new RangeError(`Expected a whole number of rows of ${dim} but received ${values.length} values`);
  }
  return {
    rows: values.length / dim,
    dim,
    read: (from, to) => Promise.resolve(values.subarray(from * dim, to * dim)),
  };
}
