import { describe, expect, it } from "vitest";
import { matrixFromArray } from "../../../../src/core/matrix.ts";
import { createPlainGemm } from "../../../../src/core/neighbours/plainGemm.ts";
import { createRandom } from "../../../../src/core/random.ts";
import { rankOf } from "../../../../src/core/rewriters/rank.ts";
import { computeRanks } from "../../../../src/core/signals/ranks.ts";

describe("the rank of a text", () => {
  it("counts foreign captions that score strictly higher, each as often as it stands there", () => {
    const among = { scores: Float32Array.of(0.9, 0.5, 0.5, Number.NaN, 0.1), foreign: Int32Array.of(2, 1, 0, 5, 3) };
    expect(rankOf(0.5, among)).toEqual({ rank: 3, candidates: 7 });
    expect(rankOf(0.95, among)).toEqual({ rank: 1, candidates: 7 });
    expect(rankOf(0.05, among)).toEqual({ rank: 7, candidates: 7 });
    expect(rankOf(0.5, among, 0)).toEqual({ rank: 1, candidates: 5 });
    expect(rankOf(Number.NaN, among).rank).toBeNaN();
  });

  it("is that of captionRank for captions that the dataset has", async () => {
    const [images, texts, dim] = [12, 30, 4];
    const random = createRandom(5);
    const vectors = (rows: number): Float32Array => {
      const values = Float32Array.from({ length: rows * dim }, () => random() * 2 - 1);
      for (let row = 0; row < rows; row += 1) {
        const own = values.subarray(row * dim, (row + 1) * dim);
        const length = Math.hypot(...own);
        own.forEach((value, at) => (own[at] = value / length));
      }
      return values;
    };
    const [pictures, captions] = [vectors(images), vectors(texts)];
    const count = 40;
    const image = Int32Array.from({ length: count }, (_, pair) => pair % images);
    const text = Int32Array.from({ length: count }, (_, pair) => (pair < texts ? pair : Math.floor(random() * texts)));
    const duplicateOf = Int32Array.from({ length: images }, (_, row) => (row === 1 ? 0 : row));
    const score = (row: number, column: number): number => {
      let sum = 0;
      for (let at = 0; at < dim; at += 1) sum += pictures[row * dim + at]! * captions[column * dim + at]!;
      return Math.fround(sum);
    };
    const clipScore = Float32Array.from(image, (row, pair) => score(row, text[pair]!));
    const expected = await computeRanks({
      pairs: { count, image, text, captionIndex: new Int32Array(count) },
      images: matrixFromArray(pictures, dim),
      texts: matrixFromArray(captions, dim),
      clipScore,
      duplicateOf,
      gemm: createPlainGemm(),
    });
    for (let pair = 0; pair < count; pair += 1) {
      const row = image[pair]!;
      const foreign = new Int32Array(texts);
      for (let other = 0; other < count; other += 1)
        if (duplicateOf[image[other]!] !== duplicateOf[row]) foreign[text[other]!] = foreign[text[other]!]! + 1;
      const scores = Float32Array.from({ length: texts }, (_, column) => score(row, column));
      expect(rankOf(clipScore[pair]!, { scores, foreign }, text[pair])).toEqual({
        rank: expected.captionRank[pair],
        candidates: expected.captionRankCandidates[pair],
      });
    }
  });
});
