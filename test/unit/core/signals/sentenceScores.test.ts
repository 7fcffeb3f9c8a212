import { describe, expect, it } from "vitest";
import { matrixFromArray } from "../../../../src/core/matrix.ts";
import { computeSentenceScores } from "../../../../src/core/signals/sentenceScores.ts";

const images = matrixFromArray(Float32Array.of(1, 0, 0, 1, 0, 0), 2);
const vectors = matrixFromArray(Float32Array.of(1, 0, 0.6, 0.8, 0, 0), 2);
const pairs = {
  count: 5,
  image: Int32Array.of(0, 1, 2, 0, 0),
  text: Int32Array.of(0, 0, 0, 1, -1),
  captionIndex: Int32Array.of(0, 0, 0, 1, 2),
};

describe("computeSentenceScores", () => {
  it("gives the mean and the greatest cosine over the sentences that are known", async () => {
    const rowsOf = (text: number): number[] => (text === 0 ? [0, 1, 2] : []);
    const { clipScoreSentenceMean: mean, clipScoreSentenceMax: greatest } = await computeSentenceScores(pairs, images, { vectors, rowsOf });
    expect(mean[0]).toBeCloseTo(0.8, 6);
    expect(greatest[0]).toBe(1);
    expect(mean[1]).toBeCloseTo(0.4, 6);
    expect(greatest[1]).toBeCloseTo(0.8, 6);
  });

  it("is unknown for a picture without a vector, a caption that fits and an empty one", async () => {
    const rowsOf = (text: number): number[] => (text === 0 ? [0, 1] : []);
    const { clipScoreSentenceMean: mean } = await computeSentenceScores(pairs, images, { vectors, rowsOf });
    expect([...mean].slice(2)).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  });

  it("is unknown where no sentence is known", async () => {
    const { clipScoreSentenceMax: greatest } = await computeSentenceScores(pairs, images, { vectors, rowsOf: () => [2] });
    expect(greatest[0]).toBeNaN();
  });
});
