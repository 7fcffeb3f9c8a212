import { describe, expect, it } from "vitest";
import { detectLanguage } from "../../../../src/core/captions/language.ts";
import { captionFromAnswer, captionsFromAnswer } from "../../../../src/core/rewriters/answers.ts";
import { findGlitches } from "../../../../src/core/rewriters/glitches.ts";

const before = "a man rides a brown horse along the beach";

describe("an answer", () => {
  it.each([
    ["I'm sorry, but I can't help with that image.", ["refusal"]],
    ["Sure! Here is the caption: a man on a horse", ["preamble"]],
    ["a horse a horse a horse a horse on a beach", ["loop"]],
    ["", ["empty"]],
    ["**a man** rides a horse", ["markup"]],
    ['{"caption": "a man rides"}', ["markup"]],
    ["a man on a horse\nNote: I kept it short", ["lines"]],
    [`a man ${"and another rider ".repeat(20)}`, ["loop", "tooLong"]],
    ["a man rides a brown horse along the sea Ã©", ["mojibake"]],
  ])("is seen to be a glitch: %s", (answer, glitches) => {
    expect(findGlitches(answer, { before })).toEqual(glitches);
  });

  it("echoes the prompt, or an example that it was shown", () => {
    const instruction = "Rewrite the last caption of a picture in the style of the examples.";
    expect(findGlitches("the last caption of a picture in the style of a photo", { before, instruction })).toEqual(["echo"]);
    expect(findGlitches("Two dogs play.", { before, shown: ["two dogs play"] })).toEqual(["echo"]);
  });

  it("is in another language than it should be", () => {
    expect(findGlitches("ein Mann reitet auf einem Pferd am Strand", { before, language: "en" })).toEqual(["language"]);
    expect(findGlitches("ein Mann reitet auf einem Pferd am Strand", { before, language: "de" })).toEqual([]);
    expect(findGlitches("马在海滩上", { before, language: "en" })).toEqual(["language"]);
  });

  it.each([
    "a man rides a horse by the sea",
    "A rider on a brown horse, along the beach.",
    "two men and a dog (left) walk 3 horses",
    "a sign that says I can't park here",
  ])("is none as a person would write it: %s", (answer) => {
    expect(findGlitches(answer, { before, language: "en" })).toEqual([]);
  });

  it("is freed of quotation marks, fences, bullets and numbers", () => {
    expect(captionFromAnswer('  "a cat"\n')).toBe("a cat");
    expect(captionFromAnswer("```text\na cat\n```")).toBe("a cat");
    expect(captionFromAnswer('"a cat" and "a dog"')).toBe('"a cat" and "a dog"');
    expect(captionFromAnswer("NONE")).toBe("");
    expect(captionsFromAnswer('1. a cat\n- "a dog"\n\n2) a cat\n• a cow\n', 3)).toEqual(["a cat", "a dog", "a cow"]);
  });
});

describe("the language of a text", () => {
  it.each([
    ["a man on the beach", "en"],
    ["un homme sur la plage avec un chien", "fr"],
    ["un hombre en la playa con el perro", "es"],
    ["een man op het strand met een hond", "nl"],
    ["мужчина на пляже", "ru"],
    ["浜辺の男", "ja"],
    ["해변의 남자", "ko"],
    ["beach", undefined],
    ["123", undefined],
  ])("of %s is %s", (text, language) => {
    expect(detectLanguage(text)).toBe(language);
  });
});
