import { describe, expect, it } from "vitest";
import { defaultAcceptRule, findHolds, type JudgedRewrite, type RewriteMeasure } from "../../../../src/core/rewriters/accept.ts";
import { compareCaptions } from "../../../../src/core/rewriters/comparison.ts";

const measure: RewriteMeasure = {
  scoreBefore: 0.25,
  scoreAfter: 0.25,
  rankBefore: 4,
  rankAfter: 4,
  candidates: 100,
  tokensBefore: 10,
  tokensAfter: 77,
  tokenLimit: 77,
  unsupported: [],
};

function judged(changes: Partial<RewriteMeasure> = {}, [before, after] = ["a red cat", "a cat, red"]): JudgedRewrite {
  return { author: "import", glitches: [], comparison: compareCaptions(before, after), measure: { ...measure, ...changes } };
}

describe("the rule of acceptance", () => {
  it("takes what scores, ranks and fits as well and adds nothing", () => {
    expect(findHolds(judged(), defaultAcceptRule)).toEqual([]);
  });

  it.each([
    [{ scoreAfter: 0.2499 }, ["lowerScore"]],
    [{ rankAfter: 5 }, ["worseRank"]],
    [{ tokensAfter: 78 }, ["cutOff"]],
    [{ scoreAfter: 0.1, rankAfter: 9 }, ["lowerScore", "worseRank"]],
    [{ scoreAfter: Number.NaN }, ["unknown"]],
    [{ rankBefore: Number.NaN }, ["unknown"]],
  ])("leaves %j to a person", (changes, holds) => {
    expect(findHolds(judged(changes), defaultAcceptRule)).toEqual(holds);
  });

  it("asks for the gain that it is told, to the number", () => {
    const gained = judged({ scoreAfter: 0.5 });
    expect(findHolds(gained, { delta: 0.25, allowAdded: false })).toEqual([]);
    expect(findHolds(gained, { delta: 0.2501, allowAdded: false })).toEqual(["lowerScore"]);
  });

  it("leaves added content words and numbers to a person, unless the rule is relaxed", () => {
    const added = judged({ scoreAfter: 0.9 }, ["two cats", "three cats and a dog"]);
    expect(findHolds(added, defaultAcceptRule)).toEqual(["addedWords", "addedNumbers"]);
    expect(findHolds(added, { delta: 0, allowAdded: true })).toEqual([]);
  });

  it("never replaces a person's words, a glitch or what nobody measured by itself", () => {
    const relaxed = { delta: -1, allowAdded: true };
    expect(findHolds({ ...judged(), author: "human" }, relaxed)).toEqual(["human"]);
    expect(findHolds({ ...judged(), glitches: ["refusal"] }, relaxed)).toEqual(["glitch"]);
    expect(findHolds({ ...judged(), measure: undefined }, relaxed)).toEqual(["unknown"]);
  });
});

describe("a comparison of two captions", () => {
  it("tells added and removed content words, whatever their case and order", () => {
    expect(compareCaptions("A red cat on the mat", "on a mat: the Cat, grey")).toMatchObject({ added: ["grey"], removed: ["red"] });
  });

  it("takes digits and words for one number", () => {
    expect(compareCaptions("two dogs", "2 dogs")).toMatchObject({ addedNumbers: [], removedNumbers: [] });
    expect(compareCaptions("two dogs", "5 dogs")).toMatchObject({ addedNumbers: ["5"], removedNumbers: ["2"] });
  });

  it("gives the ratio of lengths, unknown without any text before", () => {
    expect(compareCaptions("a b", "a b c d").lengthRatio).toBe(2);
    expect(compareCaptions("", "a b").lengthRatio).toBeNaN();
  });
});
