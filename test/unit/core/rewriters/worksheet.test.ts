import { describe, expect, it } from "vitest";
import { drawPlaces, formatWorksheet, parseWorksheet, type WorksheetEntry } from "../../../../src/core/rewriters/worksheet.ts";

const entry = (sample: string): WorksheetEntry => ({
  ...{ sample, captionIndex: 1, captionHash: "00ff" },
  ...{ picture: "pictures/001.jpg", siblings: ["pictures/001-1.jpg"] },
});

describe("a worksheet", () => {
  it("gives back what was written into it, with the places as they were", () => {
    const names = ["a.jpg", 'odd -- "name" --> .jpg', "c.jpg"];
    const form = formatWorksheet(names.map(entry));
    expect(parseWorksheet(form)).toEqual({ captions: [], damagedLines: [] });
    let at = 0;
    const filled = form.replaceAll(/^Caption: $/gm, () => ["Caption: a cat ", "Caption: ", 'Caption:two "dogs"'][at++]!);
    expect(parseWorksheet(filled.replaceAll("\n", "\r\n")).captions).toEqual([
      { sample: "a.jpg", captionIndex: 1, captionHash: "00ff", caption: "a cat" },
      { sample: "c.jpg", captionIndex: 1, captionHash: "00ff", caption: 'two "dogs"' },
    ]);
  });

  it("keeps odd names apart from the form", () => {
    const form = formatWorksheet([entry('odd -- "name" --> .jpg')]).replace(/Caption: $/m, "Caption: x");
    expect(parseWorksheet(form).captions[0]!.sample).toBe('odd -- "name" --> .jpg');
  });

  it("tells a place that was damaged, and takes no caption for another's", () => {
    const form = formatWorksheet([entry("a.jpg"), entry("b.jpg")]).replaceAll(/Caption: $/gm, "Caption: x");
    const { captions, damagedLines } = parseWorksheet(form.replace('{"sample":"b.jpg"', "{sample b"));
    expect(captions.map(({ sample }) => sample)).toEqual(["a.jpg"]);
    expect(damagedLines).toHaveLength(1);
  });

  it("draws the same places for the same seed, each once", () => {
    const places = Array.from({ length: 20 }, (_, at) => at);
    const drawn = drawPlaces(places, { count: 8, seed: 3 });
    expect(drawn).toEqual(drawPlaces(places, { count: 8, seed: 3 }));
    expect(new Set(drawn).size).toBe(8);
    expect(drawPlaces(places, { count: 50, seed: 3 })).toHaveLength(20);
  });
});
