import type { Panel } from "./blocks.ts";
import { runLength } from "./gemm.ts";
import type { Gemm, ProductWithMaxima } from "./gemm.ts";

/** A product of two panels, padded with zero rows to whole runs: `width` is the padded number of columns, the step from row to row. */
export interface PaddedProduct extends ProductWithMaxima {
  readonly width: number;
}

/** a · bᵀ with the maxima of its runs, by the engine where it can, else by a loop. */
export async function multiplyPadded(gemm: Gemm, a: Panel, b: Panel, dim: number): Promise<PaddedProduct> {
  const [left, right] = [padToRuns(a.values, dim), padToRuns(b.values, dim)];
  const width = right.length / dim;
  if (gemm.multiplyWithMaxima !== undefined) return { width, ...(await gemm.multiplyWithMaxima(left, right, dim)) };
  return { width, ...maximaOf(await gemm.multiply(left, right, dim), left.length / dim, width) };
}

/** Rows of `dim` with zero rows added to whole runs; the array itself where none are missing. */
export function padToRuns(values: Float32Array, dim: number): Float32Array {
  const unit = runLength * dim;
  if (values.length % unit === 0) return values;
  const padded = new Float32Array(Math.ceil(values.length / unit) * unit);
  padded.set(values);
  return padded;
}

function maximaOf(scores: Float32Array, m: number, n: number): ProductWithMaxima {
  const columnRuns = n / runLength;
  const rowMaxima = new Float32Array(m * columnRuns).fill(-Infinity);
  const columnMaxima = new Float32Array((m / runLength) * n).fill(-Infinity);
  for (let row = 0; row < m; row += 1) {
    const above = Math.floor(row / runLength) * n;
    for (let column = 0; column < n; column += 1) {
      const score = scores[row * n + column] as number;
      const run = row * columnRuns + Math.floor(column / runLength);
      if (score > (rowMaxima[run] as number)) rowMaxima[run] = score;
      if (score > (columnMaxima[above + column] as number)) columnMaxima[above + column] = score;
    }
  }
  return { scores, rowMaxima, columnMaxima };
}
