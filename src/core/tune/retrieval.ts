import type { CancelSignal } from "../neighbours/blocks.ts";
import type { Gemm } from "../neighbours/gemm.ts";
import type { Rows } from "./rows.ts";
import { rowsBetween } from "./rows.ts";

/** Vectors of length 1 and who shows the same: an image and a text match when they are of one class. */
export interface RetrievalInput {
  readonly images: Rows;
  readonly texts: Rows;
  readonly imageClasses: Int32Array;
  readonly textClasses: Int32Array;
  readonly gemm: Gemm;
  readonly signal?: CancelSignal | undefined;
}

/** R@1 as shares: how many images find one of their texts first, and how many texts their image; NaN where there is nothing to ask for. */
export interface Recall {
  readonly imageToText: number;
  readonly textToImage: number;
}

/** The mean of both directions, by which runs are compared; NaN where one is unknown. */
export function meanRecall({ imageToText, textToImage }: Recall): number {
  return (imageToText + textToImage) / 2;
}

/** Whether a recall is better than the best so far; where nothing is held out, the newest is the best. */
export function isBetterRecall(recall: Recall, than: Recall): boolean {
  return Number.isNaN(meanRecall(than)) || meanRecall(recall) > meanRecall(than);
}

const rowsAtOnce = 512;

/** Recall at one both ways, exact. */
export async function recallAtOne(input: RetrievalInput): Promise<Recall> {
  const { images, texts, imageClasses, textClasses } = input;
  return {
    imageToText: await shareFound(input, { queries: images, answers: texts, asked: imageClasses, known: textClasses }),
    textToImage: await shareFound(input, { queries: texts, answers: images, asked: textClasses, known: imageClasses }),
  };
}

async function shareFound(
  { gemm, signal }: RetrievalInput,
  { queries, answers, asked, known }: { queries: Rows; answers: Rows; asked: Int32Array; known: Int32Array },
): Promise<number> {
  if (queries.rows === 0 || answers.rows === 0) return NaN;
  let found = 0;
  for (let from = 0; from < queries.rows; from += rowsAtOnce) {
    signal?.throwIfAborted();
    const to = Math.min(queries.rows, from + rowsAtOnce);
    const scores = await gemm.multiply(rowsBetween(queries, from, to).values, answers.values, queries.columns);
    for (let row = from; row < to; row += 1) {
      const best = indexOfHighest(scores.subarray((row - from) * answers.rows, (row - from + 1) * answers.rows));
      if (known[best] === asked[row]) found += 1;
    }
  }
  return found / queries.rows;
}

function indexOfHighest(values: Float32Array): number {
  let best = 0;
  for (let at = 1; at < values.length; at += 1) if (values[at]! > values[best]!) best = at;
  return best;
}
