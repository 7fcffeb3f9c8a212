import { writeFile } from "node:fs/promises";
import { afterEach, describe, expect, it } from "vitest";
import type { Locator } from "../../../../src/core/sample.ts";
import { readPictures } from "../../../../src/engine/decode/openLocator.ts";
import { openTables } from "../../../../src/engine/store/tables.ts";
import type { TestDataset } from "../discover/dataset.ts";
import { createDataset } from "../discover/dataset.ts";

let dataset: TestDataset | undefined;
afterEach(() => dataset?.remove());

async function datasetOf(files: Readonly<Record<string, string | Uint8Array>>): Promise<TestDataset> {
  dataset = await createDataset(files);
  return dataset;
}

describe("readPictures", () => {
  it("tells each picture that can't be had and gives the others", async () => {
    const made = await datasetOf({ "a.jpg": "picture", "large.jpg": "0123456789", "short.tar": "xx" });
    const bytes = Buffer.concat([Buffer.from(`${made.root}/`), Buffer.from([0xff, 0x2e, 0x6a])]);
    await writeFile(bytes, "named in bytes");
    const locators: Locator[] = [
      { kind: "file", path: `${made.root}/large.jpg` },
      { kind: "file", path: `${made.root}/a.jpg` },
      { kind: "file", path: `${made.root}/gone.jpg` },
      { kind: "file", path: `${made.root}/%FF.j`, nameBytes: Uint8Array.from(bytes) },
      { kind: "member", archive: `${made.root}/short.tar`, member: "0.jpg", offset: 0, size: 5 },
      { kind: "row", table: `${made.root}/gone.parquet`, row: 0, column: "jpg" },
    ];
    const read = await readPictures(made.env, [...locators.slice(0, 3), ...locators.slice(4)], { maximumBytes: 9 });
    const told = read.map((picture) => (Buffer.isBuffer(picture) ? String(picture) : picture.code));
    expect(told).toEqual(["tooLarge", "picture", "missingImage", "unreadable", "unreadable"]);
    expect(String((await readPictures(made.env, locators.slice(3, 4)))[0])).toBe("named in bytes");
  });

  it("keeps a picture in a table that is too large out of memory", async () => {
    const made = await datasetOf({});
    const tables = await openTables({});
    await tables.save("SELECT 'a'::BLOB AS jpg UNION ALL SELECT 'bbbbbb'::BLOB", `${made.root}/t.parquet`);
    tables.close();
    const locators = [0, 1, 2].map((row): Locator => ({ kind: "row", table: `${made.root}/t.parquet`, row, column: "jpg" }));
    const read = await readPictures(made.env, locators, { maximumBytes: 3 });
    expect(read.map((picture) => (Buffer.isBuffer(picture) ? String(picture) : picture.code)).sort()).toEqual([
      "a",
      "missingImage",
      "tooLarge",
    ]);
  });
});
