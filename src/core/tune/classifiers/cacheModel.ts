import type { Gemm } from "../../neighbours/gemm.ts";
import type { Rows } from "../rows.ts";
import { times } from "../rows.ts";
import type { Labelled, Mixing } from "./classifier.ts";

/**
 * Logits (rows × classes) of a cache model (Zhang et al., Tip-Adapter: Training-free Adaption of CLIP for Few-shot Classification, 2022): x·t_c/τ + weight Σ_{i of class c}
 * exp(−sharpness (1 − x·f_i)), the labelled samples f being what is remembered. Nothing is trained.
 */
export async function cacheModel(
  gemm: Gemm,
  { features, labels, texts }: Labelled,
  { temperature, weight, sharpness }: Mixing & { readonly sharpness: number },
  rows: Rows,
): Promise<Rows> {
  const logits = await times(gemm, rows, texts);
  for (let at = 0; at < logits.values.length; at += 1) logits.values[at]! /= temperature;
  const near = await times(gemm, rows, features);
  for (let at = 0; at < near.values.length; at += 1) {
    const row = Math.floor(at / near.columns);
    logits.values[row * logits.columns + labels[at % near.columns]!]! += weight * Math.exp(-sharpness * (1 - near.values[at]!));
  }
  return logits;
}
