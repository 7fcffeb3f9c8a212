import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PlainPlace } from "../../../../src/core/captions/plainEdit.ts";
import { editPlainText } from "../../../../src/core/captions/plainEdit.ts";
import { applyReplacement } from "../../../../src/core/captions/replacement.ts";
import { cutCaptions } from "../../../../src/engine/discover/captionText.ts";
import type { CaptionMode } from "../../../../src/engine/discover/reader.ts";

const words = fc.string({ unit: fc.constantFrom("a", "b", " ", "é", "狐", "🦊", "🦋", "🖊", "\t", '"', ",", "\u00a0") });
const lineEnd = fc.constantFrom("\n", "\r\n", "\r");
/** Texts of caption files: lines, blank ones too, with line ends of all kinds and white space around. */
const texts = fc
  .array(fc.tuple(words, lineEnd), { minLength: 1, maxLength: 5 })
  .chain((lines) => fc.boolean().map((ends) => lines.map(([line, end], at) => line + (ends || at < lines.length - 1 ? end : "")).join("")));
/** A new text, from the old one: something else, or the old one with a part replaced. */
const other = fc
  .array(words, { minLength: 1, maxLength: 3 })
  .chain((lines) => lineEnd.map((end) => lines.join(end)))
  .filter((text) => text.trim() !== "");
const changed = fc.tuple(fc.nat(), fc.nat(3), fc.oneof(words, lineEnd, fc.constant(""))).map(([at, cut, inserted]) => (before: string) => {
  const characters = Array.from(before);
  characters.splice(at % (characters.length + 1), cut, inserted);
  return characters.join("").trim() === "" ? "a" : characters.join("");
});
const after = fc.oneof(
  other.map((text) => () => text),
  changed,
);

function placeOf(mode: CaptionMode, line: number | undefined, count: number): PlainPlace {
  return line === undefined ? { kind: "whole" } : { kind: "line", line, alone: mode === "first" || count === 1 };
}

describe("a caption in a caption file", () => {
  for (const mode of ["one", "first", "lines"] as const) {
    it(`read as "${mode}" is read as the new text, the others as before, and the rest of the file stays`, () => {
      fc.assert(
        fc.property(texts, after, fc.nat(), (text, change, pick) => {
          const captions = cutCaptions(text, mode);
          const index = pick % captions.length;
          const { text: before, line } = captions[index]!;
          const wanted = change(before);
          const wantsLines = /[\r\n]/.test(wanted.trim());
          const edited = editPlainText(text, placeOf(mode, line, captions.length), { before, after: wanted });
          if (wantsLines && mode !== "one") {
            expect(edited).toMatchObject({ kind: "refusal", code: "unfit" });
            return;
          }
          if (edited.kind === "refusal") throw new Error(edited.reason);
          const result = applyReplacement(text, edited);
          const expected = captions.map((caption, at) => (at === index ? edited.caption : caption.text));
          expect(cutCaptions(result, mode).map((caption) => caption.text)).toEqual(expected);
          expect(edited.caption).toBe(wanted.replaceAll(/\r\n|\r/g, "\n").trim());
          expect(result.slice(0, edited.from)).toBe(text.slice(0, edited.from));
          expect(result.slice(edited.from + edited.text.length)).toBe(text.slice(edited.to));
          // What is replaced lies within the caption.
          expect(before === "" || before.includes(text.slice(edited.from, edited.to).replaceAll(/\r\n|\r/g, "\n"))).toBe(true);
          const back = { from: edited.from, to: edited.from + edited.text.length, text: text.slice(edited.from, edited.to) };
          expect(applyReplacement(result, back)).toBe(text);
          // No character is cut in two: each part can be encoded by itself.
          for (const part of [edited.text, text.slice(0, edited.from), text.slice(edited.to)]) expect(part).not.toMatch(/\p{Surrogate}/u);
        }),
        { numRuns: 2000 },
      );
    });
  }

  it("keeps line ends of other kinds in what stays of it", () => {
    const text = "\ufeffone\r\ntwo\rthree\nfour\n".slice(1);
    const edited = editPlainText(text, { kind: "whole" }, { before: "one\ntwo\nthree\nfour", after: "one\ntwo!\nand\nthree\nfour" });
    expect(edited.kind === "replacement" && applyReplacement(text, edited)).toBe("one\r\ntwo!\r\nand\rthree\nfour\n");
  });

  it("is not changed where the file says something else now", () => {
    expect(editPlainText("a cat\n", { kind: "whole" }, { before: "a dog", after: "a fox" })).toEqual({
      kind: "refusal",
      code: "changed",
      reason: 'the caption in the file says "a cat" now: look at it again and change that',
    });
    expect(editPlainText("a cat\n", { kind: "line", line: 4, alone: true }, { before: "a cat", after: "b" })).toMatchObject({
      code: "changed",
    });
  });

  it("is not emptied where that would move the others up", () => {
    const change = { before: "one", after: "  " };
    expect(editPlainText("one\ntwo\n", { kind: "line", line: 0, alone: false }, change)).toMatchObject({ code: "unfit" });
    expect(editPlainText("one\ntwo\n", { kind: "line", line: 0, alone: true }, change)).toMatchObject({ text: "", caption: "" });
  });
});
