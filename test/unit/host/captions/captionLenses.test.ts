import { describe, expect, it } from "vitest";
import { captionAtLine, lensesOf, placeCaptions } from "../../../../src/host/captions/captionLenses.ts";
import { captionOf, fileOf } from "./madeFile.ts";

const group = { id: "confusable-0001", kind: "confusable", name: "confusable 0", members: 3 } as const;
const file = fileOf([captionOf("one"), captionOf("two", { captionIndex: 1, line: 1, group })]);

describe("lenses over captions", () => {
  it("stand over every caption that the analysis knows, with its group where it has one", () => {
    const lenses = lensesOf("new\n\none\ntwo\n", { root: "/data", file });
    expect(lenses.map(({ line, title, command }) => [line, title, command])).toEqual([
      [0, "Rewrite", "winnow.rewriteCaption"],
      [0, "Open in panel", "winnow.openCaption"],
      [2, "Rewrite", "winnow.rewriteCaption"],
      [2, "Open in panel", "winnow.openCaption"],
      [3, "Rewrite", "winnow.rewriteCaption"],
      [3, "Open in panel", "winnow.openCaption"],
      [3, "Confusable group of 3 members", "winnow.openCaptionGroup"],
    ]);
    expect(lenses.at(-1)?.argument).toEqual({ root: "/data", caption: file.captions[1] });
  });

  it("belong to the caption at the cursor, or the one before it", () => {
    const placed = placeCaptions("\none\n\ntwo", file);
    expect([0, 1, 2, 3, 9].map((line) => captionAtLine(placed, line)?.text)).toEqual(["one", "one", "one", "two", "two"]);
    expect(captionAtLine([], 0)).toBeUndefined();
  });
});
