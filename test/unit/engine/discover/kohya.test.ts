import { afterEach, describe, expect, it } from "vitest";
import { discover } from "../../../../src/engine/discover/discover.ts";
import { parseKohyaFolder } from "../../../../src/engine/discover/kohya.ts";
import type { TestDataset } from "./dataset.ts";
import { captionsOf, createDataset, problemsOf } from "./dataset.ts";

let dataset: TestDataset;
afterEach(() => dataset.remove());

describe("kohya", () => {
  it("reads names of folders by kohya's rule", async () => {
    dataset = await createDataset({});
    expect(parseKohyaFolder("10_sks dog")).toEqual({ repeats: 10, classTokens: "sks dog" });
    expect(parseKohyaFolder("3_a_b")).toEqual({ repeats: 3, classTokens: "a_b" });
    expect(parseKohyaFolder("-1_dog")).toEqual({ repeats: -1, classTokens: "dog" });
    expect([parseKohyaFolder("dog"), parseKohyaFolder("1.5_dog"), parseKohyaFolder("dog_10")]).toEqual([undefined, undefined, undefined]);
  });

  it("is detected by its folders and reads pictures that lie directly in them", async () => {
    dataset = await createDataset({
      ...{ "10_sks dog/a.jpg": "x", "10_sks dog/a.caption": "sks dog on grass", "2_cat/b.png": "x", "2_cat/b.txt": "a cat" },
      ...{ "10_sks dog/long_name_0001_x_512_768.png": "x", "10_sks dog/long_name.caption": "found by its shorter name" },
    });
    const found = await discover(dataset.env, dataset.root);
    expect(found.format).toBe("kohya");
    expect(found.alternatives.map(({ format }) => format)).toContain("sidecar");
    expect(captionsOf(found)).toEqual({
      "10_sks dog/a.jpg": ["sks dog on grass"],
      "10_sks dog/long_name_0001_x_512_768.png": ["found by its shorter name"],
      "2_cat/b.png": ["a cat"],
    });
    expect(found.problems).toEqual([]);
  });

  it("says what kohya leaves out, cuts off or stops at", async () => {
    dataset = await createDataset({
      ...{ "5_dog/kohyaSecondLine.jpg": "x", "5_dog/kohyaSecondLine.txt": "a dog\nthat runs\n", "5_dog/noCaption.jpg": "x" },
      ...{ "5_dog/emptyCaption.jpg": "x", "5_dog/emptyCaption.txt": "", "5_dog/animated.gif": "x" },
      ...{ "5_dog/deep/a.jpg": "x", "0_cat/b.jpg": "x", "noRepeats/c.jpg": "x", "atTheTop.jpg": "x" },
    });
    const found = await discover(dataset.env, dataset.root, { format: "kohya" });
    expect(captionsOf(found)).toEqual({
      "5_dog/emptyCaption.jpg": [""],
      "5_dog/kohyaSecondLine.jpg": ["a dog"],
      "5_dog/noCaption.jpg": [],
    });
    expect(problemsOf(found)).toEqual([
      "ignoredFolder .",
      "ignoredFolder 0_cat",
      "unsupportedImage 5_dog/animated.gif",
      "ignoredFolder 5_dog/deep",
      "emptyCaption 5_dog/emptyCaption.txt",
      "extraLines 5_dog/kohyaSecondLine.txt",
      "missingCaption 5_dog/noCaption.jpg",
      "ignoredFolder noRepeats",
    ]);
    const messages = found.problems.map(({ message }) => message);
    expect(messages[6]).toBe('5_dog/noCaption.jpg has no caption file (.txt); kohya would train it with the class "dog"');
    const lines = await discover(dataset.env, dataset.root, { format: "kohya", captions: "lines" });
    expect(captionsOf(lines)["5_dog/kohyaSecondLine.jpg"]).toEqual(["a dog", "that runs"]);
  });

  it("does not take folders of years for repeats", async () => {
    dataset = await createDataset({ "2024_summer/a.jpg": "x", "2024_summer/a.txt": "a beach" });
    expect((await discover(dataset.env, dataset.root)).format).toBe("sidecar");
  });
});

describe("kohya metadata", () => {
  it("reads captions by path or stem, tags where there is no caption, and names what is missing", async () => {
    const rows = {
      "img/a.jpg": { caption: "a cat", tags: "cat, black" },
      "img/b": { tags: "dog, grass", train_resolution: [512, 512] },
      "img/several.jpg": { caption: "first line\nsecond line" },
      "img/gone.jpg": { caption: "nothing" },
    };
    dataset = await createDataset({
      "img/a.jpg": "x",
      "img/b.png": "x",
      "img/several.jpg": "x",
      "img/c.jpg": "x",
      "meta_lat.json": JSON.stringify(rows),
    });
    const found = await discover(dataset.env, dataset.root);
    expect(found.format).toBe("kohyaMetadata");
    expect(captionsOf(found)).toEqual({
      "img/a.jpg": ["a cat"],
      "img/b.png": ["dog, grass"],
      "img/c.jpg": [],
      "img/several.jpg": ["first line"],
    });
    expect(found.samples[1]?.captions[0]?.origin).toEqual({ file: `${dataset.root}/meta_lat.json`, field: "img/b.tags" });
    expect(problemsOf(found)).toEqual(["missingCaption img/c.jpg", "extraLines meta_lat.json", "missingImage meta_lat.json"]);
  });
});
