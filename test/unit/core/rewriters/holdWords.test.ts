import { expect, it } from "vitest";
import { holdWords } from "../../../../src/core/rewriters/holdWords.ts";
import { compareCaptions } from "../../../../src/core/rewriters/comparison.ts";

const comparison = compareCaptions("a cat", "two blue cats");

it("says why a proposal waits, with the words and the glitches", () => {
  const holds = ["human", "glitch", "lowerScore", "addedWords", "addedNumbers"] as const;
  expect(holdWords({ holds, glitches: ["loop", "markup"], comparison, measure: { unsupported: ["blue"] } })).toEqual([
    "a person wrote the caption",
    "glitch: loop, markup",
    "scores lower",
    "adds words: blue, cats",
    "adds numbers: 2",
    "scores higher without: blue",
  ]);
});

it("says nothing of one that the rule takes", () => {
  expect(holdWords({ holds: [], glitches: [], comparison, measure: null })).toEqual([]);
});
