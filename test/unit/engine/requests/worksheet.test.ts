import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { drawWorksheet, takeWorksheet } from "../../../../src/engine/requests/worksheet.ts";
import { createDiscovered } from "./discoveredFixture.ts";

const files = {
  "train/a.jpg": "a",
  "train/a.txt": "a cat\na dog",
  "train/b.jpg": "b",
  "train/b.txt": "a cow",
  "test/c.jpg": "c",
  "test/c.txt": "a hen",
};

describe("a blind worksheet", () => {
  const draw = { scope: { kind: "dataset" }, count: 10, seed: 0 } as const;
  const { signal } = new AbortController();

  it("tells no text and leaves the evaluation split out", async () => {
    const dataset = await createDiscovered(files);
    const places = await drawWorksheet(dataset.env, await dataset.open(), draw, signal);
    expect(places.map(({ sample, captionIndex }) => `${sample} ${captionIndex}`).sort()).toEqual([
      "train/a.jpg 0",
      "train/a.jpg 1",
      "train/b.jpg 0",
    ]);
    expect(JSON.stringify(places)).not.toMatch(/a cat|a dog|a cow/);
  });

  it("writes what a person wrote as one operation in their name, and leaves what was changed since", async () => {
    const dataset = await createDiscovered(files);
    const places = await drawWorksheet(dataset.env, await dataset.open(), draw, signal);
    const captions = places.map((place) => ({ ...place, caption: `seen in ${place.sample}` }));
    const stale = captions.map((place) => (place.captionIndex === 1 ? { ...place, captionHash: "0" } : place));
    const taken = await takeWorksheet(dataset.env, await dataset.open(), stale, signal);
    expect(taken).toMatchObject({ taken: 2, left: [{ sample: "train/a.jpg", captionIndex: 1 }] });
    expect(await readFile(join(dataset.root, "train/a.txt"), "utf8")).toBe("seen in train/a.jpg\na dog");
    const open = await dataset.open();
    expect(open.operations).toMatchObject([{ summary: "worksheet: 2 captions in 2 files", by: "person" }]);
    expect(await open.tables.query("SELECT DISTINCT author FROM edits")).toEqual([{ author: "human" }]);
  });
});
