import { execFileSync } from "node:child_process";
import { afterEach, describe, expect, it } from "vitest";
import type { Locator } from "../../../../src/core/sample.ts";
import { readPictures } from "../../../../src/engine/decode/openLocator.ts";
import { img2datasetReader } from "../../../../src/engine/discover/img2dataset.ts";
import { img2datasetParquetReader } from "../../../../src/engine/discover/img2datasetParquet.ts";
import { webdatasetReader } from "../../../../src/engine/discover/webdataset.ts";
import { openTables } from "../../../../src/engine/store/tables.ts";
import type { TestDataset } from "./dataset.ts";
import { createDataset } from "./dataset.ts";
import { contextOf, readWith, saidOf, textsOf } from "./readWith.ts";
import { tarOf } from "./tar.ts";

let dataset: TestDataset | undefined;
afterEach(() => dataset?.remove());

async function datasetOf(files: Readonly<Record<string, string | Uint8Array>>): Promise<TestDataset> {
  dataset = await createDataset(files);
  return dataset;
}

async function picturesOf(made: TestDataset, samples: readonly { readonly locator: Locator }[]): Promise<string[]> {
  return (
    await readPictures(
      made.env,
      samples.map(({ locator }) => locator),
    )
  ).map(String);
}

describe("webdatasetReader", () => {
  it("gives every picture its text and the place of its bytes in the archive", async () => {
    const long = `${"deep/".repeat(30)}${"n".repeat(120)}`;
    const members = [
      ["000.jpg", "picture 0"],
      ["000.json", '{"caption":"not this"}'],
      ["000.txt", 'one, "two"\n😀'],
      ["001.txt", "text first"],
      ["001.PNG", Buffer.alloc(40_000, "p")],
      ["ünï.webp", "picture 2"],
      ["ünï.json", '{"caption":"from json"}'],
      [`${long}.jpeg`, "picture 3"],
      [`${long}.caption`, "long name"],
    ] as const;
    const made = await datasetOf({ "train/00000.tar": await tarOf(members) });
    const found = await readWith(webdatasetReader, made);
    expect(found.problems).toEqual([]);
    expect(textsOf(found)).toEqual({
      "train/00000.tar#000.jpg": ['one, "two"\n😀'],
      "train/00000.tar#001.PNG": ["text first"],
      "train/00000.tar#ünï.webp": ["from json"],
      [`train/00000.tar#${long}.jpeg`]: ["long name"],
    });
    expect(found.samples[0]).toMatchObject({
      folder: "train",
      split: "train",
      locator: { kind: "member", member: "000.jpg", offset: 512, size: 9 },
    });
    expect(await picturesOf(made, found.samples)).toEqual(["picture 0", "p".repeat(40_000), "picture 2", "picture 3"]);
  });

  it("steps over the bodies of pictures", async () => {
    const members = Array.from(
      { length: 10 },
      (_, index) =>
        [
          [`${index}.jpg`, Buffer.alloc(200_000)],
          [`${index}.txt`, "a"],
        ] as const,
    ).flat();
    const made = await datasetOf({ "big.tar": await tarOf(members) });
    await readWith(webdatasetReader, made);
    expect(made.env.counters.bytesRead).toBeLessThan(12 * 2 * 16_384);
  });

  it.each(["gnu", "pax", "ustar", "v7"])("reads what GNU tar writes in the format %s", async (format) => {
    const name = format === "gnu" || format === "pax" ? "x".repeat(150) : "x";
    const made = await datasetOf({ [`in/${name}.jpg`]: "picture", [`in/${name}.txt`]: "caption" });
    execFileSync("tar", [`--format=${format}`, "-cf", `${made.root}/a.tar`, "-C", `${made.root}/in`, `${name}.jpg`, `${name}.txt`]);
    const found = await readWith(webdatasetReader, made);
    expect(textsOf(found)).toEqual({ [`a.tar#${name}.jpg`]: ["caption"] });
    expect(await picturesOf(made, found.samples)).toEqual(["picture"]);
  });

  it("keeps the samples before the break (truncated.tar, truncatedInHeader.tar)", async () => {
    const whole = await tarOf([
      ["0.jpg", "a"],
      ["0.txt", "one"],
      ["1.jpg", Buffer.alloc(5000)],
      ["1.txt", "two"],
    ]);
    const found = await readWith(
      webdatasetReader,
      await datasetOf({ "truncated.tar": whole.subarray(0, 4 * 512 + 700), "truncatedInHeader.tar": whole.subarray(0, 4 * 512 + 100) }),
    );
    expect(textsOf(found)).toEqual({ "truncated.tar#0.jpg": ["one"], "truncatedInHeader.tar#0.jpg": ["one"] });
    expect(saidOf(found)).toEqual([
      "brokenArchive: truncated.tar can't be read to its end: it ends in the midst of 1.jpg; the samples before that were read",
      "brokenArchive: truncatedInHeader.tar can't be read to its end: it ends in the midst of a header; the samples before that were read",
    ]);
  });

  it("stops at a header that is not one (corruptHeader.tar)", async () => {
    const bytes = await tarOf([
      ["0.jpg", "a"],
      ["0.txt", "one"],
      ["1.jpg", "b"],
      ["1.txt", "two"],
    ]);
    bytes.fill(0x58, 4 * 512, 4 * 512 + 20);
    const found = await readWith(webdatasetReader, await datasetOf({ "corruptHeader.tar": bytes }));
    expect(textsOf(found)).toEqual({ "corruptHeader.tar#0.jpg": ["one"] });
    expect(found.problems.map(({ code }) => code)).toEqual(["brokenArchive"]);
  });

  it("tells keys that loaders break (dottedKey.tar)", async () => {
    const bytes = await tarOf([
      ["img.v2.jpg", "a"],
      ["img.v2.txt", "one"],
      ["ok.jpg", "b"],
      ["ok.txt", "two"],
    ]);
    const found = await readWith(webdatasetReader, await datasetOf({ "dottedKey.tar": bytes }));
    expect(textsOf(found)).toEqual({ "dottedKey.tar#ok.jpg": ["two"] });
    expect(saidOf(found)).toEqual([
      "brokenKey: dottedKey.tar: loaders cut img.v2.jpg at the first dot of its name, to the key img, and find no picture there",
    ]);
  });

  it("tells members that stand apart, repeat, or lack their partner (scatteredMembers.tar)", async () => {
    const bytes = await tarOf([
      ["0.jpg", "a"],
      ["1.jpg", "b"],
      ["0.txt", "one"],
      ["0.txt", "again"],
      ["2.txt", "no picture"],
    ]);
    const found = await readWith(webdatasetReader, await datasetOf({ "scatteredMembers.tar": bytes }));
    expect(textsOf(found)).toEqual({ "scatteredMembers.tar#0.jpg": ["one"], "scatteredMembers.tar#1.jpg": [] });
    expect(found.problems.map(({ code }) => code).sort()).toEqual(["brokenKey", "brokenKey", "missingCaption", "missingImage"]);
  });

  it("leaves out links and compressed archives, and says so (links.tar, packed.tar.gz)", async () => {
    const made = await datasetOf({ "in/0.jpg": "a", "in/0.txt": "one", "packed.tar.gz": "x" });
    execFileSync("ln", ["-s", "0.jpg", `${made.root}/in/1.jpg`]);
    execFileSync("tar", ["-cf", `${made.root}/links.tar`, "-C", `${made.root}/in`, "0.jpg", "0.txt", "1.jpg"]);
    const found = await readWith(webdatasetReader, made);
    expect(textsOf(found)).toEqual({ "links.tar#0.jpg": ["one"] });
    expect(found.problems.map(({ code }) => code)).toEqual(["brokenArchive", "unsupportedMember"]);
  });

  it("reads the field of the json that a person names", async () => {
    const made = await datasetOf({
      "a.tar": await tarOf([
        ["0.jpg", "a"],
        ["0.txt", "short"],
        ["0.json", '{"long":"long"}'],
      ]),
    });
    expect(textsOf(await readWith(webdatasetReader, made, { captionColumn: "long" }))).toEqual({ "a.tar#0.jpg": ["long"] });
  });
});

describe("img2datasetReader", () => {
  const stats = JSON.stringify({ count: 5, successes: 2, failed_to_download: 3 });

  it("reads its folders of files and sums up what could not be downloaded", async () => {
    const files = {
      "00000/000000000.jpg": "x",
      "00000/000000000.txt": "one\ntwo",
      "00000/000000000.json": '{"caption":"not this"}',
      "00000/000000004.jpg": "x",
      "00000/000000004.json": '{"caption":"from json","key":"000000004"}',
      "00000_stats.json": stats,
      "00000.parquet": "not read",
    };
    const made = await datasetOf(files);
    const found = await readWith(img2datasetReader, made);
    expect(textsOf(found)).toEqual({ "00000/000000000.jpg": ["one\ntwo"], "00000/000000004.jpg": ["from json"] });
    expect(saidOf(found)).toEqual(["failedDownload: img2dataset could not get 3 of 5 links; those have no picture here"]);
    expect((await img2datasetReader.detect(await contextOf(made)))?.confidence).toBeGreaterThan(0.9);
  });

  it("reads its shards", async () => {
    const made = await datasetOf({
      "00000.tar": await tarOf([
        ["000000002.jpg", "a"],
        ["000000002.json", '{"caption":"no"}'],
        ["000000002.txt", "one"],
      ]),
      "00000_stats.json": stats,
    });
    const found = await readWith(img2datasetReader, made);
    expect(textsOf(found)).toEqual({ "00000.tar#000000002.jpg": ["one"] });
    const confidences = [img2datasetReader, webdatasetReader].map(
      async ({ detect }) => (await detect(await contextOf(made)))?.confidence ?? 0,
    );
    const [img2dataset, webdataset] = await Promise.all(confidences);
    expect(img2dataset).toBeGreaterThan(webdataset ?? 1);
  });
});

describe("img2datasetParquetReader", () => {
  async function writeParquet(path: string, sql: string): Promise<void> {
    const tables = await openTables({});
    await tables.save(sql, path);
    tables.close();
  }

  it("lists the rows that hold a picture, and opens them by row", async () => {
    const made = await datasetOf({});
    const rows =
      "VALUES ('0', 'success', 'a'::BLOB, 'one, \"1\"'), ('1', 'failed_to_download', NULL, ''), ('2', 'success', 'ccc'::BLOB, 'three')";
    await writeParquet(`${made.root}/00000.parquet`, `SELECT * FROM (${rows}) AS t(key, status, jpg, txt)`);
    const found = await readWith(img2datasetParquetReader, made);
    expect(textsOf(found)).toEqual({ "00000.parquet#0": ['one, "1"'], "00000.parquet#2": ["three"] });
    expect(saidOf(found)).toEqual(["failedDownload: 00000.parquet: 1 of 3 rows hold no picture, for img2dataset could not get it"]);
    expect(await picturesOf(made, [...found.samples].reverse())).toEqual(["ccc", "a"]);
  });

  it("reads Hugging Face's struct of bytes and path, and lists of captions, from a name with characters of patterns", async () => {
    const made = await datasetOf({});
    const rows = "VALUES ({'bytes': 'a'::BLOB, 'path': 'x.jpg'}, ['one', 'two']), ({'bytes': 'b'::BLOB, 'path': 'y.jpg'}, [])";
    await writeParquet(`${made.root}/split=x/train-[00000]*.parquet`, `SELECT * FROM (${rows}) AS t(image, captions)`);
    await writeParquet(`${made.root}/split=x/train-0.parquet`, "SELECT 1 AS other");
    const found = await readWith(img2datasetParquetReader, made);
    expect(textsOf(found)).toEqual({ "split=x/train-[00000]*.parquet#0": ["one", "two"], "split=x/train-[00000]*.parquet#1": [] });
    expect(found.samples[0]?.split).toBe("train");
    expect(found.problems.map(({ code }) => code)).toEqual(["missingCaption"]);
    expect(await picturesOf(made, found.samples)).toEqual(["a", "b"]);
  });

  it("tells a table that is cut off and reads the others (truncated.parquet)", async () => {
    const made = await datasetOf({ "truncated.parquet": "PAR1 and no more" });
    await writeParquet(`${made.root}/whole.parquet`, "SELECT 'a'::BLOB AS jpg, 'one' AS txt");
    const found = await readWith(img2datasetParquetReader, made);
    expect(textsOf(found)).toEqual({ "whole.parquet#0": ["one"] });
    expect(found.problems.map(({ code, file }) => `${code} ${file}`)).toEqual(["unreadable truncated.parquet"]);
  });
});
