import { join } from "node:path";
import { symlink } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { readEncoder } from "../../../../src/engine/encode/encoderFolder.ts";
import { readCaptionFile } from "../../../../src/engine/requests/captionFile.ts";
import { checkTexts } from "../../../../src/engine/requests/checkTexts.ts";
import { countTags } from "../../../../src/engine/requests/countTags.ts";
import { writeEncoder } from "../../../encoderFixture.ts";
import { createWorkplace } from "../store/workplace.ts";
import { createDiscovered, type DiscoveredDataset } from "./discoveredFixture.ts";

const never = { signal: new AbortController().signal };

async function read(dataset: DiscoveredDataset, path: string): ReturnType<typeof readCaptionFile> {
  return await readCaptionFile(await dataset.open(), join(dataset.root, path));
}

describe("a caption file that is open", () => {
  it("is told its samples, their scores and how it is read", async () => {
    const dataset = await createDiscovered({ "a.jpg": "1", "a.txt": "one\n\ntwo", "b.jpg": "2", "b.txt": "three" });
    expect(await read(dataset, "a.txt")).toMatchObject({
      reading: "lines",
      captions: [
        { sample: "a.jpg", captionIndex: 0, text: "one", line: 0, score: 0, below: 0, group: null },
        { sample: "a.jpg", captionIndex: 1, text: "two", line: 2, below: expect.closeTo(1 / 3) as number },
      ],
      problems: [],
    });
    expect(await read(dataset, "b.txt")).toMatchObject({ captions: [{ sample: "b.jpg", text: "three" }] });
    const whole = await createDiscovered({ "a.jpg": "1", "a.txt": "one\ntwo" }, { captions: "one" });
    expect(await read(whole, "a.txt")).toMatchObject({ reading: "whole", captions: [{ text: "one\ntwo", line: null }] });
  });

  it("is found behind a link", async () => {
    const dataset = await createDiscovered({ "a.jpg": "1", "a.txt": "one" });
    await symlink(join(dataset.root, "a.txt"), join(dataset.root, "..", "link.txt"));
    expect(await read(dataset, "../link.txt")).toMatchObject({ captions: [{ sample: "a.jpg" }] });
  });

  it("is told of no picture, of pictures that share it, and of its encoding", async () => {
    const dataset = await createDiscovered({
      "a.jpg": "1",
      "a.png": "2",
      "a.txt": "one",
      "lost.txt": "two",
      "c.jpg": "3",
      "c.txt": Buffer.from("caf\xe9", "latin1"),
    });
    expect(await read(dataset, "lost.txt")).toMatchObject({ captions: [], problems: [{ code: "orphanCaption" }] });
    const shared = await read(dataset, "a.txt");
    expect(shared?.captions.map(({ sample }) => sample)).toEqual(["a.jpg", "a.png"]);
    expect(shared?.problems).toMatchObject([{ code: "ambiguousImage" }]);
    expect((await read(dataset, "c.txt"))?.problems).toMatchObject([{ code: "notUtf8" }]);
  });

  it("is none where the file has no captions, or has them in a table", async () => {
    const dataset = await createDiscovered({ "a.jpg": "1", "c.csv": "filepath,title\na.jpg,one\n", "notes.txt": "x" });
    expect(await read(dataset, "notes.txt")).toBeNull();
    expect(await read(dataset, "c.csv")).toBeNull();
  });
});

describe("texts that are being written", () => {
  it("are compared with the captions of other pictures", async () => {
    const dataset = await createDiscovered({
      "a.jpg": "1",
      "a.txt": "a brown dog chases a ball over green grass",
      "b.jpg": "2",
      "b.txt": "A brown dog chases a ball over green grass.",
      "c.jpg": "3",
      "c.txt": "a brown dog chases a ball across green wet grass",
      "d.jpg": "4",
      "d.txt": "it",
    });
    const check = async (text: string, samples = ["a.jpg"]) =>
      (await checkTexts(dataset.env, await dataset.open(), { samples, texts: [text], limit: null }, never))[0];
    expect(await check("a brown dog chases a ball over green grass")).toEqual({
      tokens: null,
      like: { sample: "b.jpg", text: "A brown dog chases a ball over green grass.", isEqual: true, overlap: 1, count: 2 },
    });
    expect(await check("brown dog chases ball green grass", ["a.jpg", "b.jpg"])).toMatchObject({
      like: { sample: "c.jpg", isEqual: false, overlap: expect.closeTo(6 / 7) as number, count: 1 },
    });
    expect(await check("it", ["a.jpg"])).toMatchObject({ like: { sample: "d.jpg", isEqual: true } });
    expect(await check("a grey cat sleeps on a sofa")).toMatchObject({ like: null });
    expect(await check("")).toEqual({ tokens: null, like: null });
  });

  it("have their tokens counted, with the place where they are cut to the word", async () => {
    const { env, outside } = await createWorkplace();
    const folder = await writeEncoder(outside);
    const { descriptor } = await readEncoder(env, folder);
    const dataset = await createDiscovered({ "a.jpg": "1", "a.txt": "one" }, { encoderFolder: folder, encoderId: descriptor.id });
    const texts = ["abc def", "abc defghi jklmnop"];
    const check = async (limit: number | null) =>
      (await checkTexts(dataset.env, await dataset.open(), { samples: ["a.jpg"], texts, limit }, never)).map(({ tokens }) => tokens);
    const [short, long] = await check(null);
    expect(short).toMatchObject({ reader: "the encoder", count: 9, limit: 16, cutAt: undefined });
    expect(long).toMatchObject({ count: 20, limit: 16, cutAt: 10 });
    expect((await check(75))[1]).toMatchObject({ reader: "the trainer", count: 18, limit: 75, cutAt: undefined });
    await expect(check(76)).resolves.toEqual([null, null]);
  });
});

describe("the tags of a dataset", () => {
  it("are counted without regard to their spelling, and are none of prose", async () => {
    const tags = await createDiscovered({
      "a.jpg": "1",
      "a.txt": "1girl, red hair, smile",
      "b.jpg": "2",
      "b.txt": "1girl, red_hair, hat",
      "c.jpg": "3",
      "c.txt": "A dog sleeps.",
    });
    expect((await countTags(await tags.open(), never.signal)).slice(0, 3)).toEqual([
      { tag: "1girl", count: 2 },
      { tag: "red hair", count: 2 },
      { tag: "hat", count: 1 },
    ]);
    const prose = await createDiscovered({ "a.jpg": "1", "a.txt": "A dog sleeps." });
    expect(await countTags(await prose.open(), never.signal)).toEqual([]);
  });
});
