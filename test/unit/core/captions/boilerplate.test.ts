import { describe, expect, it } from "vitest";
import { findBoilerplate } from "../../../../src/core/captions/boilerplate.ts";
import { createPromptFinder } from "../../../../src/core/captions/promptEcho.ts";
import { knownInstructions } from "../../../../src/core/rewriters/instructions.ts";
import { lintCaption } from "../../../../src/core/captions/lints/lints.ts";
import { finish } from "../../../../src/core/steps.ts";

const words = "red blue dog cat tree house bike river stone cloud lamp chair".split(" ");
const plain = Array.from(
  { length: 300 },
  (_, at) => `${words[at % 12]} ${words[(at * 5 + 1) % 12]} number ${at} stands here with ${at} others`,
);

describe("openings and endings that many texts share", () => {
  it("are found as long as they go, at either end, whatever their case and last sign, from the share on that is asked for", () => {
    const opened = plain.map((text, at) => (at % 10 === 0 ? `A beautiful photo of a ${text}` : text));
    const found = finish(findBoilerplate(opened));
    expect(found[0]).toEqual({ at: "opening", phrase: "A beautiful photo of a", share: 0.1 });
    expect(found.filter((phrase) => phrase !== undefined)).toHaveLength(30);
    expect(finish(findBoilerplate(opened, 0.11)).every((phrase) => phrase === undefined)).toBe(true);
    const ended = plain.map((text, at) =>
      at % 10 === 0 ? `${text}, ${at % 20 === 0 ? "Very" : "very"} high quality photograph${at % 20 === 0 ? "." : ""}` : text,
    );
    const last = finish(findBoilerplate(ended));
    expect(last[0]).toEqual({ at: "ending", phrase: "others, Very high quality photograph.", share: 0.1 });
    expect(last[10]).toMatchObject({ phrase: "others, very high quality photograph" });
  });

  it("are none of few texts, and no whole texts", () => {
    expect(
      finish(findBoilerplate(plain.slice(0, 9).map((text) => `A beautiful photo of ${text}`))).every((phrase) => phrase === undefined),
    ).toBe(true);
    expect(finish(findBoilerplate(Array.from({ length: 50 }, () => "a photo of something")))[0]).toBeUndefined();
  });

  it("are found in 100,000 texts in steps", () => {
    const texts = Array.from(
      { length: 100_000 },
      (_, at) => `${at % 20 === 0 ? "in this image we can see " : ""}${words[at % 12]} ${at} by ${at * 7} and ${at * 3} more`,
    );
    let steps = 0;
    const walk = findBoilerplate(texts);
    let next = walk.next();
    for (; next.done !== true; next = walk.next()) steps += 1;
    expect(next.value.filter((phrase) => phrase !== undefined)).toHaveLength(5000);
    expect(steps).toBeGreaterThan(2 * Math.floor(100_000 / 1024));
  });
});

describe("prompts within captions", () => {
  const find = createPromptFinder(knownInstructions());

  it("are known by eight words in a row, of the rewriters' own instructions and of usual ones, and the echo tells them", () => {
    for (const instruction of knownInstructions().filter((text) => text.split(" ").length >= 8))
      expect(find(`a dog. ${instruction} a cat`), instruction).toBeDefined();
    const text = "Sure, describe this image in up to two paragraphs: a dog";
    const prompt = find(text)!;
    expect(lintCaption(text, { prompt }).filter(({ lint }) => lint === "echo")).toMatchObject([
      { message: '"describe this image in up to two paragraphs" repeats the prompt' },
    ]);
  });

  it("are not seen in captions that say the like", () => {
    for (const text of [
      "a short description of the image",
      "two people read a caption of a picture",
      "a picture in the style of the old masters",
      "",
    ])
      expect(find(text), text).toBeUndefined();
  });
});
