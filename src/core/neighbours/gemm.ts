/**
 * The matrix engine, handed in: core does the bookkeeping, the engine runs products on the chosen execution provider.
 * Values are row-major float32.
 */
export interface Gemm {
  /** A · Bᵀ for A (m × dim) and B (n × dim): m × n. The result may be reused by the next call: read it before. */
  multiply(a: Float32Array, b: Float32Array, dim: number): Promise<Float32Array>;
  /** A · B for A (m × inner) and B (inner × n), or Aᵀ · B for A (inner × m) where A `isTurned`; who has none turns matrices round before `multiply`. Lent as its result is. */
  multiplyPlain?(a: Float32Array, b: Float32Array, shape: PlainShape): Promise<Float32Array>;
  /**
   * The same with the maxima of its runs, where the engine finds them faster than a loop over the product; m and n must be multiples of
   * `runLength`.
   */
  multiplyWithMaxima?(a: Float32Array, b: Float32Array, dim: number): Promise<ProductWithMaxima>;
}

/** How the factors of a plain product lie: `inner` is the size that they share. */
export interface PlainShape {
  readonly inner: number;
  readonly isTurned: boolean;
}

/** How many neighbouring scores share one maximum. */
export const runLength = 32;

/**
 * A product of m × n and the largest score of each run of 32: `rowMaxima` is m × (n / 32), over runs of columns; `columnMaxima` is (m /
 * 32) × n, over runs of rows. A search looks only into runs whose maximum can still matter.
 */
export interface ProductWithMaxima {
  readonly scores: Float32Array;
  readonly rowMaxima: Float32Array;
  readonly columnMaxima: Float32Array;
}
