import type { Gemm } from "./gemm.ts";

/** A Gemm in plain JavaScript, summed in float64: the reference for tests, and enough for a few hundred rows. */
export function createPlainGemm(): Gemm {
  return { multiply: (a, b, dim) => Promise.resolve(plainProduct(a, b, dim)) };
}

function plainProduct(a: Float32Array, b: Float32Array, dim: number): Float32Array {
  const [m, n] = [a.length / dim, b.length / dim];
  const product = new Float32Array(m * n);
  for (let row = 0; row < m; row += 1) {
    for (let column = 0; column < n; column += 1) {
      let sum = 0;
      for (let at = 0; at < dim; at += 1) sum += (a[row * dim + at] as number) * (b[column * dim + at] as number);
      product[row * n + column] = sum;
    }
  }
  return product;
}
