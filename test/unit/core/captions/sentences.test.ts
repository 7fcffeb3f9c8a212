import { describe, expect, it } from "vitest";
import { splitSentences } from "../../../../src/core/captions/sentences.ts";

describe("splitSentences", () => {
  it("cuts after full stops, question and exclamation marks, and trims", () => {
    expect(splitSentences("A dog runs. Is it wet?  Yes!  It shakes")).toEqual(["A dog runs.", "Is it wet?", "Yes!", "It shakes"]);
  });

  it("does not cut a number in two", () => {
    expect(splitSentences("A sign shows 3.5 km.")).toEqual(["A sign shows 3.5 km."]);
  });

  it("cuts at the marks of other scripts, and gives nothing for nothing", () => {
    expect(splitSentences("犬が走る。猫が寝る。")).toEqual(["犬が走る。", "猫が寝る。"]);
    expect(splitSentences(" \n ")).toEqual([]);
  });
});
