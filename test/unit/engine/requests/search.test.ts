import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Query } from "../../../../src/protocol/engineApi.ts";
import { findNearest } from "../../../../src/engine/requests/nearest.ts";
import { search } from "../../../../src/engine/requests/search.ts";
import { openSearcher } from "../../../../src/engine/requests/searcher.ts";
import { createSearchers } from "../../../../src/engine/requests/searchers.ts";
import { similarities } from "../../../../src/engine/requests/similarities.ts";
import type { MadePicture, Searchable } from "./searchFixture.ts";
import { createSearchable } from "./searchFixture.ts";

let dataset: Searchable;
beforeEach(async () => {
  dataset = await createSearchable();
});
afterEach(() => dataset.remove());

const watch = { signal: new AbortController().signal, onProgress: () => undefined };
const cosine = (angle: number): number => Math.cos((angle * Math.PI) / 180);
const noText = (): undefined => undefined;

async function ask(query: Query): Promise<Float32Array> {
  const searcher = await openSearcher(dataset.env, dataset.root);
  try {
    return (await similarities(searcher, { query, provider: "cpu" })).values;
  } finally {
    await searcher.close();
  }
}

describe("similarities", () => {
  it("gives every sample's cosine, and NaN where a picture has no vector", async () => {
    await dataset.save([{ angle: 0 }, { angle: 60 }, { angle: undefined }, { angle: 180 }], noText);
    const values = await ask({ kind: "sample", sample: "1.jpg" });
    [60, 0, undefined, 120].forEach((angle, row) => {
      if (angle === undefined) expect(values[row]).toBeNaN();
      else expect(values[row]).toBeCloseTo(cosine(angle), 3);
    });
  });

  it("takes texts and pictures' files, with the same tower twice", async () => {
    await dataset.save([{ angle: 0 }, { angle: 90 }], noText);
    const path = join(dataset.root, "query.png");
    await writeFile(
      path,
      await sharp({ create: { width: 8, height: 8, channels: 3, background: "#a05020" } })
        .png()
        .toBuffer(),
    );
    const searcher = await openSearcher(dataset.env, dataset.root);
    const { sessionsMade } = dataset.env.counters;
    for (const query of [
      { kind: "text", text: "a cat" },
      { kind: "image", path },
      { kind: "text", text: "a dog" },
      { kind: "image", path },
    ] as const) {
      const vector = await searcher.vectorOf(query, "cpu");
      expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
      const values = await searcher.similarities(vector);
      expect(values[0]).toBeCloseTo(vector[0]!, 3);
      expect(values[1]).toBeCloseTo(vector[1]!, 3);
    }
    expect(dataset.env.counters.sessionsMade - sessionsMade).toBe(2);
    await searcher.close();
  });

  it("says what is wrong with a query", async () => {
    await dataset.save([{ angle: 0 }, { angle: undefined }], noText);
    const path = join(dataset.root, "no picture.jpg");
    await writeFile(path, "this is no picture");
    await expect(ask({ kind: "sample", sample: "9.jpg" })).rejects.toThrow("There is no sample 9.jpg");
    await expect(ask({ kind: "sample", sample: "1.jpg" })).rejects.toThrow("The picture of 1.jpg has no vector");
    await expect(ask({ kind: "image", path })).rejects.toThrow(path);
  });

  it("refuses a dataset without an analysis, and an encoder that has changed since", async () => {
    await expect(ask({ kind: "text", text: "x" })).rejects.toThrow(`There is no analysis of ${dataset.root} yet`);
    await dataset.save([{ angle: 0 }], noText);
    await writeFile(
      join(dataset.encoderFolder, "preprocessor_config.json"),
      JSON.stringify({ size: 4, crop_size: 4, image_mean: [0.1, 0.2, 0.3] }),
    );
    await expect(ask({ kind: "text", text: "x" })).rejects.toThrow("has changed since the analysis");
  });
});

describe("search", () => {
  it("gives the best first, equal ones in the order of the dataset, and no more than there are", async () => {
    await dataset.save([{ angle: 50 }, { angle: 10 }, { angle: undefined }, { angle: 0 }, { angle: 10 }], noText);
    const find = (limit: number) =>
      search(dataset.env, { root: dataset.root, query: { kind: "sample", sample: "3.jpg" }, limit, provider: "cpu" }, watch);
    expect((await find(3)).map(({ sample }) => sample)).toEqual(["3.jpg", "1.jpg", "4.jpg"]);
    const all = await find(100);
    expect(all.map(({ sample }) => sample)).toEqual(["3.jpg", "1.jpg", "4.jpg", "0.jpg"]);
    expect(all.at(-1)!.score).toBeCloseTo(cosine(50), 3);
  });
});

describe("findNearest", () => {
  const angles: Readonly<Record<string, number>> = { "A dog": 0, "a  DOG.": 2, "A cat": 5, "A cow": 10, "A fox": 20, "A hen": 40 };
  const pictures: readonly MadePicture[] = [
    { angle: 0, captions: ["A dog"] },
    { angle: 1, captions: ["A cat"] }, // a copy of the first
    { angle: 30, captions: ["a  DOG.", "A cow", ""] },
    { angle: 60, captions: ["A fox", "A cow"] },
    { angle: undefined, captions: ["A hen"] },
  ];
  const copies = { id: "nearDuplicate-0001", kind: "nearDuplicate", name: "", members: [{ row: 0 }, { row: 1 }] } as const;

  it("gives other pictures with copies, and captions that neither the picture nor a copy has", async () => {
    await dataset.save(pictures, (text) => angles[text], [copies]);
    const searcher = await openSearcher(dataset.env, dataset.root);
    const { images, captions } = await findNearest(searcher, { sample: "0.jpg", limit: 10 });
    await searcher.close();
    expect(images.map(({ sample }) => sample)).toEqual(["1.jpg", "2.jpg", "3.jpg"]);
    expect(captions.map(({ sample, captionIndex, text }) => [sample, captionIndex, text])).toEqual([
      ["2.jpg", 1, "A cow"],
      ["3.jpg", 0, "A fox"],
      ["4.jpg", 0, "A hen"],
    ]);
    captions.forEach(({ score }, at) => expect(score).toBeCloseTo(cosine([10, 20, 40][at]!), 3));
  });

  it("names a text once, by its best wording, and keeps to the limit", async () => {
    await dataset.save(pictures, (text) => angles[text], [copies]);
    const searcher = await openSearcher(dataset.env, dataset.root);
    const { images, captions } = await findNearest(searcher, { sample: "3.jpg", limit: 2 });
    await searcher.close();
    expect(images.map(({ sample }) => sample)).toEqual(["2.jpg", "1.jpg"]);
    expect(captions.map(({ text }) => text)).toEqual(["A hen", "A cat"]);
  });

  it("refuses a picture without a vector", async () => {
    await dataset.save(pictures, (text) => angles[text]);
    const searcher = await openSearcher(dataset.env, dataset.root);
    await expect(findNearest(searcher, { sample: "4.jpg", limit: 2 })).rejects.toThrow("has no vector");
    await searcher.close();
  });
});

describe("searchers", () => {
  const { signal } = new AbortController();
  const generationOf = (searchers: ReturnType<typeof createSearchers>) =>
    searchers.ask(dataset.root, signal, (searcher) => Promise.resolve(searcher));

  it("keep a searcher open as long as the generation is current", async () => {
    await dataset.save([{ angle: 0 }], noText);
    const searchers = createSearchers(dataset.env);
    const first = await generationOf(searchers);
    expect(await generationOf(searchers)).toBe(first);
    await dataset.save([{ angle: 0 }, { angle: 1 }], noText);
    const second = await generationOf(searchers);
    expect(second).not.toBe(first);
    expect(await second.similarities(await second.vectorOf({ kind: "sample", sample: "1.jpg" }, "cpu"))).toHaveLength(2);
    await searchers.close();
  });

  it("let go of one that nobody asks for", async () => {
    await dataset.save([{ angle: 0 }], noText);
    const searchers = createSearchers(dataset.env, 20);
    const first = await generationOf(searchers);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await generationOf(searchers)).not.toBe(first);
    await searchers.close();
  });

  it("ask one question after the other, and go on after one that failed", async () => {
    await dataset.save([{ angle: 0 }], noText);
    const searchers = createSearchers(dataset.env);
    const order: string[] = [];
    const question = (name: string) => async (): Promise<void> => {
      order.push(`${name} begins`);
      await new Promise((resolve) => setTimeout(resolve, 10));
      order.push(`${name} ends`);
      if (name === "b") throw new Error("b failed");
    };
    const asked = await Promise.allSettled(["a", "b", "c"].map((name) => searchers.ask(dataset.root, signal, question(name))));
    expect(order).toEqual(["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
    expect(asked.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    await searchers.close();
  });
});
