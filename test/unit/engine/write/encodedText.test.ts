import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom, drawInteger } from "../../../../src/core/random.ts";
import { decodeText } from "../../../../src/engine/discover/text.ts";
import type { EncodedText, FileEncoding } from "../../../../src/engine/write/encodedText.ts";
import { decodeFileText, encodeText, partsOf, replaceTexts } from "../../../../src/engine/write/encodedText.ts";

const encodings: readonly FileEncoding[] = ["utf-8", "utf-16le", "utf-16be"];
const marks: Readonly<Record<string, Buffer>> = {
  "utf-8": Buffer.alloc(0),
  "utf-16le": Buffer.of(0xff, 0xfe),
  "utf-16be": Buffer.of(0xfe, 0xff),
};

/** The whole bytes after a replacement. */
function replaced(source: EncodedText, replacement: { from: number; to: number; text: string }): Buffer | undefined {
  const [bytes] = replaceTexts(source, [replacement]);
  return bytes && Buffer.concat(partsOf(source.bytes, [bytes]));
}

describe("the text of a file", () => {
  it("is what the readers of datasets read, for all bytes that are text", async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 12 }),
      fc.string({ unit: "binary" }).map((text) => Buffer.from(`\ufeff${text}`, "utf16le")),
      fc.string().map((text) => Buffer.from(text)),
    );
    let texts = 0;
    await fc.assert(
      fc.asyncProperty(bytes, async (drawn) => {
        const decoded = await decodeFileText(Buffer.from(drawn));
        if (decoded === undefined) return;
        texts += 1;
        expect({ text: decoded.text, encoding: decoded.encoding }).toEqual(decodeText(drawn));
        expect(decoded.isAscii).toBe(decoded.encoding === "utf-8" && /^[\0-\x7f]*$/.test(decoded.text));
        const whole = replaced(decoded, { from: 0, to: decoded.text.length, text: decoded.text });
        expect(whole).toEqual(Buffer.from(drawn));
      }),
      { numRuns: 3000 },
    );
    expect(texts).toBeGreaterThan(1000);
  });

  it("is traced back to its bytes far into a long file, where no piece cuts a character in two", async () => {
    const random = createRandom(5);
    const characters = ["a", "é", "狐", "🦊", "\n"];
    const text = Array.from({ length: 3_000_000 }, () => characters[drawInteger(random, characters.length)]!).join("");
    for (const encoding of encodings) {
      const bytes = Buffer.concat([marks[encoding]!, encodeText(text, encoding)!]);
      const decoded = await decodeFileText(bytes);
      expect(decoded?.text === text).toBe(true);
      for (let round = 0; round < 20; round += 1) {
        let from = drawInteger(random, text.length - 10);
        if (/[\udc00-\udfff]/.test(text[from]!)) from += 1;
        const to = /[\udc00-\udfff]/.test(text[from + 5]!) ? from + 6 : from + 5;
        const expected = Buffer.concat([marks[encoding]!, encodeText(`${text.slice(0, from)}fox${text.slice(to)}`, encoding)!]);
        expect(replaced(decoded!, { from, to, text: "fox" })?.equals(expected)).toBe(true);
      }
    }
  });

  it("is none where bytes would be lost: half a character, or half a pair", async () => {
    expect(await decodeFileText(Buffer.of(0xff, 0xfe, 0x61, 0x00, 0x62))).toBeUndefined();
    expect(await decodeFileText(Buffer.of(0xff, 0xfe, 0x3d, 0xd8))).toBeUndefined();
  });

  it("takes no character that its encoding hasn't, and none that would make it another encoding", async () => {
    const latin = (await decodeFileText(Buffer.of(0x63, 0xe9, 0x93)))!;
    expect(latin).toMatchObject({ encoding: "windows-1252", text: "cé\u201c" });
    expect(replaced(latin, { from: 0, to: 1, text: "狐" })).toBeUndefined();
    expect(replaced(latin, { from: 0, to: 1, text: "€" })).toEqual(Buffer.of(0x80, 0xe9, 0x93));
    // The bytes of "Ã©" are those of "é" in UTF-8, and those of "ÿþ" are a mark of UTF-16.
    expect(replaced(latin, { from: 0, to: 3, text: "Ã©" })).toBeUndefined();
    expect(replaced(latin, { from: 0, to: 1, text: "ÿþ" })).toBeUndefined();
    expect(replaced(latin, { from: 1, to: 3, text: "a" })).toEqual(Buffer.from("ca"));
    expect(encodeText("\ud83e", "utf-8")).toBeUndefined();
  });
});
