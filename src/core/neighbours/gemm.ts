/**
 * The matrix engine, handed in: core does the bookkeeping, the engine runs products on the chosen execution provider.
 * Values are row-major float32.
 */
export interface Gemm {
  /** A · Bᵀ for A (m × dim) and B (n × dim): m × n. The result may be reused by the next call: read it before. */
  multiply(a: Float32Array, b: Float32Array, dim: number): Promise<Float32Array>;
}
