import type { Matrix } from "../matrix.ts";
import type { CancelSignal } from "../neighbours/blocks.ts";
import type { Pairs } from "./pairs.ts";
import { gatherRows } from "./pairs.ts";
import type { SignalDescriptor, SignalValues } from "./signal.ts";

/** The raw cosine, without a prompt, of the stored vectors: higher means that the caption fits. Each encoder has its own scale. */
export const clipScore: SignalDescriptor = {
  id: "clipScore",
  name: "CLIP score",
  description: "Cosine of the image's and the caption's vectors",
  direction: "higherIsBetter",
  range: [-1, 1],
  unit: "cosine",
  per: "pair",
  needsEncoder: true,
  source:
    "Radford et al., Learning Transferable Visual Models From Natural Language Supervision, 2021; raw, unlike Hessel et al.'s CLIPScore of 2021",
};

const pairsAtOnce = 8192;

/** Scores of all pairs from L2-normalised vectors; NaN where one is unknown (zeros) or the caption is empty. */
export async function computeClipScore(
  { pairs, images, texts }: { pairs: Pairs; images: Matrix; texts: Matrix },
  { signal, onProgress }: { signal?: CancelSignal | undefined; onProgress?: ((done: number, total: number) => void) | undefined } = {},
): Promise<SignalValues> {
  const scores = new Float32Array(pairs.count);
  for (let from = 0; from < pairs.count; from += pairsAtOnce) {
    signal?.throwIfAborted();
    const to = Math.min(from + pairsAtOnce, pairs.count);
    const imageVectors = await gatherRows(images, pairs.image.subarray(from, to));
    const textVectors = await gatherRows(texts, pairs.text.subarray(from, to));
    for (let pair = from; pair < to; pair += 1) scores[pair] = knownDot(imageVectors, textVectors, (pair - from) * images.dim, images.dim);
    onProgress?.(to, pairs.count);
  }
  return scores;
}

/** The product of two rows at one place; NaN where either is all zeros, which stands for an unknown vector. */
function knownDot(a: Float32Array, b: Float32Array, from: number, dim: number): number {
  let sum = 0;
  let lengthA = 0;
  let lengthB = 0;
  for (let at = from; at < from + dim; at += 1) {
    const [x, y] = [a[at]!, b[at]!];
    sum += x * y;
    lengthA += x * x;
    lengthB += y * y;
  }
  return lengthA > 0 && lengthB > 0 ? sum : NaN;
}
