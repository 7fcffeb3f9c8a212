import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { quoteCsvCell } from "../../../../src/core/formats/csv.ts";
import { imagefolderReader } from "../../../../src/engine/discover/imagefolder.ts";
import { jsonlReader } from "../../../../src/engine/discover/jsonl.ts";
import { openClipReader } from "../../../../src/engine/discover/openClip.ts";
import { writeTable } from "../../../../src/engine/store/tables.ts";
import type { TestDataset } from "./dataset.ts";
import { createDataset } from "./dataset.ts";
import { readWith, saidOf, textsOf } from "./readWith.ts";

let dataset: TestDataset | undefined;
afterEach(() => dataset?.remove());

async function datasetOf(files: Readonly<Record<string, string | Uint8Array>>): Promise<TestDataset> {
  dataset = await createDataset(files);
  return dataset;
}

describe("openClipReader", () => {
  it("gathers the rows of a picture as captions of one sample, with their lines", async () => {
    const found = await readWith(
      openClipReader,
      await datasetOf({ "a.jpg": "x", "b.jpg": "x", "train.csv": "filepath\ttitle\na.jpg\tone\nb.jpg\ttwo\na.jpg\tthree\n" }),
    );
    expect(textsOf(found)).toEqual({ "a.jpg": ["one", "three"], "b.jpg": ["two"] });
    expect(found.samples[0]?.captions[1]?.origin).toMatchObject({ line: 3, row: 2, field: "title" });
    expect(found.samples[0]?.split).toBe("train");
    expect(found.problems).toEqual([]);
  });

  it("reads captions with quotes, commas, line breaks and any letter exactly", async () => {
    const captions = fc.sample(fc.string({ unit: fc.constantFrom('"', ",", "\n", "\t", "é", "😀", "a", " "), minLength: 1 }), {
      numRuns: 200,
      seed: 3,
    });
    const rows = captions.map((caption) => `"a.jpg",${quoteCsvCell(caption)}\n`).join("");
    const found = await readWith(openClipReader, await datasetOf({ "a.jpg": "x", "quoted.csv": `filepath,title\n${rows}` }));
    expect(textsOf(found)["a.jpg"]).toEqual(captions);
  });

  it("finds pictures by absolute paths in the root and relative to the table or the root", async () => {
    const made = await datasetOf({ "images/a.jpg": "x", "images/b.jpg": "x", "lists/c.jpg": "x" });
    await made.write("lists/x.csv", `filepath,title\n${made.root}/images/a.jpg,one\nimages/b.jpg,two\nc.jpg,three\n`);
    expect(textsOf(await readWith(openClipReader, made))).toEqual({
      "images/a.jpg": ["one"],
      "images/b.jpg": ["two"],
      "lists/c.jpg": ["three"],
    });
  });

  it("refuses a path out of the root and goes on (pathOutsideRoot.csv)", async () => {
    const rows = "/etc/passwd,no\n../secret.jpg,no\na.jpg,yes\n";
    const found = await readWith(openClipReader, await datasetOf({ "a.jpg": "x", "pathOutsideRoot.csv": `filepath,title\n${rows}` }));
    expect(textsOf(found)).toEqual({ "a.jpg": ["yes"] });
    expect(saidOf(found)).toEqual([
      "outsideRoot: pathOutsideRoot.csv, line 2 names /etc/passwd, which is outside the dataset's folder and was not read",
      "outsideRoot: pathOutsideRoot.csv, line 3 names ../secret.jpg, which is outside the dataset's folder and was not read",
    ]);
  });

  it("keeps words that pandas takes for missing, and says so (naWords.csv)", async () => {
    const found = await readWith(
      openClipReader,
      await datasetOf({ "a.jpg": "x", "naWords.csv": 'filepath,title\na.jpg,NA\na.jpg,"null"\na.jpg, NA\na.jpg,"hi" she said\n' }),
    );
    expect(textsOf(found)["a.jpg"]).toEqual(["NA", "null", " NA", '"hi" she said']);
    expect(found.problems.map(({ code, severity }) => `${code} ${severity}`)).toEqual(Array(3).fill("misreadByPandas note"));
  });

  it("tells a row of the wrong length by its line and reads the rest (tooManyCells.csv, unclosedQuote.csv)", async () => {
    const files = {
      "a.jpg": "x",
      "tooManyCells.csv": "filepath,title\na.jpg,one,two\na.jpg,three\n",
      "unclosedQuote.csv": 'filepath,title\na.jpg,"four\na.jpg,five\n',
    };
    const found = await readWith(openClipReader, await datasetOf(files));
    expect(textsOf(found)["a.jpg"]).toEqual(["three", "five"]);
    expect(saidOf(found)).toEqual([
      "malformedRow: tooManyCells.csv, line 2 was not read: it has 3 cells where the header has 2",
      "malformedRow: unclosedQuote.csv, line 2 was not read: a quotation mark is opened and never closed",
    ]);
  });

  it("lists a picture without a row and a row without a picture", async () => {
    const found = await readWith(
      openClipReader,
      await datasetOf({ "a.jpg": "x", "b.jpg": "x", "t.csv": "filepath,title\na.jpg,one\nc.jpg,two\nc.jpg,three\n" }),
    );
    expect(textsOf(found)).toEqual({ "a.jpg": ["one"], "b.jpg": [] });
    expect(found.problems.map(({ code }) => code)).toEqual(["missingImage", "missingCaption"]);
  });

  it("lists a thousand problems of a kind and sums up the rest", async () => {
    const rows = Array.from({ length: 1200 }, (_, index) => `missing${index}.jpg,one\n`).join("");
    const found = await readWith(openClipReader, await datasetOf({ "a.jpg": "x", "missing.csv": `filepath,title\na.jpg,one\n${rows}` }));
    expect(found.problems).toHaveLength(1001);
    expect(found.problems.at(-1)?.message).toContain("200 more of missingImage are not listed one by one");
  });

  it("reads the columns that a person names", async () => {
    const made = await datasetOf({ "images/a.jpg": "x", "t.csv": "title,where,alt\nno,a.jpg,yes\n" });
    const options = { imageColumn: "where", captionColumn: "alt", imageFolder: "images" };
    expect(textsOf(await readWith(openClipReader, made, options))).toEqual({ "images/a.jpg": ["yes"] });
  });

  it("reads a table with a byte order mark and CRLF", async () => {
    const found = await readWith(openClipReader, await datasetOf({ "a.jpg": "x", "bom.csv": "\ufefffilepath,title\r\na.jpg,one\r\n" }));
    expect(textsOf(found)).toEqual({ "a.jpg": ["one"] });
  });
});

describe("jsonlReader", () => {
  it("reads the usual names of fields, and lists of captions", async () => {
    const lines = [
      { image: "a.jpg", text: 'one\n"two", ünï 😀' },
      { file_name: "b.jpg", captions: ["x", "y"] },
      { path: "sub/c.jpg", prompt: "z" },
    ];
    const files = { "a.jpg": "x", "b.jpg": "x", "sub/c.jpg": "x", "data.jsonl": lines.map((line) => JSON.stringify(line)).join("\n") };
    expect(textsOf(await readWith(jsonlReader, await datasetOf(files)))).toEqual({
      "a.jpg": ['one\n"two", ünï 😀'],
      "b.jpg": ["x", "y"],
      "sub/c.jpg": ["z"],
    });
  });

  it("skips a line that is no JSON and one without a picture (badJsonLine.jsonl)", async () => {
    const text =
      '{"image":"a.jpg","text":"one"}\n{"image":"a.jpg", text\n[1]\n{"text":"lost"}\n{"image":"a.jpg","text":7}\n\n{"image":"a.jpg","text":"two"}\n';
    const found = await readWith(jsonlReader, await datasetOf({ "a.jpg": "x", "badJsonLine.jsonl": text }));
    expect(textsOf(found)).toEqual({ "a.jpg": ["one", "two"] });
    expect(found.problems.map(({ code, message }) => `${code} ${/line \d/.exec(message)?.[0]}`)).toEqual(
      ["2", "3", "4", "5"].map((line) => `malformedRow line ${line}`),
    );
  });
});

describe("imagefolderReader", () => {
  it("reads several metadata files, each relative to its own folder, and takes the splits from folders", async () => {
    const files = {
      "train/a.png": "x",
      "train/metadata.csv": 'file_name,text\na.png,"one, ""two"""\n',
      "test/deep/b.png": "x",
      "test/metadata.csv": "file_name,text\ndeep/b.png,three\n",
    };
    const found = await readWith(imagefolderReader, await datasetOf(files));
    expect(textsOf(found)).toEqual({ "test/deep/b.png": ["three"], "train/a.png": ['one, "two"'] });
    expect(found.samples.map(({ split }) => split)).toEqual(["test", "train"]);
    expect(found.problems).toEqual([]);
  });

  it("takes the split of a picture's folder where one metadata file serves all", async () => {
    const found = await readWith(
      imagefolderReader,
      await datasetOf({ "validation/a.png": "x", "metadata.jsonl": '{"file_name":"validation/a.png","caption":"one"}\n' }),
    );
    expect(found.samples.map(({ split }) => split)).toEqual(["validation"]);
  });

  it("tells a row without its image and an image without its row (metadataRowWithoutImage, imageWithoutRow)", async () => {
    const files = {
      "imageWithoutRow.png": "x",
      "metadata.jsonl": '{"file_name":"metadataRowWithoutImage.png","text":"one"}\n{"file_name":"../../x.png","text":"two"}\n',
    };
    const found = await readWith(imagefolderReader, await datasetOf(files));
    expect(textsOf(found)).toEqual({ "imageWithoutRow.png": [] });
    expect(found.problems.map(({ code }) => code)).toEqual(["missingImage", "outsideRoot", "missingCaption"]);
  });

  it("reads file_names lists and other names of the file column", async () => {
    const rows = [
      { image_file_name: "a.png", text: "one" },
      { image_file_name: "b.png", text: "two" },
    ];
    const made = await datasetOf({ "a.png": "x", "b.png": "x", "metadata.jsonl": rows.map((row) => JSON.stringify(row)).join("\n") });
    expect(textsOf(await readWith(imagefolderReader, made))).toEqual({ "a.png": ["one"], "b.png": ["two"] });
    await made.write("metadata.jsonl", '{"file_names":["a.png","b.png"],"text":"both"}\n');
    expect(textsOf(await readWith(imagefolderReader, made))).toEqual({ "a.png": ["both"], "b.png": ["both"] });
  });

  it("reads metadata.parquet by its text columns", async () => {
    const made = await datasetOf({ "a.png": "x", "b.png": "x" });
    const columns = [
      { name: "file_name", type: "text", values: ["b.png", "a.png", "c.png"] },
      { name: "text", type: "text", values: ['two, "2"\n', "one", "three"] },
      { name: "width", type: "integer", values: [1, 2, 3] },
    ] as const;
    await writeTable(`${made.root}/metadata.parquet`, columns);
    const found = await readWith(imagefolderReader, made);
    expect(textsOf(found)).toEqual({ "b.png": ['two, "2"\n'], "a.png": ["one"] });
    expect(found.samples[0]?.captions[0]?.origin).toMatchObject({ row: 0, field: "text" });
    expect(saidOf(found)).toEqual(["missingImage: metadata.parquet, row 3 names c.png, but there is no file c.png"]);
  });

  it("tells a metadata.parquet that is cut off (truncated metadata.parquet)", async () => {
    const found = await readWith(imagefolderReader, await datasetOf({ "a.png": "x", "metadata.parquet": "PAR1 and no more" }));
    expect(found.problems.map(({ code }) => code)).toEqual(["unreadable", "missingCaption"]);
  });

  it("says when two kinds of metadata lie together, and reads both", async () => {
    const files = {
      "a.png": "x",
      "b.png": "x",
      "metadata.csv": "file_name,text\na.png,one\n",
      "metadata.jsonl": '{"file_name":"b.png","text":"two"}\n',
    };
    const found = await readWith(imagefolderReader, await datasetOf(files));
    expect(textsOf(found)).toEqual({ "a.png": ["one"], "b.png": ["two"] });
    expect(found.problems.map(({ code }) => code)).toEqual(["ambiguousMetadata"]);
  });
});
