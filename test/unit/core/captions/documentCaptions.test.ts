import { describe, expect, it } from "vitest";
import { captionsOfDocument } from "../../../../src/core/captions/documentCaptions.ts";
import { cutCaptions } from "../../../../src/engine/discover/captionText.ts";

describe("captionsOfDocument", () => {
  const texts = ["", " \n\t\n", "one", "  one \r\n\r\n two\rthree\n", "\n\none\ntwo", "one\n", "\u2028one"];

  it.each([
    ["whole", "one"],
    ["lines", "lines"],
    ["first", "first"],
  ] as const)("cuts a text as discovery does (%s)", (reading, mode) => {
    for (const text of texts) {
      const cut = cutCaptions(text, mode).map((piece) => piece.text);
      const found = captionsOfDocument(text, reading);
      expect(found.map((caption) => caption.text.replaceAll(/\r\n?/g, "\n"))).toEqual(cut);
      if (reading !== "whole" && text.trim() !== "")
        expect(found.map(({ line }) => line)).toEqual(cutCaptions(text, mode).map(({ line }) => line));
    }
  });

  it("says where each caption stands", () => {
    const text = "  one \r\n\r\n two\n";
    const found = captionsOfDocument(text, "lines");
    expect(found.map(({ from, to, line }) => [text.slice(from, to), line])).toEqual([
      ["one", 0],
      ["two", 2],
    ]);
    expect(captionsOfDocument("\n\n a\nb ", "whole")).toEqual([{ text: "a\nb", from: 3, to: 6, line: 2 }]);
    expect(captionsOfDocument(" \n", "lines")).toEqual([{ text: "", from: 0, to: 2, line: 0 }]);
  });
});
