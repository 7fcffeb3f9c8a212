import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findNearSame } from "../../../../src/core/captions/nearSame.ts";
import { distinctiveWordsOf } from "../../../../src/core/clusters/words.ts";
import { finish } from "../../../../src/core/steps.ts";

/** One caption a picture, no two pictures copies of each other. */
const near = (texts: readonly string[], least?: number, image = texts.map((_, at) => at)) => {
  const pairs = { count: texts.length, image: Int32Array.from(image), text: Int32Array.from(texts.keys()) };
  return finish(findNearSame({ texts, pairs, duplicateOf: Int32Array.from(texts.keys()) }, least));
};

describe("captions that are nearly the same", () => {
  it("share their content words with another picture's", () => {
    const { partner, overlap } = near([
      "A black dog jumps over a wooden fence in snow",
      "a black dog jumps over the wooden fence in the snow!",
      "two children eat ice cream",
    ]);
    expect([...partner]).toEqual([1, 0, -1]);
    expect([...overlap]).toEqual([1, 1, 0]);
  });

  it("are not those that are the same but for case and the stop, of one picture, or of few words", () => {
    expect([...near(["a brown dog runs fast", "A brown dog runs fast."]).partner]).toEqual([-1, -1]);
    expect([...near(["a brown dog runs fast", "fast a dog brown runs"], undefined, [0, 0]).partner]).toEqual([-1, -1]);
    expect([...near(["a brown dog", "brown, the dog"]).partner]).toEqual([-1, -1]);
  });

  it("are all found, whatever the threshold, as by comparing every two", () => {
    const word = fc.constantFrom(..."red blue dog cat tree house bike river stone cloud lamp chair door glass bread horse bird".split(" "));
    const texts = fc.uniqueArray(
      fc.uniqueArray(word, { minLength: 3, maxLength: 12 }).map((words) => words.join(" ")),
      { minLength: 2, maxLength: 40 },
    );
    fc.assert(
      fc.property(texts, fc.constantFrom(0.7, 0.75, 0.85, 0.9, 1), (captions, least) => {
        const sets = captions.map((caption) => new Set(distinctiveWordsOf(caption)));
        const best = sets.map((own, at) => Math.max(0, ...sets.map((other, place) => (place === at ? 0 : overlapOf(own, other)))));
        const { partner, overlap } = near(captions, least);
        captions.forEach((_, at) => {
          const isNear = best[at]! >= least - 1e-9;
          expect(partner[at]! >= 0).toBe(isNear);
          if (isNear) expect(overlap[at]).toBeCloseTo(best[at]!, 5);
        });
      }),
      { numRuns: 300 },
    );
  });

  it("can't be looked for below 0.7", () => {
    expect(() => near(["a", "b"], 0.5)).toThrow(RangeError);
  });
});

function overlapOf(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const both = [...a].filter((word) => b.has(word)).length;
  return both / (a.size + b.size - both);
}
