import type { Gemm } from "../../neighbours/gemm.ts";
import type { Rows } from "../rows.ts";
import { times } from "../rows.ts";

/** Vectors of length 1 with their classes, 0 to `classes` − 1; `texts` is a vector a class, such as that of its name in a prompt. */
export interface Labelled {
  readonly features: Rows;
  readonly labels: Int32Array;
  readonly classes: number;
  readonly texts: Rows;
}

/** How the encoder's own judgement is mixed in: its cosines with the classes' texts are divided by τ, and `weight` multiplies what was learned. */
export interface Mixing {
  readonly temperature: number;
  readonly weight: number;
}

/** A linear judgement: `weights` is classes × dim. */
export interface LinearClassifier {
  readonly weights: Rows;
  readonly bias: Float32Array;
}

/** Logits (rows × classes) of a linear judgement. */
export async function classify(gemm: Gemm, { weights, bias }: LinearClassifier, rows: Rows): Promise<Rows> {
  const logits = await times(gemm, rows, weights);
  for (let at = 0; at < logits.values.length; at += 1) logits.values[at]! += bias[at % logits.columns]!;
  return logits;
}

/** The class of each row, ties by the lower. */
export function bestClasses({ values, rows, columns }: Rows): Int32Array {
  return Int32Array.from({ length: rows }, (_, row) => {
    let best = 0;
    for (let column = 1; column < columns; column += 1) if (values[row * columns + column]! > values[row * columns + best]!) best = column;
    return best;
  });
}
