import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp, { type Sharp } from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRandom } from "../../src/core/random.ts";
import { createCounters, type Env } from "../../src/engine/env.ts";
import { runPipeline } from "../../src/engine/pipeline.ts";
import { openAnalysed } from "../../src/engine/requests/analysedDataset.ts";
import { readThumbnails } from "../../src/engine/requests/readThumbnails.ts";
import { listPacks } from "../../src/engine/store/thumbnailPacks.ts";
import type { RunRequest } from "../../src/protocol/engineApi.ts";

const watch = { signal: new AbortController().signal, onProgress: () => undefined };
const side = 160;
let folder: string;
let root: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "winnow-thumbnails-"));
  root = join(folder, "photos");
  await mkdir(root);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A picture of soft shapes, larger than its small picture on both sides. */
function photo(seed: number): Sharp {
  const random = createRandom(seed);
  const pixels = Uint8Array.from({ length: 30 * 20 * 3 }, () => random() * 255);
  return sharp(pixels, { raw: { width: 30, height: 20, channels: 3 } }).resize(900, 600, { kernel: "cubic" });
}

async function write(name: string, bytes: Buffer): Promise<void> {
  await writeFile(join(root, name), bytes);
  await writeFile(join(root, name.replace(/\.\w+$/, ".txt")), `soft shapes in ${name}`);
}

/** An env with a cache of its own. */
function envOf(name: string): Env {
  const counters = createCounters();
  return { cacheFolder: join(folder, name), dataFolder: join(folder, "data"), now: Date.now, log: () => undefined, counters };
}

async function run(env: Env, more: Partial<RunRequest> = {}): Promise<void> {
  await runPipeline(env, { root, provider: "cpu", discover: {}, ...more }, watch);
}

/** What the panel is given, and how many files were read for it. */
interface Given {
  readonly pictures: readonly Uint8Array[];
  readonly failed: Readonly<Record<number, string>>;
  readonly filesRead: number;
}

async function ask(env: Env, samples: readonly string[]): Promise<Given> {
  const dataset = await openAnalysed(env, root);
  const before = env.counters.filesRead;
  try {
    const { bytes, offsets, failed } = await readThumbnails(env, dataset, { samples, side }, watch);
    const pictures = samples.map((_, at) => bytes.slice(offsets[at], offsets[at + 1]));
    return { pictures, failed, filesRead: env.counters.filesRead - before };
  } finally {
    dataset.close();
  }
}

/** The mean difference of two pictures of one size, in levels. */
async function difference(one: Uint8Array, other: Uint8Array): Promise<number> {
  const [a, b] = await Promise.all([one, other].map((bytes) => sharp(bytes).removeAlpha().raw().toBuffer()));
  expect(a!.length).toBe(b!.length);
  return a!.reduce((sum, value, at) => sum + Math.abs(value - b![at]!), 0) / a!.length;
}

const packs = (env: Env) => listPacks(join(env.cacheFolder, "thumbnails", "1", String(side)));

describe("a run with small pictures", () => {
  it("makes them of what it decodes: the panel's request reads no picture, and sees what it would have made", async () => {
    await write("a.jpg", await photo(1).jpeg().toBuffer());
    await write("turned.jpg", await photo(2).jpeg().withMetadata({ orientation: 6 }).toBuffer());
    await write("profile.jpg", await photo(3).withIccProfile("p3").jpeg().toBuffer());
    await write("clear.png", await photo(4).ensureAlpha(0.5).png().toBuffer());
    await write("inks.jpg", await photo(5).toColourspace("cmyk").jpeg().toBuffer());
    await write("small.jpg", await photo(7).resize(240, 160).jpeg().toBuffer());
    await write("broken.jpg", (await photo(6).jpeg().toBuffer()).subarray(0, 2000));
    const samples = ["a.jpg", "turned.jpg", "profile.jpg", "clear.png", "inks.jpg", "small.jpg", "broken.jpg"];
    const [eager, lazy] = [envOf("eager"), envOf("lazy")];
    await run(eager, { thumbnails: side });
    await run(lazy);
    expect(await packs(lazy)).toEqual([]);
    const made = await ask(eager, samples.slice(0, 6));
    const wanted = await ask(lazy, samples.slice(0, 6));
    expect([made.failed, wanted.failed]).toEqual([{}, {}]);
    expect([made.filesRead, wanted.filesRead]).toEqual([0, 6]);
    // Of the pixels at hand: as near as two ways to make one photo small, and far from another one.
    for (const at of [0, 1]) expect(await difference(made.pictures[at]!, wanted.pictures[at]!)).toBeLessThan(6);
    expect(await difference(made.pictures[0]!, wanted.pictures[3]!)).toBeGreaterThan(20);
    expect(await sharp(made.pictures[1]).metadata()).toMatchObject({ width: 107, height: side, format: "webp" });
    // A photo that nothing is made smaller of before: the very same.
    expect(made.pictures[5]).toEqual(wanted.pictures[5]);
    // Where the panel shows other colours than a model sees, of the bytes: the very same.
    for (const at of [2, 3, 4]) expect(made.pictures[at]).toEqual(wanted.pictures[at]);
    expect((await ask(eager, samples)).failed).toEqual((await ask(lazy, samples)).failed);
  });

  it("leaves alone what is there, and pictures that it does not decode", async () => {
    for (const at of [0, 1, 2]) await write(`${at}.jpg`, await photo(at).jpeg().toBuffer());
    const env = envOf("cache");
    await run(env, { thumbnails: side, through: "decode" });
    const sizes = (await packs(env)).map(({ sizeBytes }) => sizeBytes);
    expect(sizes).toHaveLength(1);
    await run(env, { thumbnails: side });
    await run(env, { thumbnails: side });
    expect((await packs(env)).map(({ sizeBytes }) => sizeBytes)).toEqual(sizes);
  });
});
