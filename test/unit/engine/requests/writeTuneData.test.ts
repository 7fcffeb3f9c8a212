import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { Locator } from "../../../../src/core/sample.ts";
import { placePictures } from "../../../../src/engine/requests/writeTuneData.ts";
import { openTables } from "../../../../src/engine/store/tables.ts";
import type { TestDataset } from "../discover/dataset.ts";
import { createDataset } from "../discover/dataset.ts";

let made: TestDataset | undefined;
afterEach(() => made?.remove());

describe("pictures of a run in Python", () => {
  it("stay where any program finds them, and are written out of tables and from names that are no text, with progress", async () => {
    made = await createDataset({ "a.jpg": "a picture" });
    const { root, env } = made;
    const bytes = Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff, 0x2e, 0x6a])]);
    await writeFile(bytes, "named in bytes");
    const tables = await openTables({});
    await tables.save("SELECT 'RIFF1234WEBP and more'::BLOB AS jpg", `${root}/t.parquet`);
    tables.close();
    const locators: Locator[] = [
      { kind: "file", path: `${root}/a.jpg` },
      { kind: "file", path: `${root}/%FF.j`, nameBytes: Uint8Array.from(bytes) },
      { kind: "row", table: `${root}/t.parquet`, row: 0, column: "jpg" },
    ];
    const pairs = locators.map((locator) => ({
      ...{ locator, sizeBytes: 1, captions: ["a"], class: 0, groups: [], weight: 1, negatives: [[]], heldOut: false },
    }));
    const told: string[] = [];
    const watch = { signal: new AbortController().signal, onProgress: (done: number, total: number) => told.push(`${done} of ${total}`) };
    const placed = await placePictures(env, root, pairs, watch);
    const images = placed.map(({ image }) => image);
    expect(images).toEqual([`${root}/a.jpg`, "pictures/00000000.jpg", "pictures/00000001.webp"]);
    const texts = await Promise.all(images.slice(1).map((image) => readFile(join(root, image), "utf8")));
    expect(texts).toEqual(["named in bytes", "RIFF1234WEBP and more"]);
    expect(told).toEqual(["2 of 2"]);
  });
});
