import { describe, expect, it } from "vitest";
import { leaveOneWordOut } from "../../../../src/core/captions/leaveOneOut.ts";
import { bestPatches, meanOfTokens, supportLevels, tokensOfWords } from "../../../../src/core/captions/wordSupport.ts";

const vectors = (...rows: readonly (readonly [number, number])[]) => ({ values: Float32Array.from(rows.flat()), dim: 2 });

describe("the best patch of a token", () => {
  it("is the one of the greatest cosine", () => {
    const best = bestPatches(vectors([1, 0], [0, 1], [-1, 0]), vectors([1, 0], [0.6, 0.8]));
    expect([...best].map((value) => Math.fround(value))).toEqual([1, 0.8, -0.6].map(Math.fround));
  });

  it("is unknown without a direction of the token or any patch, and passes over patches without one", () => {
    expect([...bestPatches(vectors([NaN, NaN], [1, 0]), vectors([NaN, NaN], [0.6, 0.8], [NaN, NaN]))]).toEqual([NaN, Math.fround(0.6)]);
    expect([...bestPatches(vectors([1, 0]), vectors())]).toEqual([NaN]);
  });
});

describe("the tokens of words", () => {
  const rangesOf = (text: string, pieces: readonly string[]) => tokensOfWords(text, leaveOneWordOut(text), pieces);

  it("are found through lower case, other white space and signs between them", () => {
    expect(rangesOf("A  Skate-board, 😀 fast", ["a", " skate", "-", "board", ",", " 😀", " fa", "st"])).toEqual([
      { first: 0, end: 1 },
      { first: 1, end: 4 },
      { first: 6, end: 8 },
    ]);
  });

  it("hold a token that has a part of the word alone", () => {
    expect(rangesOf("up-town", ["up-", "town"])).toEqual([{ first: 0, end: 2 }]);
    expect(rangesOf("so it is", ["soit", " is"])).toEqual([
      { first: 0, end: 1 },
      { first: 0, end: 1 },
      { first: 1, end: 2 },
    ]);
  });

  it("are unknown where the tokenizer reads something else", () => {
    expect(rangesOf("naïve", ["naive"])).toBeUndefined();
  });

  it("give a word their mean, which is unknown where one of them is or was cut off", () => {
    const values = Float32Array.of(0.5, 0.25, NaN);
    expect(meanOfTokens(values, { first: 0, end: 2 })).toBe(0.375);
    expect(
      [
        [1, 3],
        [0, 4],
        [0, 0],
      ].map(([first, end]) => meanOfTokens(values, { first: first!, end: end! })),
    ).toEqual([NaN, NaN, NaN]);
  });
});

describe("levels of support", () => {
  it("are shares of the best supported word, and against where the caption fits better without it", () => {
    expect(supportLevels([0.1, 0.061, 0.03, 0.01, 0, -0.01, null])).toEqual([
      "much",
      "much",
      "some",
      "little",
      "little",
      "against",
      "unknown",
    ]);
  });

  it("make nothing of what rounding could have done", () => {
    expect(supportLevels([0.0001, -0.0004, 0])).toEqual(["little", "little", "little"]);
    expect(supportLevels([])).toEqual([]);
  });
});
