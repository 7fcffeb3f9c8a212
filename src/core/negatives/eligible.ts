import type { Pairs } from "../signals/pairs.ts";

/** The columns that tell whether a pair matches; one a pair, NaN unknown. */
export interface MatchColumns {
  readonly clipScore: Float32Array;
  readonly captionRank: Float32Array;
  readonly imageRank: Float32Array;
  readonly imageRankCandidates: Float32Array;
}

const leastRankLimit = 10;
const rankShare = 0.01;

/**
 * Whether a pair matches well enough to be confusable: neither rank above 10, or above 1 % of the images where that is more. The others are
 * suspected mismatches: without this rule, with 10 % of captions swapped, 80 % of the edges between confusable pairs touch a swapped one.
 *
 * N is the number of images for both ranks. With five captions an image one could also take captions for the captions' rank; measured on
 * 1,000 photos of Flickr8k's development split with 20 % of the images' captions swapped, five seeds, 2 of 247 groups then hold a swap with
 * N images, 8 of 349 with N captions.
 */
export function isEligible({ captionRank, imageRank, imageRankCandidates }: MatchColumns, pair: number): boolean {
  return Math.max(captionRank[pair]!, imageRank[pair]!) <= Math.max(leastRankLimit, rankShare * imageRankCandidates[pair]!);
}

/** The pairs that may be wrong, worst score first, ties by their place: those with known ranks that are not eligible. */
export function suspectedMismatches(columns: MatchColumns): Int32Array {
  const { clipScore } = columns;
  const isKnown = (pair: number): boolean => !Number.isNaN(columns.captionRank[pair]!) && !Number.isNaN(columns.imageRank[pair]!);
  const suspects = Int32Array.from(clipScore.keys()).filter((pair) => isKnown(pair) && !isEligible(columns, pair));
  return suspects.sort((a, b) => clipScore[a]! - clipScore[b]! || a - b);
}

/** The pair of each image with the highest score, ties by the caption's place; −1 where no score is known. */
export function bestPairs({ count, image, captionIndex }: Pairs, clipScore: Float32Array, images: number): Int32Array {
  const best = new Int32Array(images).fill(-1);
  for (let pair = 0; pair < count; pair += 1) {
    if (Number.isNaN(clipScore[pair]!)) continue;
    const so = best[image[pair]!]!;
    const isBetter =
      so < 0 || clipScore[pair]! > clipScore[so]! || (clipScore[pair] === clipScore[so] && captionIndex[pair]! < captionIndex[so]!);
    if (isBetter) best[image[pair]!] = pair;
  }
  return best;
}
