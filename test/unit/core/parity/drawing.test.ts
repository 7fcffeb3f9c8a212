import { describe, expect, it } from "vitest";
import { drawEdges, drawGlyphs, drawGradient, drawScene } from "../../../../src/core/parity/drawing.ts";
import { textCases } from "../../../../src/core/parity/referenceTexts.ts";

describe("the drawings of the reference material", () => {
  it.each([
    ["gradient", drawGradient],
    ["edges", drawEdges],
    ["glyphs", drawGlyphs],
    ["scene", drawScene],
  ])("are the same for the same seed and are no plain %s", (_, draw) => {
    const shape = { width: 90, height: 60, channels: 3, seed: 5 };
    const { values } = draw(shape);
    expect(values).toHaveLength(90 * 60 * 3);
    expect(draw(shape).values).toEqual(values);
    expect(new Set(values).size).toBeGreaterThan(1);
  });

  it("can be a single pixel", () => {
    expect(drawGradient({ width: 1, height: 1, channels: 3, seed: 0 }).values).toHaveLength(3);
  });
});

describe("the reference texts", () => {
  it("have a name for each case, and no text twice", () => {
    const texts = textCases.flatMap((textCase) => textCase.texts);
    expect(new Set(texts).size).toBe(texts.length);
    expect(new Set(textCases.map(({ id }) => id)).size).toBe(textCases.length);
  });
});
