import { describe, expect, it } from "vitest";
import { kohyaSizes } from "../../../../src/core/trainers/kohyaBuckets.ts";
import { notUtf8, picture, readMade } from "./madeFolder.ts";

const kohya = { trainer: "kohya" };

describe("kohya", () => {
  it("reads <repeats>_<class> folders and no others", async () => {
    const { pairs, codes, dryRun } = await readMade(
      {
        "10_sks dog/a.png": picture(),
        "10_sks dog/a.caption": "one",
        "10_sks dog/deep/b.png": picture(),
        "0_off/c.png": picture(),
        "dogs/d.png": picture(),
        "e.png": picture(),
        "-2_minus/f.png": picture(),
      },
      kohya,
    );
    expect(pairs).toEqual([["10_sks dog/a.png", ["one"]]]);
    expect(codes.filter((code) => code.startsWith("ignoredFolder")).sort()).toEqual([
      "ignoredFolder -2_minus",
      "ignoredFolder .",
      "ignoredFolder 0_off",
      "ignoredFolder 10_sks dog/deep",
      "ignoredFolder dogs",
    ]);
    expect(dryRun.sets).toEqual([{ name: "10_sks dog", images: 1, repeats: 10 }]);
  });

  it.each([
    ["first line alone.caption", "  one \ntwo\n", ["one"], "firstLineOnly"],
    ["one line.caption", "one\r\n", ["one"], undefined],
    ["blank first line.caption", "\none", [""], "emptyCaption"],
    ["byteOrderMark.caption", "\ufeffone", ["\ufeffone"], "markedUtf8"],
    ["choice.caption", "a {red|blue} dog", ["a {red|blue} dog"], "wildcard"],
  ])("reads %s as it does", async (_name, text, texts, code) => {
    const { pairs, codes } = await readMade({ "1_x/a.png": picture(), "1_x/a.caption": text }, kohya);
    expect(pairs).toEqual([["1_x/a.png", texts]]);
    expect(codes).toEqual(code === undefined ? [] : [`${code} 1_x/a.caption`]);
  });

  it("takes lines as alternatives with enableWildcard", async () => {
    const files = { "1_x/a.png": picture(), "1_x/a.caption": " one \n\ntwo\n" };
    const { pairs, codes } = await readMade(files, { ...kohya, options: { enableWildcard: true } });
    expect(pairs).toEqual([["1_x/a.png", ["one", "two"]]]);
    expect(codes).toEqual(["severalCaptions 1_x/a.caption"]);
  });

  it.each([
    ["empty.caption", { "1_x/a.png": picture(), "1_x/a.caption": "" }, "emptyCaption 1_x/a.caption"],
    ["latin1.caption", { "1_x/a.png": picture(), "1_x/a.caption": notUtf8 }, "notUtf8 1_x/a.caption"],
    ["truncated.png", { "1_x/a.png": { picture: "broken" as const }, "1_x/a.caption": "one" }, "brokenPicture 1_x/a.png"],
    ["noRepeats", { "dogs/a.png": picture() }, "noPictures ."],
  ])("ends at %s", async (_name, files, code) => {
    const { codes, dryRun } = await readMade(files, kohya);
    expect(codes).toContain(code);
    expect(dryRun.stops).not.toBeNull();
  });

  it("trains a picture without a caption on the class of its folder, and sees captions of another extension", async () => {
    const { pairs, codes } = await readMade({ "3_sks_dog/a.png": picture(), "3_sks_dog/a.txt": "one", "3_/b.png": picture() }, kohya);
    expect(pairs).toEqual([
      ["3_/b.png", [""]],
      ["3_sks_dog/a.png", ["sks_dog"]],
    ]);
    expect(codes).toEqual(["missingCaption 3_/b.png", "missingCaption 3_sks_dog/a.png", "otherExtension 3_sks_dog/a.txt"]);
  });

  it("takes the caption of the picture that face detection cut", async () => {
    const files = { "1_x/dog_0_10_20_30.png": picture(), "1_x/dog.caption": "one" };
    expect((await readMade(files, kohya)).pairs).toEqual([["1_x/dog_0_10_20_30.png", ["one"]]]);
  });

  it("leaves out hidden files, other kinds and extensions in both cases, and reads masks as pictures", async () => {
    const { pairs, codes } = await readMade(
      {
        "1_x/.a.png": picture(),
        "1_x/b.Jpg": picture(),
        "1_x/c.gif": picture(),
        "1_x/d.JPG": picture(),
        "1_x/d-masklabel.png": picture(),
      },
      kohya,
    );
    expect(pairs.map(([image]) => image)).toEqual(["1_x/d-masklabel.png", "1_x/d.JPG"]);
    expect(codes).toEqual(
      expect.arrayContaining([
        "ignoredPicture 1_x/.a.png",
        "ignoredPicture 1_x/b.Jpg",
        "ignoredPicture 1_x/c.gif",
        "maskAsPicture 1_x/d-masklabel.png",
      ]),
    );
  });

  it("counts steps from repeats, buckets, batches and epochs", async () => {
    const files = {
      "3_x/a.png": picture(1000, 1000),
      "3_x/b.png": picture(1000, 500),
      "2_y/c.png": picture(300, 300),
    };
    const options = { batchSize: 2, epochs: 4 };
    const square = await readMade(files, { ...kohya, options });
    expect(square.dryRun).toMatchObject({ images: 3, shown: 8, steps: { perEpoch: 4, total: 16 } });
    expect(square.dryRun.sizes).toEqual([{ width: 512, height: 512, images: 3, upscaled: 2 }]);
    const bucketed = await readMade(files, { ...kohya, options: { ...options, enableBucket: true } });
    // Five of one bucket and three of the other: 3 + 2 batches of two.
    expect(bucketed.dryRun.steps).toEqual({ perEpoch: 5, total: 20 });
  });

  it("tells the share of captions that hold the trigger word, and of those that are too long", async () => {
    const files = { "1_x/a.png": picture(), "1_x/a.caption": "a sks dog", "1_x/b.png": picture(), "1_x/b.caption": "a long brown dog" };
    const tokens = { name: "words", count: (texts: readonly string[]) => Int32Array.from(texts, (text) => text.split(" ").length) };
    const { dryRun } = await readMade(files, { ...kohya, options: { trigger: "sks", tokens: 3 }, tokens });
    expect(dryRun).toMatchObject({ trigger: { word: "sks", with: 1, without: 1 }, tooLong: { limit: 3, over: 1, countedBy: "words" } });
    expect((await readMade(files, kohya)).dryRun.tooLong).toEqual({ limit: 75, over: null, countedBy: null });
  });
});

describe("kohya's buckets", () => {
  const sizeOf = (width: number, height: number, options = {}) => {
    const sizes = kohyaSizes({
      resolution: "512",
      enableBucket: true,
      minBucketReso: 256,
      maxBucketReso: 1024,
      bucketResoSteps: 64,
      ...options,
    });
    if (typeof sizes === "string") throw new Error(sizes);
    return sizes({ width, height });
  };

  it.each([
    [[1000, 1000], [512, 512], false],
    [[1920, 1080], [640, 384], false],
    [[1080, 1920], [384, 640], false],
    [[320, 240], [576, 448], true],
    [[4000, 500], [1024, 256], false],
    [[512, 512], [512, 512], false],
    [[640, 384], [640, 384], false],
  ] as const)("hold a picture of %j at %j", ([width, height], [bucketWidth, bucketHeight], isUpscaled) => {
    expect(sizeOf(width, height)).toEqual({ width: bucketWidth, height: bucketHeight, isUpscaled });
  });

  it("are made from the pictures themselves with bucketNoUpscale, and enlarge none", () => {
    expect(sizeOf(300, 200, { bucketNoUpscale: true })).toEqual({ width: 256, height: 192, isUpscaled: false });
    const { width, height, isUpscaled } = sizeOf(1920, 1080, { bucketNoUpscale: true });
    expect([width % 64, height % 64, isUpscaled]).toEqual([0, 0, false]);
    expect(width * height).toBeLessThanOrEqual(512 * 512);
  });

  it("refuse limits that the resolution does not lie within", () => {
    expect(kohyaSizes({ resolution: "128", enableBucket: true })).toMatch(/minBucketReso/);
    expect(kohyaSizes({ resolution: "2048", enableBucket: true })).toMatch(/maxBucketReso/);
    expect(kohyaSizes({ resolution: "wide" })).toMatch(/Expected a number/);
  });
});
