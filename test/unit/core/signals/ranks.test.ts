import { describe, expect, it } from "vitest";
import { createPlainGemm } from "../../../../src/core/neighbours/plainGemm.ts";
import { computeClipScore } from "../../../../src/core/signals/clipScore.ts";
import { createRandom, drawInteger } from "../../../../src/core/random.ts";
import { computeRanks, tieTolerance } from "../../../../src/core/signals/ranks.ts";
import type { MadeDataset } from "./madeDataset.ts";
import { dim, madeDataset, reordered } from "./madeDataset.ts";

const gemm = createPlainGemm();

/** Two pairs by their places that a person said to be false negatives of each other. */
type Said = readonly (readonly [number, number])[];

function dot(made: MadeDataset, image: number, text: number): number {
  let [sum, imageLength, textLength] = [0, 0, 0];
  for (let at = 0; at < dim; at += 1) {
    const [x, y] = [made.imageValues[image * dim + at]!, made.textValues[text * dim + at]!];
    [sum, imageLength, textLength] = [sum + x * y, imageLength + x * x, textLength + y * y];
  }
  return imageLength > 0 && textLength > 0 ? sum : NaN;
}

/** Whether a person said of two pairs that the text fits the image, or one of its copies. */
function isSaidToFit(made: MadeDataset, said: Said, image: number, text: number): boolean {
  const { pairs, duplicateOf } = made;
  const says = (own: number, other: number) => duplicateOf[pairs.image[own]!] === duplicateOf[image] && pairs.text[other] === text;
  return said.some(([one, other]) => says(one, other) || says(other, one));
}

/** The definition, word by word. */
function bruteForce(made: MadeDataset, pair: number, said: Said = []): number[] {
  const { pairs, duplicateOf } = made;
  const [image, text] = [pairs.image[pair]!, pairs.text[pair]!];
  const own = text < 0 ? NaN : dot(made, image, text);
  if (Number.isNaN(own)) return [NaN, NaN, NaN, NaN];
  const isHigher = (score: number) => score > own + tieTolerance;
  const isKnownText = (row: number) => row >= 0 && made.textValues.subarray(row * dim, (row + 1) * dim).some((value) => value !== 0);
  const captions = [...pairs.image.keys()].filter(
    (other) =>
      duplicateOf[pairs.image[other]!] !== duplicateOf[image] &&
      pairs.text[other] !== text &&
      isKnownText(pairs.text[other]!) &&
      !isSaidToFit(made, said, image, pairs.text[other]!),
  );
  const carriers = new Set([...pairs.image.keys()].filter((other) => pairs.text[other] === text).map((other) => pairs.image[other]!));
  const images = [...made.ids.keys()].filter(
    (row) =>
      duplicateOf[row] !== duplicateOf[image] &&
      !carriers.has(row) &&
      !Number.isNaN(dot(made, row, text)) &&
      !isSaidToFit(made, said, row, text),
  );
  return [
    1 + captions.filter((other) => isHigher(dot(made, image, pairs.text[other]!))).length,
    1 + captions.length,
    1 + images.filter((row) => isHigher(dot(made, row, text))).length,
    1 + images.length,
  ];
}

async function ranksOf(
  made: MadeDataset & { readonly falseNegatives?: Said },
  options: { blockRows?: number; blockColumns?: number } = {},
): Promise<number[][]> {
  const clipScore = await computeClipScore(made);
  const ranks = await computeRanks({ ...made, clipScore, gemm }, options);
  return [...made.pairs.image.keys()].map((pair) => [
    ranks.captionRank[pair]!,
    ranks.captionRankCandidates[pair]!,
    ranks.imageRank[pair]!,
    ranks.imageRankCandidates[pair]!,
  ]);
}

describe("ranks", () => {
  it.each([1, 2, 3, 4])("are what the definition counts, with equal texts, duplicates and unknown vectors (seed %i)", async (seed) => {
    const made = madeDataset({ samples: 40, seed, messy: true });
    expect(await ranksOf(made)).toEqual([...made.pairs.image.keys()].map((pair) => bruteForce(made, pair)));
  });

  it.each([1, 2, 3, 4, 5, 6])("leave out what a person said to fit, copies and equal texts included (seed %i)", async (seed) => {
    const made = madeDataset({ samples: 40, seed, messy: true, noise: 1.5 });
    const random = createRandom(seed);
    const draw = () => drawInteger(random, made.pairs.count);
    // The first pairs hold the equal texts, the broken image, the text without a vector and the copies.
    const said: Said = [...Array.from({ length: 30 }, () => [draw(), draw()] as const), [0, 12], [12, 14], [10, 30], [8, 11], [0, 1]];
    const falseNegatives = said.filter(([one, other]) => made.pairs.image[one] !== made.pairs.image[other]);
    const ranks = await ranksOf({ ...made, falseNegatives }, { blockRows: 11, blockColumns: 7 });
    expect(ranks).toEqual([...made.pairs.image.keys()].map((pair) => bruteForce(made, pair, falseNegatives)));
    expect(ranks).not.toEqual(await ranksOf(made));
  });

  it("don't depend on the size of the blocks", async () => {
    const made = madeDataset({ samples: 50, seed: 7, messy: true });
    expect(await ranksOf(made, { blockRows: 7, blockColumns: 3 })).toEqual(await ranksOf(made));
  });

  it("don't depend on the order of samples and texts", async () => {
    const made = madeDataset({ samples: 30, seed: 9, messy: true });
    const other = reordered(made, 5);
    const [ranks, otherRanks] = [await ranksOf(made), await ranksOf(other)];
    expect(otherRanks).toEqual(other.pairOrder.map((pair) => ranks[pair]!));
  });

  it("count a copy of the image's vector as a tie though it is no known duplicate", async () => {
    const made = madeDataset({ samples: 20, seed: 3 });
    const before = await ranksOf(made);
    made.imageValues.copyWithin(7 * dim, 0, dim);
    const after = await ranksOf(made);
    expect(after[0]![2]! - before[0]![2]!).toBeLessThanOrEqual(0);
  });

  it("are 1 of 1 where there is one pair", async () => {
    const made = madeDataset({ samples: 1, seed: 2 });
    expect((await ranksOf(made))[0]).toEqual([1, 1, 1, 1]);
  });

  it("are none for a dataset without pairs", async () => {
    const made = madeDataset({ samples: 2, seed: 2 });
    const empty = new Int32Array(0);
    expect(await ranksOf({ ...made, pairs: { count: 0, image: empty, text: empty, captionIndex: empty } })).toEqual([]);
  });
});
