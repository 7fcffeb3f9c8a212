import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { PairLint } from "../../src/core/captions/lints/pairLint.ts";
import { createRandom, drawDistinct } from "../../src/core/random.ts";
import { readEncoder } from "../../src/engine/encode/encoderFolder.ts";
import { type LintedPairs, lintPairs, type Reading } from "../../src/engine/run/lintPairs.ts";
import { collectPairs, countTokens } from "../../src/engine/run/texts.ts";
import type { LintReport } from "../../src/protocol/lints.ts";
import { assetsFolder } from "../assets.ts";
import { writeEncoder } from "../encoderFixture.ts";
import { envIn, sampleOf } from "../unit/engine/store/workplace.ts";
import { createBench, type Bench } from "./winnow.ts";

const assets = assetsFolder();
/** Nothing was tuned on what this seed draws. */
const seed = 20_261_129;
const ofEachKind = 30;

interface Pair {
  readonly image: string;
  readonly caption: string;
}

type Random = () => number;
type Damage = (pair: Pair, random: Random, other: Pair) => string;

const pick = <Item>(items: readonly Item[], random: Random): Item => items[Math.floor(random() * items.length)]!;
const withoutStop = (text: string): string => text.replace(/[\s.]+$/, "");
const colours = ["red", "blue", "green", "yellow", "black", "white", "brown", "orange", "pink"];
const objects = ["dog", "man", "woman", "boy", "girl", "ball", "car", "bike", "people", "child"];
const high = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ";

/** UTF-8 that was read as Windows-1252. */
function garble(text: string): string {
  return [...Buffer.from(text, "utf8")]
    .map((byte) => (byte >= 0x80 && byte < 0xa0 ? high[byte - 0x80]! : String.fromCharCode(byte)))
    .join("");
}

/** Places inside of words in the later part of a text. */
function placesInWords(text: string): number[] {
  const [from, to] = [Math.floor(text.length * 0.4), Math.floor(text.length * 0.9)];
  return Array.from({ length: to - from }, (_, at) => from + at).filter((at) => /^[a-z]{2}$/i.test(text.slice(at - 1, at + 1)));
}

/** Damage that leaves traces in the text itself. */
const mechanical: Readonly<Record<string, Damage>> = {
  cutInWord: ({ caption }, random) => {
    const text = withoutStop(caption);
    return text.slice(0, pick(placesInWords(text), random));
  },
  loop: ({ caption }, random) => {
    const words = withoutStop(caption).split(" ");
    const phrase = words.slice(-(2 + Math.floor(random() * 3))).join(" ");
    return `${words.join(" ")} ${Array.from({ length: 3 + Math.floor(random() * 4) }, () => phrase).join(" ")}`;
  },
  preamble: ({ caption }, random) =>
    `${pick(["The photograph features ", "In the image, there is ", "Here is a description of the image: ", "This picture shows ", "Certainly! ", "Caption: "], random)}${caption}`,
  mojibake: ({ caption }, random) => garble(caption.replace(/[aeo]/, pick(["é", "ü", "ñ", "’"], random))),
  refusal: (_pair, random) =>
    pick(
      [
        "I'm sorry, but I can't assist with that request.",
        "I cannot identify people in images.",
        "As an AI language model, I am not able to look at pictures.",
        "I'm unable to see the picture, please provide another image.",
        "I can’t describe this photo because of content policies.",
      ],
      random,
    ),
  fileName: ({ image }, random) => pick([image, image.replace(".jpg", ""), image.replaceAll("_", " ").replace(".jpg", "")], random),
  empty: (_pair, random) => pick(["", " ", "\t "], random),
};

/** Damage that changes what is said and leaves a good sentence: nothing that a lint could see. */
const meaningful: Readonly<Record<string, Damage>> = {
  swapped: (_pair, _random, other) => other.caption,
  objectReplaced: ({ caption }, random) =>
    caption.replace(/\b(?:dogs?|man|woman|boys?|girls?|people|child(?:ren)?)\b/i, pick(objects, random)),
  colourChanged: ({ caption }, random) => caption.replace(new RegExp(`\\b(?:${colours.join("|")})\\b`, "i"), pick(colours, random)),
};

/** A cut wherever it falls: behind a word, too, where a short but whole phrase is left. */
const cutAnywhere: Damage = ({ caption }, random) => {
  const text = withoutStop(caption);
  return text.slice(0, Math.floor(text.length * (0.4 + 0.5 * random()))).trimEnd();
};

async function lintOf(pairs: readonly Pair[]): Promise<readonly PairLint[]> {
  return (await lintAll(pairs)).lints;
}

async function lintAll(pairs: readonly Pair[], reader?: Pick<Reading, "tokenizer" | "contextLength">): Promise<LintedPairs> {
  const byImage = new Map<string, Pair[]>();
  for (const pair of pairs) byImage.set(pair.image, [...(byImage.get(pair.image) ?? []), pair]);
  const samples = [...byImage].map(([image, own]) =>
    sampleOf(
      "/data",
      image,
      own.map(({ caption }) => caption),
    ),
  );
  const { pairs: laidOut, texts } = collectPairs(samples);
  const reading = reader && { ...reader, tokensOfText: countTokens(reader.tokenizer, texts, reader.contextLength) };
  const input = { samples, pairs: laidOut, texts, duplicateOf: Int32Array.from(samples.keys()), reading };
  return await lintPairs(envIn("/tmp"), input, new AbortController().signal);
}

/** The pairs that a lint graver than a note objects to. */
const objected = (lints: readonly PairLint[]): Set<number> =>
  new Set(lints.filter(({ severity }) => severity !== "note").map(({ pair }) => pair));

describe.skipIf(assets === undefined)("lints on 5,000 captions that people wrote (needs ../shared/assets)", () => {
  let pairs: Pair[] = [];
  const kindOf = new Map<number, string>();

  /** Damages other captions for each kind, drawn with the seed. */
  const damage = (kinds: Readonly<Record<string, Damage>>): Pair[] => {
    const random = createRandom(seed);
    const drawn = drawDistinct(random, ofEachKind * Object.keys(kinds).length, pairs.length);
    const damaged = [...pairs];
    kindOf.clear();
    for (const [at, kind] of Object.keys(kinds).entries()) {
      for (const place of drawn.slice(at * ofEachKind, (at + 1) * ofEachKind)) {
        kindOf.set(place, kind);
        const pair = pairs[place]!;
        damaged[place] = { ...pair, caption: kinds[kind]!(pair, random, pairs[(place + 2500) % pairs.length]!) };
      }
    }
    return damaged;
  };
  const foundOf = (objections: ReadonlySet<number>, kind: string): number =>
    [...kindOf].filter(([place, own]) => own === kind && objections.has(place)).length;

  beforeAll(async () => {
    pairs = parse(await readFile(join(assets!, "flickr8k-dev/captions.txt"), "utf8"), { columns: true });
  });

  it("find at least 98 % of the mechanical damage, with less than 1 % false alarms on the rest", async () => {
    const objections = objected(await lintOf(damage({ ...mechanical, ...meaningful })));
    const found = Object.fromEntries(Object.keys(mechanical).map((kind) => [kind, foundOf(objections, kind)]));
    const share = Object.values(found).reduce((sum, times) => sum + times, 0) / (ofEachKind * Object.keys(mechanical).length);
    expect(kindOf.size).toBe(300);
    expect(share, JSON.stringify(found)).toBeGreaterThanOrEqual(0.98);
    const alarms = [...objections].filter((place) => !kindOf.has(place)).length / (pairs.length - kindOf.size);
    expect(alarms).toBeLessThan(0.01);
  });

  it("raise false alarms on less than 1 % of the untouched captions", async () => {
    const objections = objected(await lintOf(pairs));
    expect(pairs.length).toBe(5000);
    expect(objections.size / pairs.length).toBeLessThan(0.01);
  });

  it("find 75 % of cuts wherever they fall: what leaves a whole phrase can't be told from a short caption", async () => {
    const objections = objected(await lintOf(damage({ cutAnywhere })));
    expect(foundOf(objections, "cutAnywhere") / ofEachKind).toBeGreaterThanOrEqual(0.75);
  });
});

describe("notes on captions", () => {
  it("tell of another language than most, of the cut tail and of what the tokenizer has no token for, and weigh nothing", async () => {
    const captions = [
      ...["a dog runs through the snow", "two children play on the beach", "a red car in front of a house"],
      ...["Ein Hund springt in das kalte Wasser", "red car", "a 7 on a door in the wall"],
    ];
    const folder = await mkdtemp(join(tmpdir(), "winnow-lints-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const { tokenizer } = await readEncoder(envIn(folder), await writeEncoder(folder));
    const reader = { tokenizer, contextLength: 36 };
    const { lints, counts, languages } = await lintAll(
      captions.map((caption, at) => ({ image: `${at}.jpg`, caption })),
      reader,
    );
    expect(languages).toEqual(["en", "en", "en", "de", undefined, "en"]);
    // The made-up tokenizer has a token a letter, and none for figures.
    expect(lints.map(({ pair, lint, severity, message }) => [pair, lint, severity, message])).toEqual([
      [3, "tooLong", "note", "38 tokens where the encoder reads 36: the rest is cut off"],
      [3, "otherLanguage", "note", "It reads as German where most captions are English"],
      [5, "unknownTokens", "note", 'the encoder has no token for "7"'],
    ]);
    expect([...counts]).toEqual(captions.map(() => 0));
  });
});

describe("winnow lint", () => {
  let bench: Bench;
  let root: string;

  beforeAll(async () => {
    bench = await createBench();
    root = await bench.copySample();
    await writeFile(join(root, "garden/scene-0001.txt"), "a cafÃ© with a red awning");
    await writeFile(join(root, "garden/scene-0002.txt"), "I'm sorry, but I can't help with that.");
    await writeFile(join(root, "garden/nobody.txt"), "a caption without a picture");
  }, 60_000);
  afterAll(() => bench.dispose());

  it("counts what each lint found, and rows and buckets are filtered by it", async () => {
    await writeFile(join(root, "garden/scene-0004.txt"), "drei blaue Kreise liegen über einem grünen Quadrat");
    const report = await bench.json<LintReport>(["lint", root, "--tokens", "77"]);
    const counts = Object.fromEntries(report.lints.map(({ lint, count }) => [lint, count]));
    expect(counts).toMatchObject({ mojibake: 1, refusal: 1 });
    expect(counts["orphan"]).toBeGreaterThanOrEqual(1);
    expect(report.lints.find(({ lint }) => lint === "mojibake")?.examples).toMatchObject([
      { sample: "garden/scene-0001.jpg", captionIndex: 0 },
    ]);
    const { stdout } = await bench.winnow(["rows", root, "--where", "lint = mojibake or lint = refusal", "--sort", "sample"]);
    const rows = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { sample: string; signals: Record<string, unknown> });
    expect(rows.map(({ sample, signals }) => [sample, signals["captionLints"]])).toEqual([
      ["garden/scene-0001.jpg", 1],
      ["garden/scene-0002.jpg", 1],
    ]);
    const { analysed } = await bench.json<{
      analysed: { buckets: { id: string; count: number }[]; fields: { name: string; values: string[]; labels?: string[] }[] };
    }>(["overview", root]);
    const inBuckets = Object.fromEntries(analysed.buckets.map(({ id, count }) => [id, count]));
    expect(inBuckets["weakCaptions"]).toBe(report.weak);
    expect(inBuckets).toMatchObject({ "lint-mojibake": 1, "lint-refusal": 1 });
    expect(
      report.lints.filter(
        ({ lint, count, where }) => where === `lint = ${lint}` && count !== (inBuckets[`lint-${lint}`] ?? 0) && lint !== "tooLong",
      ),
    ).toEqual([]);
    const language = analysed.fields.find(({ name }) => name === "language");
    expect([language?.values, language?.labels]).toEqual([
      expect.arrayContaining(["de", "en"]),
      expect.arrayContaining(["German", "English"]),
    ]);
    const other = await bench.winnow(["rows", root, "--where", "lint = otherLanguage"]);
    expect(other.stdout).toContain('"garden/scene-0004.png"');
    // "5 little turquoise stars, centre." is taken for French.
    expect(other.stdout.trim().split("\n").length).toBeLessThanOrEqual(2);
  }, 120_000);

  it("looks anew with another overlap, and refuses one that it can't look with", async () => {
    const less = await bench.json<LintReport>(["lint", root, "--overlap", "0.7"]);
    expect(less.overlap).toBe(0.7);
    expect((await bench.winnow(["lint", root, "--overlap", "0.5"])).code).toBe(2);
    expect((await bench.winnow(["lint", root, "--tokens", "99"])).code).toBe(2);
  }, 60_000);
});
