import { describe, expect, it } from "vitest";
import { signals } from "../../../../src/core/signals/signals.ts";
import type { Analysed } from "../../../../src/protocol/overview.ts";
import { fieldsForMenu, labelIn, titleIn, vocabularyOf } from "../../../../webview/parts/filterBar/vocabulary.ts";

const analysed = {
  fields: [
    { name: "contentHash", type: "text", signal: null, values: null },
    { name: "clipScore", type: "float", signal: signals.find(({ id }) => id === "clipScore")!, values: null },
    { name: "edited", type: "boolean", signal: null, values: null },
    { name: "concept", type: "text", signal: null, values: ["k1", "k2"], labels: ["small cats", "trains"] },
    { name: "caption", type: "text", signal: null, values: null },
    { name: "captionCount", type: "integer", signal: null, values: null },
  ],
  problems: [{ code: "exifOrientation", severity: "note", count: 3 }],
  buckets: [],
} as unknown as Analysed;

describe("the vocabulary of filters", () => {
  const vocabulary = vocabularyOf(analysed);

  it("knows what people read for values, codes and fields", () => {
    expect(labelIn(vocabulary, "concept", "k2")).toBe("trains");
    expect(labelIn(vocabulary, "problem", "exifOrientation")).toBe("Exif orientation");
    expect(labelIn(vocabulary, "group", "nearDuplicate")).toBe("Near duplicate");
    expect(labelIn(vocabulary, "edited", "true")).toBe("yes");
    expect(labelIn(vocabulary, "caption", "a dog")).toBe("a dog");
    expect(titleIn(vocabulary, "clipScore")).toBe("CLIP score");
    expect(titleIn(vocabulary, "neverHeardOf")).toBe("neverHeardOf");
  });

  it("puts what is used most first and leaves to typing what is the machine's own", () => {
    expect(fieldsForMenu(vocabulary)).toEqual({
      plain: ["caption", "problem", "lint", "group", "concept", "edited", "captionCount"],
      signals: ["clipScore"],
    });
  });

  it("is empty of fields before the first analysis", () => {
    expect(vocabularyOf(null)).toMatchObject({ fields: [], buckets: [] });
  });
});
