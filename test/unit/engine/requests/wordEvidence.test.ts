import { join } from "node:path";
import sharp from "sharp";
import { afterEach, describe, expect, it } from "vitest";
import { readEncoder } from "../../../../src/engine/encode/encoderFolder.ts";
import { openSearcher, type Searcher } from "../../../../src/engine/requests/searcher.ts";
import { explainWords, findEvidence } from "../../../../src/engine/requests/wordEvidence.ts";
import { type FixtureFiles, fixtureDim, fixtureSide, sharedPartsFiles } from "../../../encoderFixture.ts";
import { createSearchable, type Searchable } from "./searchFixture.ts";

const { signal } = new AbortController();
const angles: Readonly<Record<string, number>> = { north: 90, east: 0, "north east": 45, "nearly east": 10 };
const cosine = (one: number, other: number): number => Math.cos(((one - other) * Math.PI) / 180);

let opened: { readonly place: Searchable; readonly searcher: Searcher } | undefined;
afterEach(async () => {
  await opened?.searcher.close();
  await opened?.place.remove();
  opened = undefined;
});

async function open(encoderFiles: FixtureFiles = {}): Promise<Searcher> {
  const place = await createSearchable(encoderFiles);
  const pictures = [
    { angle: 0, captions: ["east", "north east"] },
    { angle: 90, captions: ["north"] },
    { angle: 12, captions: ["nearly east"] },
    { angle: undefined, captions: ["nothing is seen"] },
  ];
  await place.save(pictures, (text) => angles[text]);
  const searcher = await openSearcher(place.env, place.root);
  opened = { place, searcher };
  return searcher;
}

const explain = (searcher: Searcher, sample: string, text: string) => explainWords(searcher, { sample, text, provider: "cpu", signal });

describe("the evidence for words", () => {
  it("is how much the score falls without each, with the foreign caption that fits best", async () => {
    const [evidence] = await findEvidence(await open(), { items: [{ sample: "0.jpg", text: "north east" }], provider: "cpu", signal });
    const [north, east] = evidence!.words;
    expect(evidence!.score).toBeCloseTo(cosine(0, 45), 3);
    expect([north!.word, east!.word]).toEqual(["north", "east"]);
    expect(north!.drop).toBeCloseTo(cosine(0, 45) - 1, 3);
    expect(east!.drop).toBeCloseTo(cosine(0, 45) - cosine(0, 90), 3);
    expect(evidence!.nearestWrong).toMatchObject({ text: "nearly east" });
  });

  it("is unknown for a picture that nobody could decode", async () => {
    const [evidence] = await findEvidence(await open(), { items: [{ sample: "3.jpg", text: "north" }], provider: "cpu", signal });
    expect(evidence).toMatchObject({ score: NaN, nearestWrong: null });
    expect(evidence!.words.map(({ drop }) => drop)).toEqual([NaN]);
  });
});

describe("a caption that is explained", () => {
  it("has the drop of its score without each word, and the places of the words", async () => {
    const { method, score, words } = await explain(await open(), "0.jpg", "north east");
    expect([method, words.map(({ word, from, to, isRead }) => [word, from, to, isRead])]).toEqual([
      "leaveOneOut",
      [
        ["north", 0, 5, true],
        ["east", 6, 10, true],
      ],
    ]);
    expect(score).toBeCloseTo(cosine(0, 45), 3);
    expect(words[0]!.support).toBeCloseTo(cosine(0, 45) - 1, 3);
    expect(words[1]!.support).toBeCloseTo(cosine(0, 45) - cosine(0, 90), 3);
  });

  it("says nothing of words that the encoder cuts off: 16 tokens are 14 letters here", async () => {
    const { words } = await explain(await open(), "0.jpg", "north east nowhere far");
    expect(words.map(({ word, isRead }) => [word, isRead])).toEqual([
      ["north", true],
      ["east", true],
      ["nowhere", false],
      ["far", false],
    ]);
    expect(words.map(({ support }) => support === null)).toEqual([false, false, true, true]);
  });

  it("knows nothing of a single word, without which no text is left", async () => {
    expect((await explain(await open(), "0.jpg", "east")).words).toMatchObject([{ word: "east", support: null, isRead: true }]);
  });

  it("is refused with why where the picture has no vector", async () => {
    await expect(explain(await open(), "3.jpg", "north")).rejects.toThrow(/3\.jpg has no vector, for it could not be decoded/);
    await expect(explain(await open(), "4.jpg", "north")).rejects.toThrow(/There is no sample 4\.jpg/);
  });

  it("ends where it is cancelled", async () => {
    const searcher = await open();
    const stopped = AbortSignal.abort(new Error("stopped"));
    await expect(explainWords(searcher, { sample: "0.jpg", text: "north west", provider: "cpu", signal: stopped })).rejects.toThrow(
      "stopped",
    );
  });
});

describe("an encoder with patches and tokens in one space", () => {
  async function openWithPicture(encoderFiles: FixtureFiles): Promise<Searcher> {
    const searcher = await open(encoderFiles);
    const shades = Buffer.from(Array.from({ length: 3 * fixtureSide * fixtureSide }, (_, at) => (at * 83) % 256));
    const raw = { width: fixtureSide, height: fixtureSide, channels: 3 } as const;
    await sharp(shades, { raw }).png().toFile(join(opened!.place.root, "0.jpg"));
    return searcher;
  }

  it("explains each word by its best patch, as the mean of its tokens", async () => {
    const searcher = await openWithPicture(sharedPartsFiles);
    const { method, words } = await explain(searcher, "0.jpg", "ab a");
    const parts = (await searcher.parts({ sample: "0.jpg", text: "ab a" }, "cpu"))!;
    expect([parts.patches.values.length, parts.tokens.values.length]).toEqual([4 * fixtureDim, 4 * fixtureDim]);
    const bestOf = (token: number): number =>
      Math.max(
        ...[0, 1, 2, 3].map((patch) =>
          Array.from(
            { length: fixtureDim },
            (_, at) => parts.tokens.values[token * fixtureDim + at]! * parts.patches.values[patch * fixtureDim + at]!,
          ).reduce((sum, product) => sum + product, 0),
        ),
      );
    expect(method).toBe("tokenPatch");
    // The tokenizer has a token a letter, and one for the blank before a word, which is of no word.
    expect(words[0]!.support).toBeCloseTo((bestOf(0) + bestOf(1)) / 2, 5);
    expect(words[1]!.support).toBeCloseTo(bestOf(3), 5);
    expect(bestOf(0)).toBeCloseTo(bestOf(3), 5);
  });

  it("is asked by leaving words out where its parts are hidden states, which lack the projection", async () => {
    const hidden = Object.fromEntries(
      Object.entries(sharedPartsFiles).map(([name, bytes]) => [
        name,
        typeof bytes === "string" || bytes === undefined
          ? bytes
          : renamed(bytes, { patch_embeds: "hidden_state", token_embeds: "hidden_state" }),
      ]),
    );
    const files = {
      ...hidden,
      "winnow.json": JSON.stringify({ schema: 1, image: { parts: "hidden_state" }, text: { parts: "hidden_state" } }),
    };
    const searcher = await openWithPicture(files);
    const { image, text } = await readEncoder(opened!.place.env, opened!.place.encoderFolder);
    expect([image.parts, text.parts]).toMatchObject([
      { output: "hidden_state", dim: fixtureDim },
      { output: "hidden_state", dim: fixtureDim },
    ]);
    expect((await explain(searcher, "0.jpg", "ab a")).method).toBe("leaveOneOut");
  });
});

/** A graph with other names of the same length. */
function renamed(bytes: Uint8Array, names: Readonly<Record<string, string>>): Uint8Array {
  const text = Object.entries(names).reduce((all, [from, to]) => all.replaceAll(from, to), Buffer.from(bytes).toString("latin1"));
  return Buffer.from(text, "latin1");
}
