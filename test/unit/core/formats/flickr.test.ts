import { describe, expect, it } from "vitest";
import { parseResultsLine, parseTokenLine, parseUnquotedCaption } from "../../../../src/core/formats/flickr.ts";

describe("lines of Flickr's files", () => {
  it("reads a numbered caption", () => {
    expect(parseTokenLine("1_a.jpg#3\tA dog , running .")).toEqual({ image: "1_a.jpg", index: 3, caption: "A dog , running ." });
    expect(parseTokenLine("1_a.jpg A dog")).toBeUndefined();
  });

  it("takes the spaces off the values of results.csv", () => {
    expect(parseResultsLine("1.jpg| 0| Two men | one dog .")).toEqual({ image: "1.jpg", index: 0, caption: "Two men | one dog ." });
  });

  it("repairs the row of results.csv that lacks its separator", () => {
    expect(parseResultsLine("2199200615.jpg| 4   A dog runs across the grass .")).toMatchObject({
      index: 4,
      caption: "A dog runs across the grass .",
      repaired: true,
    });
    expect(parseResultsLine("2199200615.jpg")).toBeUndefined();
  });

  it("takes all behind the first comma for an unquoted caption", () => {
    expect(parseUnquotedCaption("1.jpg,a dog , running .")).toEqual({ image: "1.jpg", caption: "a dog , running ." });
  });
});
