import type { Matrix } from "../matrix.ts";
import type { Pairs } from "./pairs.ts";
import { gatherRows } from "./pairs.ts";
import type { SignalDescriptor, SignalValues } from "./signal.ts";

/** The mean cosine of the picture with each sentence of a caption that is too long for the encoder; unknown for captions that fit. */
export const clipScoreSentenceMean: SignalDescriptor = {
  id: "clipScoreSentenceMean",
  name: "CLIP score, mean of sentences",
  description: "Mean cosine of the picture with the sentences of a caption that the encoder cuts off",
  direction: "higherIsBetter",
  range: [-1, 1],
  unit: "cosine",
  per: "pair",
  needsEncoder: true,
  source: "DreamLIP (Zheng et al., 2024) and Long-CLIP (Zhang et al., 2024), on scoring long captions by their sentences",
};

/** The greatest of the same cosines. */
export const clipScoreSentenceMax: SignalDescriptor = {
  ...clipScoreSentenceMean,
  id: "clipScoreSentenceMax",
  name: "CLIP score, best sentence",
  description: "Greatest cosine of the picture with a sentence of a caption that the encoder cuts off",
};

/** The sentences of truncated texts: `rowsOf` gives a unique text's rows in `vectors` (sentences × dim; zeros are unknown), empty for a text that fits. */
export interface SentenceVectors {
  readonly vectors: Matrix;
  readonly rowsOf: (text: number) => readonly number[];
}

/** Both columns, one value a pair; NaN where the caption fits, or the picture or all its sentences are unknown. */
export async function computeSentenceScores(
  pairs: Pairs,
  images: Matrix,
  { vectors, rowsOf }: SentenceVectors,
): Promise<{ clipScoreSentenceMean: SignalValues; clipScoreSentenceMax: SignalValues }> {
  const mean = new Float32Array(pairs.count).fill(Number.NaN);
  const greatest = new Float32Array(pairs.count).fill(Number.NaN);
  const long = Array.from(pairs.text.keys()).filter((pair) => pairs.text[pair]! >= 0 && rowsOf(pairs.text[pair]!).length > 0);
  for (const pair of long) {
    const image = await images.read(pairs.image[pair]!, pairs.image[pair]! + 1);
    const sentences = await gatherRows(vectors, Int32Array.from(rowsOf(pairs.text[pair]!)));
    const scores = cosines(image, sentences).filter((score) => !Number.isNaN(score));
    if (scores.length === 0) continue;
    mean[pair] = scores.reduce((sum, score) => sum + score, 0) / scores.length;
    greatest[pair] = Math.max(...scores);
  }
  return { clipScoreSentenceMean: mean, clipScoreSentenceMax: greatest };
}

function cosines(image: Float32Array, sentences: Float32Array): number[] {
  const dim = image.length;
  const isKnown = (values: Float32Array): boolean => values.some((value) => value !== 0);
  return Array.from({ length: sentences.length / dim }, (_, row) => {
    const sentence = sentences.subarray(row * dim, (row + 1) * dim);
    if (!isKnown(image) || !isKnown(sentence)) return Number.NaN;
    return sentence.reduce((sum, value, at) => sum + value * image[at]!, 0);
  });
}
