import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lintCaption, lints } from "../../../../../src/core/captions/lints/lints.ts";
import { assetsFolder } from "../../../../assets.ts";

const codes = (text: string, context = {}): string[] => lintCaption(text, context).map(({ lint }) => lint);

describe("the lints of a caption", () => {
  it.each([
    ["", "empty"],
    [" \n\t", "empty"],
    ["I'm sorry, but I can't help with that.", "refusal"],
    ["As an AI language model I do not have eyes", "refusal"],
    ["The image shows a dog on a bench", "preamble"],
    ["In this photo, we can see two cats", "preamble"],
    ["Sure! Here is a caption: a cat", "preamble"],
    ["a cafÃ© with a red awning", "mojibake"],
    ["a womanâ€™s hat", "mojibake"],
    ["a caf\uFFFD by the road", "mojibake"],
    ["a dog a dog a dog on a bench", "repetition"],
    ["a man with a hat, with a hat, with a hat, with a hat", "repetition"],
    ["very very very very very old", "repetition"],
    ["he raises his left hand", "leftRight"],
    ["a\u200Bdog", "whiteSpace"],
  ])("find in %j: %s", (text, lint) => {
    expect(codes(text)).toContain(lint);
  });

  it.each([
    "a dog on a bench",
    "a very, very old tree",
    "A man and a woman and a child and a dog",
    "the left bank of a river",
    "a photograph of Ålesund in winter, naïve art",
    "two dogs, two cats, two birds",
    'a sign that says "sorry, closed"',
  ])("find nothing in %j", (text) => {
    expect(codes(text)).toEqual([]);
  });

  it("see the file's name in the place of a caption, and a caption that a name was made of", () => {
    expect(codes("IMG_1234", { pictureStem: "IMG_1234" })).toEqual(["echo"]);
    expect(codes("DSC 0042.JPG", { pictureStem: "DSC_0042" })).toEqual(["echo"]);
    expect(codes("a photo of IMG_1234", { pictureStem: "IMG_1234" })).toEqual(["echo"]);
    expect(codes("route 66 in 2019", { pictureStem: "2019" })).toEqual([]);
    expect(codes("cat", { pictureStem: "cat" })).toEqual([]);
    expect(codes("a red cat", { pictureStem: "a red cat" })).toEqual([]);
  });

  it("see a prompt that was echoed", () => {
    const prompt = "Write a short descriptive caption for this image in a formal tone";
    expect(codes("Write a short descriptive caption for this image", { prompt })).toEqual(["echo"]);
    expect(codes("a dog on a bench", { prompt })).toEqual([]);
  });

  it("mark what a reader cuts off, and lines that it never reads", () => {
    const tokens = { reader: "CLIP", count: 90, limit: 77, cutAt: 9, unknown: [] };
    expect(lintCaption("a dog on a bench", { tokens })).toMatchObject([{ lint: "tooLong", from: 9, to: 16 }]);
    expect(lintCaption("a dog\nin the rain\n", { firstLineOnly: true })).toMatchObject([
      { lint: "firstLine", from: 5, to: 17, fix: { fixed: "a dog in the rain" } },
    ]);
    expect(codes("a dog\n", { firstLineOnly: true })).toEqual([]);
  });

  it("mend what can surely be mended", () => {
    const fixed = (text: string): string | undefined => lintCaption(text)[0]?.fix?.fixed;
    expect(fixed("a cafÃ© with a red awning")).toBe("a café with a red awning");
    expect(fixed("a womanâ€™s hat")).toBe("a woman’s hat");
    expect(fixed("The image shows a dog")).toBe("A dog");
    expect(fixed("the picture depicts a dog")).toBe("a dog");
    expect(fixed("a man with a hat with a hat with a hat")).toBe("a man with a hat");
  });

  it("keep their places within the text, whatever it is", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary" }),
          fc.array(fc.constantFrom("a dog", "the image shows", "Ã©", "left", "\n", "his left hand")).map((parts) => parts.join(" ")),
        ),
        (text) => {
          for (const { from, to } of lintCaption(text, { firstLineOnly: true, pictureStem: "x_1" })) {
            expect(from).toBeGreaterThanOrEqual(0);
            expect(to).toBeGreaterThanOrEqual(from);
            expect(to).toBeLessThanOrEqual(text.length);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("mend mojibake to what it was before, for any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("a", "é", " ", "ß", "ñ", "’", "“", "…", "ü", "€") }), (text) => {
        const garbled = [...Buffer.from(text, "utf8")].map((byte) => windows1252Sign(byte)).join("");
        const finding = lintCaption(garbled).find(({ lint }) => lint === "mojibake");
        if (finding?.fix !== undefined) expect(finding.fix.fixed).toBe(text);
      }),
    );
  });

  it("have an id each", () => {
    expect(new Set(lints.map(({ id }) => id)).size).toBe(lints.length);
  });

  const assets = assetsFolder();
  it.skipIf(assets === undefined)("raise fewer than 1 % false alarms on captions that people wrote", () => {
    const captions = readFileSync(`${assets ?? ""}/flickr8k-dev/captions.txt`, "utf8")
      .trim()
      .split("\n")
      .slice(1)
      .map((line) => line.slice(line.indexOf(",") + 1));
    const alarms = captions.filter((caption) => lintCaption(caption).some(({ severity }) => severity !== "note"));
    expect(captions.length).toBeGreaterThan(4000);
    expect(alarms.length / captions.length).toBeLessThan(0.01);
  });
});

const high = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ";

function windows1252Sign(byte: number): string {
  return byte >= 0x80 && byte < 0xa0 ? high[byte - 0x80]! : String.fromCharCode(byte);
}
