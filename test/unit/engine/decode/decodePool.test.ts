import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ImagePreprocessing } from "../../../../src/core/encoder.ts";
import { float16FromFloat32 } from "../../../../src/core/float16.ts";
import { createWritePixels } from "../../../../src/core/pixels/preprocess.ts";
import { cropPicture } from "../../../../src/core/pixels/picture.ts";
import type { ContentHash } from "../../../../src/core/sample.ts";
import { createCounters, type Env } from "../../../../src/engine/env.ts";
import { createDecodePool, type DecodePool, type DecodePoolOptions } from "../../../../src/engine/decode/decodePool.ts";
import { decodePicture, defaultDecodeLimits } from "../../../../src/engine/decode/decodePicture.ts";
import { golden, goldenFile, hashOf } from "../../../golden/pixels/golden.ts";

const preprocessing: ImagePreprocessing = {
  resize: { kind: "shortest", size: 16 },
  crop: { width: 16, height: 16 },
  resample: "bicubic",
  rescale: 1 / 255,
  mean: [0.5, 0.5, 0.5],
  std: [0.25, 0.25, 0.25],
};
const faultyWorker = new URL("faultyWorker.ts", import.meta.url);
const names = Object.keys(golden.pictures);

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "winnow-pool-"));
  await sharp({
    create: { width: 2400, height: 1600, channels: 3, background: "black", noise: { type: "gaussian", mean: 128, sigma: 60 } },
  })
    .jpeg()
    .toFile(join(folder, "endsThread.jpg"));
  await copyFile(join(folder, "endsThread.jpg"), join(folder, "hangsThread.jpg"));
  await writeFile(join(folder, "zeroBytes.jpg"), "");
});

afterAll(() => rm(folder, { recursive: true }));

function createEnv(): Env & { readonly lines: string[] } {
  const lines: string[] = [];
  return {
    cacheFolder: folder,
    dataFolder: folder,
    now: Date.now,
    log: (tag, text) => lines.push(`${tag} ${text}`),
    counters: createCounters(),
    lines,
  };
}

async function withPool<Result>(
  options: DecodePoolOptions,
  work: (pool: DecodePool, env: ReturnType<typeof createEnv>) => Promise<Result>,
): Promise<Result> {
  const env = createEnv();
  const pool = createDecodePool(env, { preprocessing, slotCount: names.length, threadCount: 1, ...options });
  try {
    return await work(pool, env);
  } finally {
    await pool.close();
  }
}

function fileJob(path: string) {
  return { locator: { kind: "file", path } as const, facts: true };
}

function goldenJob(name: string) {
  return fileJob(fileURLToPath(goldenFile(name)));
}

function decodeAll(threadCount: number) {
  return withPool({ threadCount }, async (pool, env) => {
    const answers = await Promise.all(names.map((name, slot) => pool.decode({ ...goldenJob(name), slot })));
    return { answers, pixels: Float32Array.from(pool.pixels), counters: env.counters };
  });
}

describe("createDecodePool", () => {
  it("gives the same facts and pixels with one thread and with four, and counts what it read", async () => {
    const one = await decodeAll(1);
    const four = await decodeAll(4);
    expect(four).toEqual(one);
    const sizes = await Promise.all(names.map(async (name) => (await readFile(goldenFile(name))).length));
    expect(one.counters).toMatchObject({ filesRead: names.length, bytesRead: sizes.reduce((sum, size) => sum + size) });
    expect(one.answers.every(({ wrotePixels, facts }) => wrotePixels && facts?.kind === "decoded")).toBe(true);
  });

  it("writes a picture's preprocessed pixels into its slot, and those of a part of it where a crop is asked for", async () => {
    const decoded = await decodePicture(await readFile(goldenFile("rgb.png")), defaultDecodeLimits);
    if (decoded.kind !== "decoded") throw new Error("rgb.png was not decoded");
    const crop = { left: 0.1, top: 0.05, width: 0.8, height: 0.9 };
    await withPool({}, async (pool) => {
      const whole = await pool.decode({ ...goldenJob("rgb.png"), slot: 1 });
      const part = await pool.decode({ ...goldenJob("rgb.png"), slot: 2, crop });
      expect(part).toEqual(whole);
      for (const [slot, picture] of [
        [1, decoded.picture],
        [2, cropPicture(decoded.picture, crop)],
      ] as const) {
        const expected = new Float32Array(pool.slotLength);
        createWritePixels(preprocessing)(picture, expected, 0);
        expect(pool.pixels.slice(slot * pool.slotLength, (slot + 1) * pool.slotLength)).toEqual(expected);
      }
    });
  });

  it("writes float16 where the model takes it: what float32 is rounded to", async () => {
    const write = (pool: DecodePool) => pool.decode({ ...goldenJob("rgb.png"), slot: 1 }).then(() => pool.pixels.slice());
    const exact = await withPool({}, write);
    const halves = await withPool({ pixelType: "float16" }, write);
    expect(halves).toEqual(float16FromFloat32(exact as Float32Array));
  });

  describe("with shrinking on load", () => {
    const shrinking: ImagePreprocessing = { ...preprocessing, shrinkOnLoad: true };
    const large = ["large.jpg", "turned.jpg"];
    const same = ["large.png", "small.jpg"];
    const all = [...large, ...same];
    const decodeThem = (options: DecodePoolOptions, facts: boolean) =>
      withPool({ slotCount: all.length, ...options }, async (pool) => {
        const answers = await Promise.all(all.map((name, slot) => pool.decode({ ...fileJob(join(folder, name)), facts, slot })));
        const slots = all.map((_, slot) => pool.pixels.slice(slot * pool.slotLength, (slot + 1) * pool.slotLength));
        return { facts: answers.map((answer) => answer.facts), lumas: answers.map(({ luma }) => luma), slots };
      });

    beforeAll(async () => {
      const photo = await readFile(goldenFile("photo444.jpg"));
      const enlarged = sharp(await sharp(photo).resize(400, 300, { fit: "fill" }).png().toBuffer());
      await enlarged.clone().jpeg().toFile(join(folder, "large.jpg"));
      await enlarged.clone().withMetadata({ orientation: 6 }).jpeg().toFile(join(folder, "turned.jpg"));
      await enlarged.clone().png().toFile(join(folder, "large.png"));
      await enlarged.clone().resize(32, 40, { fit: "fill" }).jpeg().toFile(join(folder, "small.jpg"));
    });

    it("gives large JPEGs nearly the same pixels, all others the same, and all the facts of the whole picture", async () => {
      const exact = await decodeThem({ preprocessing }, true);
      const shrunk = await decodeThem({ preprocessing: shrinking }, true);
      expect([shrunk.facts, shrunk.lumas]).toEqual([exact.facts, exact.lumas]);
      all.forEach((name, slot) => {
        const differences = Array.from(exact.slots[slot]!, (value, at) => Math.abs(value - shrunk.slots[slot]![at]!));
        const mean = differences.reduce((sum, difference) => sum + difference) / differences.length;
        if (same.includes(name)) expect(mean).toBe(0);
        else expect(mean).toBeGreaterThan(0);
        expect(mean).toBeLessThan(0.05); // of a range of 8: 1.6 levels
      });
    });

    it("gives pixels that depend neither on threads nor on whether facts were wanted", async () => {
      const first = await decodeThem({ preprocessing: shrinking }, true);
      const later = await decodeThem({ preprocessing: shrinking, threadCount: 3 }, false);
      expect(later.slots).toEqual(first.slots);
    });
  });

  it("only hashes where neither facts nor pixels are wanted, and doesn't hash where the hash is given", async () => {
    await withPool({}, async (pool) => {
      const contentHash = hashOf(await readFile(goldenFile("rgb.png")));
      expect(await pool.decode({ ...goldenJob("rgb.png"), facts: false })).toEqual({ contentHash, wrotePixels: false });
      const given = "ab".repeat(32) as ContentHash;
      expect((await pool.decode({ ...goldenJob("rgb.png"), contentHash: given })).facts).toMatchObject({
        contentHash: given,
        width: 23,
        height: 17,
      });
    });
  });

  it("gives facts without an encoder", async () => {
    const env = createEnv();
    const pool = createDecodePool(env, { threadCount: 1 });
    expect((await pool.decode(goldenJob("rgb.png"))).facts).toMatchObject({ kind: "decoded", format: "png" });
    await pool.close();
  });

  it("answers for bytes that give no picture and for files that can't be opened", async () => {
    await withPool({}, async (pool) => {
      const empty = await pool.decode({ ...fileJob(join(folder, "zeroBytes.jpg")), slot: 0 });
      expect(empty).toMatchObject({ wrotePixels: false, facts: { kind: "failed", problem: { code: "emptyFile" } } });
      const missing = await pool.decode({ ...fileJob(join(folder, "missing.jpg")), slot: 0 });
      expect(missing).toMatchObject({ wrotePixels: false, problem: { code: "missingImage" } });
    });
  });

  it("outlives a dying thread: only the picture in hand is given up", async () => {
    await withPool({ workerUrl: faultyWorker }, async (pool, env) => {
      const paths = [
        ...names.slice(0, 10).map((name) => fileURLToPath(goldenFile(name))),
        join(folder, "endsThread.jpg"),
        ...names.slice(10, 20).map((name) => fileURLToPath(goldenFile(name))),
      ];
      const answers = await Promise.all(paths.map((path, slot) => pool.decode({ ...fileJob(path), slot })));
      expect(answers.map(({ wrotePixels }) => wrotePixels)).toEqual(paths.map((path) => !path.includes("endsThread")));
      expect(answers[10]!.problem).toMatchObject({ code: "unreadable" });
      expect(env.lines).toHaveLength(1);
    });
  });

  it("ends a thread that hangs: only the picture in hand is too slow", async () => {
    await withPool({ workerUrl: faultyWorker, limits: { ...defaultDecodeLimits, timeoutMs: 1000 } }, async (pool) => {
      const paths = [join(folder, "hangsThread.jpg"), ...names.slice(0, 5).map((name) => fileURLToPath(goldenFile(name)))];
      const answers = await Promise.all(paths.map((path, slot) => pool.decode({ ...fileJob(path), slot })));
      expect(answers[0]).toEqual({ wrotePixels: false, problem: { code: "tooSlow", message: "took longer than 1 s to decode" } });
      expect(answers.slice(1).every(({ wrotePixels }) => wrotePixels)).toBe(true);
    });
  });

  it("rejects with the reason when its threads can't start", async () => {
    await writeFile(join(folder, "brokenWorker.mjs"), 'throw new Error("no decoder here");');
    await withPool({ workerUrl: new URL(`file://${folder}/brokenWorker.mjs`) }, async (pool) => {
      await expect(pool.decode(goldenJob("rgb.png"))).rejects.toThrow("can't start: no decoder here");
    });
  });

  it("rejects what is not done when it is closed", async () => {
    const pool = createDecodePool(createEnv(), { preprocessing, slotCount: 1, threadCount: 1 });
    const undone = pool.decode(fileJob(join(folder, "endsThread.jpg")));
    const closing = pool.close();
    await expect(undone).rejects.toThrow("closed");
    await closing;
    await expect(pool.decode(goldenJob("rgb.png"))).rejects.toThrow("closed");
  });
});
