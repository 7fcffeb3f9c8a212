import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { cocoReader } from "../../../../src/engine/discover/coco.ts";
import { flickrReader } from "../../../../src/engine/discover/flickr.ts";
import { karpathyReader } from "../../../../src/engine/discover/karpathy.ts";
import { assetsFolder } from "../../../assets.ts";
import type { TestDataset } from "./dataset.ts";
import { createDataset } from "./dataset.ts";
import { contextOf, readWith, saidOf, textsOf } from "./readWith.ts";

let dataset: TestDataset | undefined;
afterEach(() => dataset?.remove());

async function datasetOf(files: Readonly<Record<string, string | Uint8Array>>): Promise<TestDataset> {
  dataset = await createDataset(files);
  return dataset;
}

const cocoImages = [
  { id: 7, file_name: "000000000007.jpg", width: 640, height: 480 },
  { id: 9, file_name: "000000000009.jpg" },
];

describe("cocoReader", () => {
  it("finds the pictures' folder by their names, orders captions by annotation id and takes the split from the file's name", async () => {
    const annotations = [
      { id: 12, image_id: 7, caption: "third" },
      { id: 3, image_id: 9, caption: 'a "b", ü\nc' },
      { id: 2, image_id: 7, caption: "first" },
      { id: 10, image_id: 7, caption: "second" },
    ];
    const files = {
      "annotations/captions_val2017.json": JSON.stringify({ info: {}, licenses: [], images: cocoImages, annotations }),
      "train2017/000000000001.jpg": "x",
      "val2017/000000000007.jpg": "x",
      "val2017/000000000009.jpg": "x",
    };
    const found = await readWith(cocoReader, await datasetOf(files));
    expect(textsOf(found)).toEqual({
      "val2017/000000000007.jpg": ["first", "second", "third"],
      "val2017/000000000009.jpg": ['a "b", ü\nc'],
    });
    expect(found.samples.map(({ split }) => split)).toEqual(["validation", "validation"]);
    expect(found.problems).toEqual([]);
  });

  it.each(["", "images/", "some/where/else/"])("finds pictures in %j", async (folder) => {
    const annotations = [{ id: 1, image_id: 7, caption: "one" }];
    const files = { "captions.json": JSON.stringify({ annotations, images: cocoImages.slice(0, 1) }), [`${folder}000000000007.jpg`]: "x" };
    expect(textsOf(await readWith(cocoReader, await datasetOf(files)))).toEqual({ [`${folder}000000000007.jpg`]: ["one"] });
  });

  it("tells annotations for unknown images, images without file and pictures without caption (annotationForUnknownImage.json)", async () => {
    const annotations = [
      { id: 1, image_id: 99, caption: "lost" },
      { id: 2, image_id: 7 },
      { id: 3, image_id: 7, caption: "kept" },
    ];
    const images = [...cocoImages, { id: 7, file_name: "again.jpg" }, { file_name: "noId.jpg" }];
    const files = { "annotationForUnknownImage.json": JSON.stringify({ images, annotations }), "000000000007.jpg": "x", "other.jpg": "x" };
    const found = await readWith(cocoReader, await datasetOf(files));
    expect(textsOf(found)).toEqual({ "000000000007.jpg": ["kept"], "other.jpg": [] });
    expect(found.problems.map(({ code }) => code)).toEqual([
      "malformedRow",
      "malformedRow",
      "missingImage",
      "malformedRow",
      "missingImage",
      "missingCaption",
    ]);
  });

  it("refuses a file name that leaves the root (imageOutsideRoot.json)", async () => {
    const images = [{ id: 1, file_name: "../../etc/passwd" }, ...cocoImages.slice(0, 1)];
    const annotations = [
      { id: 1, image_id: 1, caption: "no" },
      { id: 2, image_id: 7, caption: "yes" },
    ];
    const found = await readWith(
      cocoReader,
      await datasetOf({ "imageOutsideRoot.json": JSON.stringify({ images, annotations }), "000000000007.jpg": "x" }),
    );
    expect(textsOf(found)).toEqual({ "000000000007.jpg": ["yes"] });
    expect(found.problems.map(({ code }) => code)).toEqual(["outsideRoot"]);
  });

  it("tells JSON that is cut off (truncated.json)", async () => {
    const text = JSON.stringify({ images: cocoImages, annotations: [{ id: 1, image_id: 7, caption: "one" }] }).slice(0, -3);
    const found = await readWith(cocoReader, await datasetOf({ "truncated.json": text, "000000000007.jpg": "x" }));
    expect(found.problems.map(({ code }) => code)).toEqual(["unreadable"]);
  });

  it("does not take detection annotations or sidecars for captions", async () => {
    const boxes = JSON.stringify({ images: cocoImages, annotations: [{ id: 1, image_id: 7, bbox: [0, 0, 1, 1] }] });
    const made = await datasetOf({ "instances.json": boxes, "000000000007.jpg": "x", "000000000007.json": '{"caption":"one"}' });
    expect(await cocoReader.detect(await contextOf(made))).toBeUndefined();
  });
});

describe("karpathyReader", () => {
  const entry = (filename: string, split: string, raw: string[]): object => ({
    filepath: "val2014",
    sentids: raw.map((_, index) => index),
    filename,
    split,
    sentences: raw.map((text) => ({ tokens: text.split(" "), raw: text })),
  });

  it.each(["images/val2014", "pictures"])("reads sentences and splits of pictures in %s, restval as training", async (folder) => {
    const images = [entry("a.jpg", "restval", ["one", "two"]), entry("b.jpg", "val", ["three"]), entry("c.jpg", "test", ["four"])];
    const files = {
      "dataset_coco.json": JSON.stringify({ images, dataset: "coco" }),
      [`${folder}/a.jpg`]: "x",
      [`${folder}/b.jpg`]: "x",
      [`${folder}/c.jpg`]: "x",
    };
    const found = await readWith(karpathyReader, await datasetOf(files));
    expect(textsOf(found)).toEqual({ [`${folder}/a.jpg`]: ["one", "two"], [`${folder}/b.jpg`]: ["three"], [`${folder}/c.jpg`]: ["four"] });
    expect(found.samples.map(({ split }) => split)).toEqual(["train", "validation", "test"]);
    expect(found.problems).toEqual([]);
  });

  it("tells an entry without sentences (imageWithoutSentences.json)", async () => {
    const images = [{ filename: "a.jpg", split: "train" }, entry("b.jpg", "train", ["one"])];
    const found = await readWith(
      karpathyReader,
      await datasetOf({ "imageWithoutSentences.json": JSON.stringify({ images }), "b.jpg": "x" }),
    );
    expect(textsOf(found)).toEqual({ "b.jpg": ["one"] });
    expect(found.problems.map(({ code }) => code)).toEqual(["malformedRow"]);
  });
});

describe("flickrReader", () => {
  it("reads a token file in the order of its numbers, with splits, and leaves the lemmatised copy", async () => {
    const files = {
      "Flickr8k.token.txt": 'a.jpg#1\ttwo\na.jpg#0\tone , "1"\nb.jpg#0\tthree\n',
      "Flickr8k.lemma.token.txt": "a.jpg#0\tbe\n",
      "Flickr_8k.devImages.txt": "b.jpg\n",
      "Flickr_8k.trainImages.txt": "a.jpg\n",
      "Flicker8k_Dataset/a.jpg": "x",
      "Flicker8k_Dataset/b.jpg": "x",
    };
    const found = await readWith(flickrReader, await datasetOf(files));
    expect(textsOf(found)).toEqual({ "Flicker8k_Dataset/a.jpg": ['one , "1"', "two"], "Flicker8k_Dataset/b.jpg": ["three"] });
    expect(found.samples.map(({ split }) => split)).toEqual(["train", "validation"]);
  });

  it("reads captions.txt whether its commas are quoted or not (captionsWithCommasUnquoted)", async () => {
    const text = 'image,caption\na.jpg,"A girl , smiling , says ""hi"" ."\na.jpg,a dog , running , fast .\na.jpg,plain\nno comma\n';
    const found = await readWith(flickrReader, await datasetOf({ "captions.txt": text, "Images/a.jpg": "x" }));
    expect(textsOf(found)).toEqual({ "Images/a.jpg": ['A girl , smiling , says "hi" .', "a dog , running , fast .", "plain"] });
    expect(saidOf(found)).toEqual(["malformedRow: captions.txt, line 5 was not read: it is not name,caption"]);
  });

  it("reads results.csv and its row without a separator (resultsCsvMissingSeparator)", async () => {
    const text = "image_name| comment_number| comment\na.jpg| 0| Two men , one | dog .\na.jpg| 1   A dog runs .\nb.jpg\n";
    const found = await readWith(flickrReader, await datasetOf({ "results.csv": text, "flickr30k_images/a.jpg": "x" }));
    expect(textsOf(found)).toEqual({ "flickr30k_images/a.jpg": ["Two men , one | dog .", "A dog runs ."] });
    expect(found.problems.map(({ code, severity }) => `${code} ${severity}`)).toEqual(["malformedRow note", "malformedRow error"]);
  });

  it("reads one table where the same captions lie there twice", async () => {
    const files = { "captions.txt": "image,caption\na.jpg,one\n", "x.token.txt": "a.jpg#0\tone\n", "a.jpg": "x" };
    expect(textsOf(await readWith(flickrReader, await datasetOf(files)))).toEqual({ "a.jpg": ["one"] });
  });
});

const assets = assetsFolder();
describe.skipIf(assets === undefined)("flickrReader on flickr8k-dev of the shared assets", () => {
  it("gives 1,000 samples and 5,000 captions without a problem", async () => {
    const made = await datasetOf({});
    const real = { env: made.env, root: join(assets ?? "", "flickr8k-dev") };
    const found = await readWith(flickrReader, real);
    expect(found.samples).toHaveLength(1000);
    expect(found.samples.every(({ captions }) => captions.length === 5)).toBe(true);
    expect(found.problems).toEqual([]);
    expect((await flickrReader.detect(await contextOf(real)))?.confidence).toBeGreaterThan(0.9);
  });
});
