import type { Matrix } from "../matrix.ts";
import type { ScoreBlock, WalkOptions } from "../neighbours/blocks.ts";
import { eachBlock } from "../neighbours/blocks.ts";
import type { Gemm } from "../neighbours/gemm.ts";
import { findKnown } from "../neighbours/known.ts";
import type { FitInput, Fits } from "./fits.ts";
import { findFits, fitsOf } from "./fits.ts";
import type { Ladder } from "./ladder.ts";
import { climb, createLadder, ladderCounts } from "./ladder.ts";
import type { Buckets, Pairs } from "./pairs.ts";
import { bucket, bucketsOf } from "./pairs.ts";
import type { SignalValues } from "./signal.ts";

/** What ranks are counted from. `clipScore` is one a pair. */
export interface RankInput extends FitInput {
  readonly images: Matrix;
  readonly texts: Matrix;
  readonly clipScore: SignalValues;
  readonly gemm: Gemm;
}

/** Ranks from 1 and what they are among, one a pair; NaN is unknown. Whole numbers, exact in float32 up to 2²⁴. */
export interface Ranks {
  readonly captionRank: SignalValues;
  readonly captionRankCandidates: SignalValues;
  readonly imageRank: SignalValues;
  readonly imageRankCandidates: SignalValues;
}

/**
 * "Strictly higher" means by more than this. Two sums of one product in another order differ by some 10⁻⁷, so without it a copy of the own
 * vector could outrank it; scores of really different vectors are closer than this about as often as the dataset has 10⁶ captions.
 */
export const tieTolerance = 1e-6;

/**
 * Counts `captionRank` and `imageRank` of all pairs in one walk over images × unique texts; memory for the pairs and one block.
 *
 * Left out are, beside duplicates and equal texts, the captions of others that a person said to fit the image (false negatives), with that image
 * for those captions: a rank tells how many wrong answers come before the right one, and a caption that fits is no wrong answer, just as that of a
 * copy is none. Both the rank and what it is among leave them out.
 */
export async function computeRanks(input: RankInput, options: WalkOptions = {}): Promise<Ranks> {
  const { pairs, clipScore, gemm } = input;
  const { matrix: rows, known: imageKnown } = await findKnown(input.images, options.signal);
  const { matrix: columns, known: textKnown } = await findKnown(input.texts, options.signal);
  const limits = clipScore.map((score) => score + tieTolerance);
  const count: Count = {
    ...orderPairs(input, textKnown),
    limits,
    image: pairs.image,
    text: pairs.text,
    duplicateOf: input.duplicateOf,
    imageKnown,
    byImage: createLadder(pairs.image, rows.rows, limits),
    byText: createLadder(pairs.text, columns.rows, limits),
    ownAbove: new Int32Array(pairs.count),
    fits: findFits(input),
  };
  await eachBlock({ ...options, rows, columns, gemm }, (block) => {
    countForeign(block, count);
    takeOutOwn(block, count);
    takeOutFitting(block, count);
  });
  const captionsAbove = ladderCounts(count.byImage, pairs.count);
  const imagesAbove = ladderCounts(count.byText, pairs.count);
  return {
    captionRank: Float32Array.from(captionsAbove, (above) => above + 1),
    imageRank: Float32Array.from(imagesAbove, (above, pair) => above - count.ownAbove[pair]! + 1),
    ...countCandidates(input, count),
  };
}

interface Count {
  /** How many captions a text stands for; 0 where its vector is unknown. */
  readonly multiplicity: Int32Array;
  /** The pairs of each class of duplicates, by text. */
  readonly classPairs: Buckets;
  readonly duplicateOf: Int32Array;
  readonly imageKnown: Uint8Array;
  readonly limits: Float32Array;
  readonly image: Int32Array;
  readonly text: Int32Array;
  readonly byImage: Ladder;
  readonly byText: Ladder;
  /** Duplicates of a pair's image, without its text, that score above its limit. */
  readonly ownAbove: Int32Array;
  readonly fits: Fits;
}

function orderPairs({ pairs, texts, duplicateOf }: RankInput, textKnown: Uint8Array): Pick<Count, "multiplicity" | "classPairs"> {
  const multiplicity = new Int32Array(texts.rows);
  for (const text of pairs.text) if (text >= 0 && textKnown[text] === 1) multiplicity[text] = multiplicity[text]! + 1;
  const classes = duplicateOf.reduce((most, own) => Math.max(most, own), -1) + 1;
  const classPairs = bucketsOf(
    pairs.image.map((image, pair) => (pairs.text[pair]! < 0 ? -1 : duplicateOf[image]!)),
    classes,
  );
  for (let own = 0; own < classes; own += 1) bucket(classPairs, own).sort((a, b) => pairs.text[a]! - pairs.text[b]! || a - b);
  return { multiplicity, classPairs };
}

function countForeign(
  { rowFrom, rowTo, columnFrom, columnTo, scores }: ScoreBlock,
  { byImage, byText, multiplicity, imageKnown }: Count,
): void {
  let at = 0;
  for (let row = rowFrom; row < rowTo; row += 1) {
    const rowLowest = byImage.lowest[row]!;
    if (imageKnown[row] === 0) {
      at += columnTo - columnFrom;
      continue;
    }
    for (let column = columnFrom; column < columnTo; column += 1, at += 1) {
      const score = scores[at]!;
      if (score > rowLowest) climb(byImage, row, score, multiplicity[column]!);
      if (score > byText.lowest[column]!) climb(byText, column, score, 1);
    }
  }
}

/**
 * Takes out again, by the very values that were counted, what is no foreign caption or image of a row: what belongs to its class of
 * duplicates.
 */
function takeOutOwn(block: ScoreBlock, count: Count): void {
  const { rowFrom, rowTo, columnFrom, columnTo, scores } = block;
  for (let row = rowFrom; row < rowTo; row += 1) {
    if (count.imageKnown[row] === 0) continue;
    const own = bucket(count.classPairs, count.duplicateOf[row]!);
    let from = firstWithText(own, count.text, columnFrom);
    while (from < own.length && count.text[own[from]!]! < columnTo) {
      const text = count.text[own[from]!]!;
      const to = firstWithText(own, count.text, text + 1);
      takeOutText(
        count,
        { row, text, score: scores[(row - rowFrom) * (columnTo - columnFrom) + text - columnFrom]! },
        own.subarray(from, to),
      );
      from = to;
    }
  }
}

function takeOutText(count: Count, { row, text, score }: { row: number; text: number; score: number }, pairs: Int32Array): void {
  if (count.multiplicity[text] === 0) return;
  climb(count.byImage, row, score, -pairs.length);
  if (pairs.some((pair) => count.image[pair] === row)) {
    climb(count.byText, text, score, -1);
    return;
  }
  for (const pair of pairs) if (score > count.limits[pair]!) count.ownAbove[pair] = count.ownAbove[pair]! + 1;
}

/** Takes out the captions that are said to fit an image, as far as `takeOutOwn` left them in. */
function takeOutFitting({ rowFrom, rowTo, columnFrom, columnTo, scores }: ScoreBlock, count: Count): void {
  const { first, end } = fitsOf(count.fits, rowFrom, rowTo);
  for (let at = first; at < end; at += 1) {
    const [row, text] = [count.fits.images[at]!, count.fits.texts[at]!];
    if (text < columnFrom || text >= columnTo || count.imageKnown[row] === 0 || count.multiplicity[text] === 0) continue;
    const score = scores[(row - rowFrom) * (columnTo - columnFrom) + text - columnFrom]!;
    const own = pairsWithText(count, row, text);
    climb(count.byImage, row, score, own.length - count.multiplicity[text]!);
    if (own.some((pair) => count.image[pair] === row)) continue;
    climb(count.byText, text, score, -1);
    for (const pair of own) if (score > count.limits[pair]!) count.ownAbove[pair] = count.ownAbove[pair]! - 1;
  }
}

/** The pairs of a row's class of duplicates that carry a text. */
function pairsWithText({ classPairs, duplicateOf, text: textOf }: Count, row: number, text: number): Int32Array {
  const own = bucket(classPairs, duplicateOf[row]!);
  return own.subarray(firstWithText(own, textOf, text), firstWithText(own, textOf, text + 1));
}

function firstWithText(sorted: Int32Array, textOf: Int32Array, text: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (textOf[sorted[middle]!]! < text) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What the ranks are among: everything known, less the own class and what carries the own text, and the pair itself. */
function countCandidates(
  { pairs, duplicateOf, clipScore }: RankInput,
  count: Count,
): Pick<Ranks, "captionRankCandidates" | "imageRankCandidates"> {
  const captions = count.multiplicity.reduce((sum, times) => sum + times, 0);
  const images = count.imageKnown.reduce((sum, known) => sum + known, 0);
  const classImages = new Int32Array(count.classPairs.starts.length);
  duplicateOf.forEach((own, row) => (classImages[own] = classImages[own]! + count.imageKnown[row]!));
  const carriers = countCarriers(pairs, count);
  const captionRankCandidates = new Float32Array(pairs.count).fill(NaN);
  const imageRankCandidates = new Float32Array(pairs.count).fill(NaN);
  for (let own = 0; own + 1 < count.classPairs.starts.length; own += 1) {
    const members = bucket(count.classPairs, own);
    const ownCaptions = members.reduce((sum, pair) => sum + Math.min(1, count.multiplicity[pairs.text[pair]!]!), 0);
    for (let from = 0; from < members.length;) {
      const text = pairs.text[members[from]!]!;
      const to = firstWithText(members, pairs.text, text + 1);
      const ownCarriers = new Set(
        [...members.subarray(from, to)].map((pair) => pairs.image[pair]!).filter((image) => count.imageKnown[image] === 1),
      ).size;
      for (const pair of members.subarray(from, to)) {
        if (Number.isNaN(clipScore[pair]!)) continue;
        captionRankCandidates[pair] = captions - ownCaptions - (count.multiplicity[text]! - (to - from)) + 1;
        imageRankCandidates[pair] = images - classImages[own]! - (carriers[text]! - ownCarriers) + 1;
      }
      from = to;
    }
  }
  leaveOutFitting(pairs, count, { captionRankCandidates, imageRankCandidates });
  return { captionRankCandidates, imageRankCandidates };
}

/** Takes what is said to fit off the numbers of candidates, where it was not off them already as a copy or an equal text. */
function leaveOutFitting(pairs: Pairs, count: Count, candidates: Pick<Ranks, "captionRankCandidates" | "imageRankCandidates">): void {
  const { fits, multiplicity, duplicateOf, imageKnown } = count;
  if (fits.images.length === 0) return;
  const [byImage, byText] = [bucketsOf(pairs.image, imageKnown.length), bucketsOf(pairs.text, multiplicity.length)];
  const takeOff = (column: SignalValues, pair: number, some: number): void => void (column[pair] = column[pair]! - some);
  fits.images.forEach((row, at) => {
    const text = fits.texts[at]!;
    if (imageKnown[row] === 0 || multiplicity[text] === 0) return;
    const own = pairsWithText(count, row, text);
    for (const pair of bucket(byImage, row))
      if (pairs.text[pair] !== text) takeOff(candidates.captionRankCandidates, pair, multiplicity[text]! - own.length);
    if (own.some((pair) => pairs.image[pair] === row)) return;
    for (const pair of bucket(byText, text))
      if (duplicateOf[pairs.image[pair]!] !== duplicateOf[row]) takeOff(candidates.imageRankCandidates, pair, 1);
  });
}

/** How many known images carry each text; an image that lists it twice counts once. */
function countCarriers(pairs: Pairs, { imageKnown, multiplicity }: Count): Int32Array {
  const carriers = new Int32Array(multiplicity.length);
  const byText = bucketsOf(pairs.text, multiplicity.length);
  for (let text = 0; text < carriers.length; text += 1) {
    const images = [...bucket(byText, text)].map((pair) => pairs.image[pair]!);
    carriers[text] = new Set(images.filter((image) => imageKnown[image] === 1)).size;
  }
  return carriers;
}
