import type { CancelSignal } from "../neighbours/blocks.ts";
import type { Gemm } from "../neighbours/gemm.ts";
import { recallAtOne, type Recall } from "./retrieval.ts";
import type { Rows } from "./rows.ts";

/** Pictures and their captions that come with Winnow, as vectors of length 1: row i of both belongs together. */
export interface Canary {
  readonly images: Rows;
  readonly texts: Rows;
}

/** Recall at one on a canary: of what the encoder knows beside the dataset. */
export async function recallOfCanary(canary: Canary, gemm: Gemm, signal: CancelSignal): Promise<Recall> {
  const classes = Int32Array.from({ length: canary.images.rows }, (_, row) => row);
  return await recallAtOne({ ...canary, imageClasses: classes, textClasses: classes, gemm, signal });
}
