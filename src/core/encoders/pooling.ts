import type { Pooling } from "./family.ts";

/** Vectors of tokens, rows × tokens × dim, one after the other. */
export interface TokenVectors {
  readonly values: Float32Array;
  readonly rows: number;
  readonly tokens: number;
  readonly dim: number;
}

/** Which tokens of a row count: those from `from` up to `to`, and where its end token stands. */
export interface TokenSpan {
  readonly from: number;
  readonly to: number;
  readonly end: number;
}

/** One vector a row (rows × dim), pooled from those of its tokens. The mean is summed in float64; a row of no tokens becomes zeros. */
export function poolTokens(vectors: TokenVectors, pooling: Pooling, spanOf: (row: number) => TokenSpan): Float32Array {
  const { values, rows, tokens, dim } = vectors;
  const pooled = new Float32Array(rows * dim);
  for (let row = 0; row < rows; row += 1) {
    const span = spanOf(row);
    const start = row * tokens * dim;
    if (pooling === "mean") {
      meanInto(pooled.subarray(row * dim, (row + 1) * dim), values.subarray(start + span.from * dim, start + span.to * dim));
      continue;
    }
    const at = { cls: 0, last: tokens - 1, end: span.end }[pooling];
    pooled.set(values.subarray(start + at * dim, start + (at + 1) * dim), row * dim);
  }
  return pooled;
}

function meanInto(target: Float32Array, values: Float32Array): void {
  const count = values.length / target.length;
  for (let column = 0; column < target.length && count > 0; column += 1) {
    let sum = 0;
    for (let at = column; at < values.length; at += target.length) sum += values[at]!;
    target[column] = sum / count;
  }
}
