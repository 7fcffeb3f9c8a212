import { tieTolerance } from "../signals/ranks.ts";

/** What a picture's texts are ranked among: the score of each of the dataset's texts with the picture (NaN is unknown), and how many foreign captions each stands for. */
export interface RankedAmong {
  readonly scores: Float32Array;
  /** 0 for texts that are the picture's own, its copies' or said to fit it. */
  readonly foreign: Int32Array;
}

/**
 * The rank that a text of this score has, or would have, as `captionRank` counts it, and the number of captions that it is among. `own` is the text's number where the
 * dataset has it already: captions that say the same are no wrong answers. An unknown score has no rank (NaN).
 */
export function rankOf(
  score: number,
  { scores, foreign }: RankedAmong,
  own?: number,
): { readonly rank: number; readonly candidates: number } {
  const limit = Math.fround(score + tieTolerance);
  let [rank, candidates] = [1, 1];
  for (let text = 0; text < scores.length; text += 1) {
    if (foreign[text] === 0 || text === own || Number.isNaN(scores[text]!)) continue;
    candidates += foreign[text]!;
    if (scores[text]! > limit) rank += foreign[text]!;
  }
  return { rank: Number.isNaN(score) ? Number.NaN : rank, candidates };
}
