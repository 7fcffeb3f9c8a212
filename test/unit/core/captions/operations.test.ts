import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EditContext, EditTools } from "../../../../src/core/captions/operations/operation.ts";
import { operations, parseOperation, prepareOperation } from "../../../../src/core/captions/operations/operations.ts";
import { isTagList } from "../../../../src/core/captions/tags.ts";

type Options = Readonly<Record<string, string | number | boolean>>;

const plain: EditContext = { sample: "g/a.jpg", folder: "g/roses", fileName: "a", isDeclaredTags: false, columns: { artist: "Ann" } };
const words: EditTools = { countTokens: (text) => text.split(/\s+/).filter(Boolean).length, tokenLimit: 5 };

/** What an operation makes of captions that it has seen all of before. */
function edit(operation: string, options: Options, texts: readonly string[], context = plain): string[] {
  const prepared = prepareOperation({ operation, options }, words);
  if (typeof prepared === "string") throw new Error(prepared);
  for (const text of texts) prepared.survey?.(text, context);
  return texts.map((text) => prepared.edit(text, context));
}

const one = (operation: string, options: Options, text: string, context = plain): string => edit(operation, options, [text], context)[0]!;
const refusal = (operation: string, options: Options): unknown => prepareOperation({ operation, options }, words);

describe("an operation on captions", () => {
  it("replaces texts, words and patterns with groups", () => {
    expect(one("replace", { find: "cat", with: "$& dog" }, "Cat, cat, scatter")).toBe("$& dog, $& dog, s$& dogter");
    expect(one("replace", { find: "cat", with: "dog", word: true, matchCase: true }, "Cat, cat, scatter")).toBe("Cat, dog, scatter");
    expect(one("replace", { find: "(?<a>\\w+) and (\\w+)", with: "$2 or $<a>", regex: true }, "salt and pepper")).toBe("pepper or salt");
    expect(one("replace", { find: "été", with: "summer", word: true }, "l'été, étés")).toBe("l'summer, étés");
    expect(one("replace", { find: "a.b", with: "x" }, "a.b acb")).toBe("x acb");
    expect(refusal("replace", { find: "[", regex: true })).toMatch(/^Expected a regular expression for find but /);
    expect(refusal("replace", {})).toBe("Expected a text for find but received none");
  });

  it("swaps words at once, in their case", () => {
    expect(one("swap", {}, "Left of the RIGHT wing, on the right; leftover")).toBe("Right of the LEFT wing, on the left; leftover");
    expect(one("swap", { pairs: "left=right|left hand=right hand" }, "left hand, left")).toBe("right hand, right");
    expect(refusal("swap", { pairs: "left=right|right=up" })).toMatch(/^Expected each word in one pair but received right/);
    expect(refusal("swap", { pairs: "left" })).toBe("Expected pairs such as left=right|red=blue but received left");
  });

  it("adds words once", () => {
    expect(one("affix", { prefix: "photo of ", suffix: "." }, "a cat")).toBe("photo of a cat.");
    expect(one("affix", { prefix: "photo of ", suffix: "." }, "photo of a cat.")).toBe("photo of a cat.");
    expect(one("trigger", { trigger: "sks" }, "a cat")).toBe("sks, a cat");
    expect(one("trigger", { trigger: "sks", at: "end", separator: " " }, "a cat")).toBe("a cat sks");
    expect(one("trigger", { trigger: "sks" }, "a SKS cat")).toBe("a SKS cat");
    expect(one("trigger", { trigger: "sks" }, "")).toBe("sks");
  });

  it("strips phrases, shared openings and endings, and preambles", () => {
    expect(one("stripBoilerplate", { phrases: "stock photo|high quality" }, "A cat, stock photo, high quality.")).toBe("A cat.");
    expect(one("stripBoilerplate", { phrases: "an image of" }, "An image of a cat, by an image of a dog")).toBe("A cat, by a dog");
    expect(one("stripBoilerplate", { preambles: true }, "The image shows a cat")).toBe("A cat");
    const shared = ["A photo of a cat in the sun", "a photo of two dogs", "A photo of trees", "Nothing of the kind"];
    expect(edit("stripBoilerplate", { frequent: 60 }, shared)).toEqual(["A cat in the sun", "two dogs", "Trees", "Nothing of the kind"]);
    const endings = ["A cat - my shop, 2024", "A dog - my shop, 2024", "A tree - my shop, 2024"];
    expect(edit("stripBoilerplate", { frequent: 100 }, endings)).toEqual(["A cat", "A dog", "A tree"]);
    expect(edit("stripBoilerplate", { frequent: 50 }, ["the same", "the same", "the same"])).toEqual(["the same", "the same", "the same"]);
  });

  it("writes signs in one way", () => {
    expect(one("normalise", {}, "cafe\u0301 ﬁne")).toBe("café ﬁne");
    expect(one("normalise", { form: "NFKC" }, "ﬁne １")).toBe("fine 1");
    const odd = "\u201cit\u2019s\u201d\u00a0 a\u200b \u200dcat \nb";
    expect(one("normalise", { form: "none", quotes: true, spaces: true, invisible: true }, odd)).toBe('"it\'s" a \u200dcat\nb');
    expect(refusal("normalise", { form: "none" })).toMatch(/but received none of them$/);
  });

  it("picks a sentence", () => {
    const text = "One. A second one is here. Three.";
    expect(one("pickSentence", {}, text)).toBe("One.");
    expect(one("pickSentence", { pick: "longest" }, text)).toBe("A second one is here.");
    expect(one("pickSentence", { pick: "best" }, text, { ...plain, sentenceScores: [0.1, 0.2, 0.3] })).toBe("Three.");
    expect(one("pickSentence", { pick: "best" }, text)).toBe(text);
    expect(one("pickSentence", { pick: "best" }, text, { ...plain, sentenceScores: [0.1, Number.NaN, 0.3] })).toBe(text);
  });

  it("shortens behind a sentence, else a clause, else a word", () => {
    expect(one("shorten", {}, "A cat sits. It looks at a bird.")).toBe("A cat sits.");
    expect(one("shorten", {}, "A cat sits, and it looks at a bird.")).toBe("A cat sits");
    expect(one("shorten", { tokens: 3 }, "one two three four")).toBe("one two three");
    expect(one("shorten", {}, "one two three four five")).toBe("one two three four five");
    expect(refusal("shorten", { tokens: 0 })).toBe("Expected a whole number from 1 for tokens but received 0");
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("a", "b", " ", ".", ",") }), fc.integer({ min: 1, max: 8 }), (text, tokens) => {
        const cut = one("shorten", { tokens }, text);
        expect(text.startsWith(cut)).toBe(true);
        expect(words.countTokens!(cut)).toBeLessThanOrEqual(Math.max(tokens, cut === text ? Infinity : 0));
      }),
    );
  });

  it("fills a template with what is known, and leaves a caption of which something is not", () => {
    expect(one("template", { template: "{caption}, {folderName} ({folder}) {{{fileName}}} by {artist}" }, "cat")).toBe(
      "cat, roses (g/roses) {a} by Ann",
    );
    expect(one("template", { template: "{caption} {year}" }, "cat")).toBe("cat");
  });

  it("makes lines one, or sentences lines", () => {
    expect(one("lines", {}, "a\n\n b \nc")).toBe("a b c");
    expect(one("lines", { to: "first" }, "a\nb")).toBe("a");
    expect(one("lines", { to: "sentences" }, "One. Two.\nThree.")).toBe("One.\nTwo.\nThree.");
  });

  it("changes tags, and keeps how they are written", () => {
    expect(one("sortTags", {}, "dog, cat, bird")).toBe("bird, cat, dog");
    expect(one("sortTags", { keepFirst: 1 }, "sks,dog,cat,bird")).toBe("sks,bird,cat,dog");
    expect(edit("sortTags", { by: "frequency" }, ["a, b, c", "c, b, d", "c, x, y"])).toEqual(["c, b, a", "c, b, d", "c, x, y"]);
    expect(one("dedupeTags", {}, "red hair, smile, Red_Hair")).toBe("red hair, smile");
    expect(one("removeTags", { tags: "smile|artist:*" }, "cat, smile, artist:ann")).toBe("cat");
    expect(one("renameTags", { pairs: "doggo=dog|puppy=dog" }, "cat, doggo, puppy")).toBe("cat, dog");
    expect(one("renameTags", { pairs: "doggo=dog" }, "dog, cat, doggo")).toBe("dog, cat");
    expect(one("implyTags", { pairs: "puppy=dog|dog=animal|animal=dog" }, "puppy, a1, b1")).toBe("puppy, a1, b1, dog, animal");
    expect(one("implyTags", { pairs: "puppy=dog|dog=animal", do: "remove" }, "animal, dog, puppy")).toBe("puppy");
    expect(edit("frequentTags", { atLeast: 2 }, ["a, b, c", "a, d, e", "a, b, f"])).toEqual(["a, b", "a", "a, b"]);
    expect(edit("frequentTags", { atMost: 50 }, ["a, b, c", "a, d, e"])).toEqual(["b, c", "d, e"]);
    expect(one("sortTags", {}, "b, a,", plain)).toBe("b, a,");
    expect(one("sortTags", {}, "b, a", { ...plain, isDeclaredTags: true })).toBe("a, b");
    expect(one("sortTags", { separator: " ", all: true }, "b a")).toBe("a b");
  });

  it("never splits prose", () => {
    const prose = [
      "A dog, a cat, and a bird",
      "red, white, and blue",
      "In the park, on a bench, under a tree",
      "Old, wet, cold.",
      "a man in a very long black coat, hat, shoes",
      "one, two",
      "one, two, three\nfour",
      "cat,, dog, bird",
    ];
    for (const text of prose) expect(one("sortTags", {}, text), text).toBe(text);
    expect(isTagList("1girl, red hair, looking at viewer, (smile:1.2)", ",")).toBe(true);
  });

  it("leaves a text to the character where it has nothing to change", () => {
    const options: Readonly<Record<string, Options>> = {
      replace: { find: "\u{10ffff}" },
      swap: { pairs: "\u{10fffe}=\u{10ffff}" },
      stripBoilerplate: { phrases: "\u{10ffff}" },
      removeTags: { tags: "\u{10ffff}" },
      renameTags: { pairs: "\u{10fffe}=\u{10ffff}" },
      implyTags: { pairs: "\u{10fffe}=\u{10ffff}" },
      frequentTags: { atLeast: 0 },
    };
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(options)), fc.string({ unit: "grapheme" }), (operation, text) => {
        expect(one(operation, options[operation]!, text)).toBe(text);
      }),
    );
  });
});

describe("the list of operations", () => {
  it("has one of each name, and options that mean the same kind of thing wherever they stand", () => {
    expect(new Set(operations.map(({ id }) => id)).size).toBe(operations.length);
    const flags = new Map<string, boolean>();
    for (const { options } of operations)
      for (const [name, { kind }] of Object.entries(options)) {
        expect(flags.get(name) ?? kind === "flag", name).toBe(kind === "flag");
        flags.set(name, kind === "flag");
      }
  });

  it("refuses what it doesn't have", () => {
    expect(parseOperation({ operation: "x", options: {} })).toMatch(/^Expected one of the operations replace, .* but received x$/);
    expect(parseOperation({ operation: "swap", options: { x: 1 } })).toBe("Expected one of the options pairs but received x");
  });
});
