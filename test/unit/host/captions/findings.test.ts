import { describe, expect, it } from "vitest";
import { type CaptionFinding, findInDocument, knownCaptionOf, type LintedDocument } from "../../../../src/host/captions/findings.ts";
import type { LikeText } from "../../../../src/protocol/captionFiles.ts";
import { captionOf, fileOf } from "./madeFile.ts";

const all = { off: new Set<string>(), firstLineOnly: false };

function documentOf(text: string, more: Partial<LintedDocument> = {}): LintedDocument {
  return { text, encoding: "utf8", file: fileOf([captionOf(text.trim())]), checked: [], ...more };
}

/** The document after a finding's fix. */
function fixed(text: string, { fix }: CaptionFinding): string | undefined {
  return fix?.kind === "edit" ? text.slice(0, fix.from) + fix.text + text.slice(fix.to) : undefined;
}

describe("what is found in an open caption file", () => {
  it("is placed in the document, and its fix touches that caption alone", () => {
    const text = "  a dog runs\r\n The image shows a cat\r\nA bird\r\n";
    const [found, ...others] = findInDocument(documentOf(text), all);
    expect(others).toEqual([]);
    expect(found).toMatchObject({ lint: "preamble", severity: "warning" });
    expect(text.slice(found!.from, found!.to)).toBe("The image shows ");
    expect(fixed(text, found!)).toBe("  a dog runs\r\n A cat\r\nA bird\r\n");
  });

  it("marks the tail that is cut off, and cuts it on request", () => {
    const text = "a dog on a bench, in the rain\n";
    const tokens = { reader: "the encoder", count: 90, limit: 77, cutAt: 17, unknown: [] };
    const [found] = findInDocument(documentOf(text, { checked: [{ tokens, like: null }] }), all);
    expect(text.slice(found!.from, found!.to)).toBe(" in the rain");
    expect(found).toMatchObject({ lint: "tooLong", fix: { title: "Cut to 77 tokens" } });
    expect(fixed(text, found!)).toBe("a dog on a bench\n");
  });

  it("knows the picture's name, by the caption's text or by its line", () => {
    const file = fileOf([captionOf("a dog runs"), captionOf("two", { sample: "photos/IMG_0002.jpg", line: 1 })]);
    const find = (text: string): unknown[] =>
      findInDocument(documentOf(text, { file }), all).map(({ lint, message }) => [lint, message.slice(0, 23)]);
    expect(find("a dog runs\nIMG_0002")).toEqual([["echo", "The caption is the name"]]);
    expect(find("a dog runs\nIMG_0001")).toEqual([]);
    const moved = { text: "two", from: 0, to: 3, line: 5 };
    expect(knownCaptionOf(file, moved)?.sample).toBe("photos/IMG_0002.jpg");
    expect(knownCaptionOf(file, { ...moved, text: "new" })).toBeUndefined();
  });

  it("tells of other pictures with the same text, and with nearly the same", () => {
    const like: LikeText = { sample: "b.jpg", text: "a dog", isEqual: true, overlap: 1, count: 3 };
    const find = (found: LikeText): unknown => findInDocument(documentOf("a dog runs", { checked: [{ tokens: null, like: found }] }), all);
    expect(find(like)).toMatchObject([{ lint: "sameText", severity: "note", message: "b.jpg and 2 more have the same caption" }]);
    expect(find({ ...like, isEqual: false, overlap: 0.875, count: 1 })).toMatchObject([
      { lint: "nearSame", message: '88 % of the content words are those of b.jpg: "a dog"' },
    ]);
  });

  it("marks what follows the first line where only that is read, and joins it on request", () => {
    const text = "a dog\nin the rain\n";
    const whole = documentOf(text, { file: fileOf([captionOf(text.trim(), { line: null })], { reading: "whole" }) });
    expect(findInDocument(whole, all)).toEqual([]);
    const [found] = findInDocument(whole, { ...all, firstLineOnly: true });
    expect(found).toMatchObject({ lint: "firstLine", from: 5, to: 17 });
    expect(fixed(text, found!)).toBe("a dog in the rain\n");
    const kohya = documentOf(text, { file: fileOf([captionOf("a dog")], { reading: "first" }) });
    expect(findInDocument(kohya, all).map(({ lint }) => lint)).toEqual(["firstLine"]);
  });

  it("tells of a file in another encoding once, not of the letters that the editor shows in its place", () => {
    const notUtf8 = { code: "notUtf8", severity: "warning", sample: null, file: "a.txt", message: "", hint: "" } as const;
    const text = "a caf\uFFFD";
    const misread = documentOf(text, { file: fileOf([captionOf("a café")], { problems: [notUtf8] }) });
    expect(findInDocument(misread, all)).toMatchObject([{ lint: "notUtf8", from: 5, to: 6, fix: { kind: "encoding" } }]);
    expect(findInDocument(documentOf("a café", { encoding: "utf16le" }), all)).toMatchObject([{ lint: "notUtf8", from: 0, to: 6 }]);
    expect(findInDocument(documentOf(text), all)).toMatchObject([{ lint: "mojibake" }]);
    expect(findInDocument({ ...misread, text: "a café" }, all)).toEqual([]);
  });

  it("tells of a file without a picture, and of pictures that share it", () => {
    const problem = (code: "orphanCaption" | "ambiguousImage") =>
      ({ code, severity: "warning", sample: null, file: "a.txt", message: "It is so", hint: "Do this" }) as const;
    const orphan = documentOf("IMG_0001 The image shows a cat", { file: fileOf([], { problems: [problem("orphanCaption")] }) });
    expect(findInDocument(orphan, all)).toMatchObject([{ lint: "orphan", message: "It is so. Do this" }]);
    const shared = documentOf("a dog runs", { file: fileOf([captionOf("a dog runs")], { problems: [problem("ambiguousImage")] }) });
    expect(findInDocument(shared, all)).toMatchObject([{ lint: "stemCollision" }]);
  });

  it("says nothing of lints that are switched off", () => {
    const text = "The image shows his left hand";
    expect(findInDocument(documentOf(text), all).map(({ lint }) => lint)).toEqual(["preamble", "leftRight"]);
    expect(findInDocument(documentOf(text), { ...all, off: new Set(["leftRight"]) }).map(({ lint }) => lint)).toEqual(["preamble"]);
  });

  it("points at all of an empty document", () => {
    expect(findInDocument(documentOf(" \n"), all)).toMatchObject([{ lint: "empty", from: 0, to: 2 }]);
  });
});
