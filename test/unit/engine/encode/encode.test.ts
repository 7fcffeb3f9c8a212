import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createRandom } from "../../../../src/core/random.ts";
import type { ContentHash } from "../../../../src/core/sample.ts";
import { createCounters } from "../../../../src/engine/env.ts";
import type { Env } from "../../../../src/engine/env.ts";
import { readEncoder } from "../../../../src/engine/encode/encoderFolder.ts";
import type { Encoder } from "../../../../src/engine/encode/encoderFolder.ts";
import { encodeImages } from "../../../../src/engine/encode/encodeImages.ts";
import type { PixelBatch } from "../../../../src/engine/encode/encodeImages.ts";
import { encodeTexts, textKey } from "../../../../src/engine/encode/encodeTexts.ts";
import { openTower } from "../../../../src/engine/encode/tower.ts";
import { openVectors } from "../../../../src/engine/store/vectors.ts";
import type { Modality } from "../../../../src/engine/store/vectors.ts";
import { assetsFolder } from "../../../assets.ts";
import { fixtureDim, fixtureSide, jointGraph, pictureGraph, textGraph, writeEncoder } from "../../../encoderFixture.ts";
import type { FixtureFiles } from "../../../encoderFixture.ts";
import { onnxBytes } from "../../../onnx.ts";

const pixelCount = 3 * fixtureSide * fixtureSide;
const jointFiles: FixtureFiles = {
  "onnx/vision_model.onnx": undefined,
  "onnx/text_model.onnx": undefined,
  "onnx/model.onnx": onnxBytes(jointGraph),
};
const bagFiles: FixtureFiles = { "config.json": JSON.stringify({ model_type: "bag-of-words", projection_dim: fixtureDim }) };
const texts = ["a dog", "", "a red ball on the green grass", "b", "two cats", "a dog", "zebra crossing", "q".repeat(40)];

/** A millisecond a look. */
let time = 0;
const now = (): number => (time += 1);

let parent: string;
let env: Env;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "winnow-encode-"));
  env = freshEnv("cache");
});
afterEach(() => rm(parent, { recursive: true, force: true }));

function freshEnv(name: string): Env {
  return { cacheFolder: join(parent, name), dataFolder: parent, now: Date.now, log: () => undefined, counters: createCounters() };
}

function imageKey(i: number): ContentHash {
  return createHash("sha256").update(`${i}`).digest("hex") as ContentHash;
}

function picture(i: number): Float32Array {
  const random = createRandom(i + 1);
  return Float32Array.from({ length: pixelCount }, () => random() * 4 - 2);
}

interface SourceState {
  released: number;
  isClosed: boolean;
}

/** Pictures from `from` to `to` in shared memory, as decoding hands them over. */
async function* pictures(
  from: number,
  to: number,
  batchSize: number,
  state: SourceState = { released: 0, isClosed: false },
): AsyncGenerator<PixelBatch> {
  try {
    for (let start = from; start < to; start += batchSize) {
      const rows = Array.from({ length: Math.min(batchSize, to - start) }, (_, i) => start + i);
      const pixels = new Float32Array(new SharedArrayBuffer(batchSize * pixelCount * 4));
      for (const [i, row] of rows.entries()) pixels.set(picture(row), i * pixelCount);
      yield await Promise.resolve({ pixels, keys: rows.map(imageKey), release: () => void (state.released += 1) });
    }
  } finally {
    state.isClosed = true;
  }
}

function towerOf(encoder: Encoder, modality: Modality, at: Env = env, threads = 1) {
  return () => openTower(at, encoder, modality, { provider: "cpu", threads });
}

const storeOf = (encoder: Encoder, modality: Modality, at: Env = env) =>
  openVectors(at, encoder.descriptor.id, modality, encoder.descriptor.dim);

async function encodeAllTexts(encoder: Encoder, at: Env, batchSize: number): Promise<Float32Array> {
  const store = await storeOf(encoder, "text", at);
  await encodeTexts({
    texts,
    tokenizer: encoder.tokenizer,
    rule: encoder.descriptor,
    now,
    store,
    batchSize,
    openTower: towerOf(encoder, "text", at),
  });
  return store.read(texts.map(textKey));
}

async function encodeAllImages(
  encoder: Encoder,
  at: Env,
  { batchSize, threads = 1, count = 40 }: { batchSize: number; threads?: number; count?: number },
) {
  const store = await storeOf(encoder, "image", at);
  await encodeImages({ source: pictures(0, count, batchSize), pixelCount, now, store, openTower: towerOf(encoder, "image", at, threads) });
  return store.read(Array.from({ length: count }, (_, i) => imageKey(i)));
}

function leastCosine(a: Float32Array, b: Float32Array, dim: number): number {
  let least = 1;
  for (let row = 0; row < a.length; row += dim) {
    const [x, y] = [a.subarray(row, row + dim), b.subarray(row, row + dim)];
    least = Math.min(least, dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y)));
  }
  return least;
}

const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

describe("images", () => {
  test("become vectors of length 1 in the direction that the graph gives", async () => {
    const encoder = await readEncoder(env, await writeEncoder(parent));
    const vectors = await encodeAllImages(encoder, env, { batchSize: 16 });
    const weights = pictureGraph.weights!.pixelWeights!.values as Float32Array;
    const expected = Float32Array.from({ length: fixtureDim }, (_, j) =>
      picture(3).reduce((sum, value, i) => sum + value * weights[i * fixtureDim + j]!, 0),
    );
    const row = vectors.subarray(3 * fixtureDim, 4 * fixtureDim);
    expect(dot(row, row)).toBeCloseTo(1, 3);
    expect(leastCosine(row, expected, fixtureDim)).toBeGreaterThan(0.999999);
  });

  test("have the same vectors in batches of 1, 7 and 16, and on one thread or two", async () => {
    const encoder = await readEncoder(env, await writeEncoder(parent));
    const reference = await encodeAllImages(encoder, env, { batchSize: 16 });
    for (const [batchSize, threads] of [
      [1, 1],
      [7, 1],
      [16, 2],
    ] as const) {
      const vectors = await encodeAllImages(encoder, freshEnv(`cache-${batchSize}-${threads}`), { batchSize, threads });
      expect(leastCosine(vectors, reference, fixtureDim)).toBeGreaterThanOrEqual(0.999999);
    }
  });

  test("go through a graph of a fixed batch, the last filled up, and through one of both sides", async () => {
    const reference = await encodeAllImages(await readEncoder(env, await writeEncoder(parent)), env, { batchSize: 16 });
    const fixed = onnxBytes({ ...pictureGraph, inputs: [{ name: "pixel_values", dims: [3, 3, fixtureSide, fixtureSide] }] });
    for (const [name, files] of [
      ["fixed", { "onnx/vision_model.onnx": fixed }],
      ["joint", jointFiles],
    ] as const) {
      const encoder = await readEncoder(env, await writeEncoder(parent, files, name));
      const vectors = await encodeAllImages(encoder, env, { batchSize: 16 });
      expect(leastCosine(vectors, reference, fixtureDim)).toBeGreaterThanOrEqual(0.999999);
    }
  });

  test("are not encoded, and no session is made, where there are none", async () => {
    const encoder = await readEncoder(env, await writeEncoder(parent));
    const store = await storeOf(encoder, "image");
    expect(await encodeImages({ source: pictures(0, 0, 16), pixelCount, now, store, openTower: towerOf(encoder, "image") })).toEqual({
      done: 0,
      rejected: [],
      use: undefined,
    });
    expect(env.counters).toMatchObject({ batchesRun: 0, sessionsMade: 0 });
  });

  test("that were done when the run is cancelled are kept, and the source is closed", async () => {
    const encoder = await readEncoder(env, await writeEncoder(parent));
    const store = await storeOf(encoder, "image");
    const controller = new AbortController();
    const state = { released: 0, isClosed: false };
    const onProgress = (done: number) => done >= 8 && controller.abort(new Error("stopped by the test"));
    const run = encodeImages({
      source: pictures(0, 40, 4, state),
      pixelCount,
      now,
      store,
      openTower: towerOf(encoder, "image"),
      signal: controller.signal,
      onProgress,
    });
    await expect(run).rejects.toThrow("stopped by the test");
    expect((await storeOf(encoder, "image")).size()).toBe(8);
    expect(env.counters.batchesRun).toBe(2);
    expect(state).toEqual({ released: 2, isClosed: true });
  });

  test("whose vector is zero or not finite are refused, and the others are stored", async () => {
    const encoder = await readEncoder(env, await writeEncoder(parent));
    const store = await storeOf(encoder, "image");
    const pixels = new Float32Array(3 * pixelCount);
    pixels.set(picture(0), 0);
    pixels.fill(Number.NaN, 2 * pixelCount);
    const source = (async function* () {
      yield await Promise.resolve({ pixels, keys: [imageKey(0), imageKey(1), imageKey(2)], release: () => undefined });
    })();
    const outcome = await encodeImages({ source, pixelCount, now, store, openTower: towerOf(encoder, "image") });
    expect(outcome).toMatchObject({ done: 1, rejected: [imageKey(1), imageKey(2)], use: { batches: 1, rows: 3 } });
    expect([store.has(imageKey(0)), store.has(imageKey(1)), store.has(imageKey(2))]).toEqual([true, false, false]);
  });

  test("fail with the decoder's own error, after what was done is stored", async () => {
    const encoder = await readEncoder(env, await writeEncoder(parent));
    const store = await storeOf(encoder, "image");
    const source = (async function* () {
      yield* pictures(0, 4, 4);
      await Promise.reject(new Error("the decoder died"));
    })();
    await expect(encodeImages({ source, pixelCount, now, store, openTower: towerOf(encoder, "image") })).rejects.toThrow(
      "the decoder died",
    );
    expect((await storeOf(encoder, "image")).size()).toBe(4);
  });
});

describe("texts", () => {
  test("are encoded once each, and not at all in a second run", async () => {
    const encoder = await readEncoder(env, await writeEncoder(parent, jointFiles));
    const options = {
      texts,
      tokenizer: encoder.tokenizer,
      rule: encoder.descriptor,
      batchSize: 3,
      now,
      openTower: towerOf(encoder, "text"),
    };
    const first = await encodeTexts({ ...options, store: await storeOf(encoder, "text") });
    expect(first).toMatchObject({ done: 7, cached: 0, total: 7, rejected: [], use: { batches: 3, rows: 7 } });
    expect(env.counters).toMatchObject({ batchesRun: 3, sessionsMade: 1 });
    const second = await encodeTexts({ ...options, store: await storeOf(encoder, "text") });
    expect(second).toEqual({ done: 0, cached: 7, total: 7, rejected: [], use: undefined });
    expect(env.counters).toMatchObject({ batchesRun: 3, sessionsMade: 1 });
  });

  test.each([
    ["with a mask", jointFiles],
    ["without a mask, padded to the full length", bagFiles],
  ])("have the same vectors in batches of 1, 3 and 64 %s", async (_, files) => {
    const encoder = await readEncoder(env, await writeEncoder(parent, files));
    const reference = await encodeAllTexts(encoder, env, 1);
    for (const batchSize of [3, 64]) {
      const vectors = await encodeAllTexts(encoder, freshEnv(`cache-${batchSize}`), batchSize);
      expect(leastCosine(vectors, reference, fixtureDim)).toBeGreaterThanOrEqual(0.999999);
    }
  });

  test("go into graphs that want int32, positions and types", async () => {
    const ports = ["input_ids", "attention_mask", "token_type_ids", "position_ids"].map((name) => ({
      name,
      type: "int32" as const,
      dims: ["batch", "sequence"],
    }));
    const nodes = [
      { op: "Gather", inputs: ["idWeights", "input_ids"], outputs: ["words"] },
      { op: "Gather", inputs: ["idWeights", "position_ids"], outputs: ["places"] },
      { op: "Gather", inputs: ["idWeights", "token_type_ids"], outputs: ["types"] },
      { op: "Sum", inputs: ["words", "places", "types"], outputs: ["all"] },
      { op: "ReduceMean", inputs: ["all"], outputs: ["text_embeds"], ints: { axes: [1], keepdims: 0 } },
    ];
    const encoder = await readEncoder(
      env,
      await writeEncoder(parent, { "onnx/text_model.onnx": onnxBytes({ ...textGraph, inputs: ports, nodes }) }),
    );
    const vectors = await encodeAllTexts(encoder, env, 1);
    const weights = textGraph.weights!.idWeights!.values as Float32Array;
    // "b" is start, b, end: ids 1, 4, 2, at places 0, 1, 2, all of type 0.
    const expected = Float32Array.from({ length: fixtureDim }, (_, j) =>
      [1, 4, 2, 0, 1, 2, 0, 0, 0].reduce((sum, id) => sum + weights[id * fixtureDim + j]!, 0),
    );
    expect(leastCosine(vectors.subarray(3 * fixtureDim, 4 * fixtureDim), expected, fixtureDim)).toBeGreaterThan(0.99999);
  });

  test("that were done when the run is cancelled are kept", async () => {
    const encoder = await readEncoder(env, await writeEncoder(parent, jointFiles));
    const store = await storeOf(encoder, "text");
    const controller = new AbortController();
    const run = encodeTexts({
      texts,
      tokenizer: encoder.tokenizer,
      rule: encoder.descriptor,
      now,
      store,
      batchSize: 2,
      openTower: towerOf(encoder, "text"),
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await expect(run).rejects.toThrow(/abort/i);
    expect((await storeOf(encoder, "text")).size()).toBe(2);
  });
});

describe("a provider that is not there", () => {
  test("is replaced by the CPU with a sentence", async () => {
    const encoder = await readEncoder(env, await writeEncoder(parent));
    const tower = await openTower(env, encoder, "image", { provider: "cuda" });
    expect(tower.provider).toBe("cpu");
    expect(tower.notice).toMatch(/cuda cannot be used .*: encoding runs on the CPU/);
    await tower.release();
  });

  test("a graph with an operator that nobody has is told in a sentence", async () => {
    const nodes = [{ op: "Abracadabra", inputs: ["pixel_values"], outputs: ["image_embeds"] }];
    const encoder = await readEncoder(env, await writeEncoder(parent, { "onnx/vision_model.onnx": onnxBytes({ ...pictureGraph, nodes }) }));
    await expect(openTower(env, encoder, "image", { provider: "cpu" })).rejects.toThrow(/vision_model\.onnx cannot be loaded/);
  });
});

describe.skipIf(assetsFolder() === undefined)("the trained stand-in encoder (needs shared/assets beside the checkout)", () => {
  test("gives a text the same vector whatever its padding and its batch", async () => {
    const encoder = await readEncoder(env, join(assetsFolder()!, "mini-dual-encoder"));
    const { descriptor } = encoder;
    const reference = await encodeAllTexts(encoder, env, 1);
    const padded = { ...encoder, descriptor: { ...descriptor, padding: "max_length" as const } };
    expect(leastCosine(await encodeAllTexts(padded, freshEnv("padded"), 3), reference, descriptor.dim)).toBeGreaterThanOrEqual(0.999999);
  });

  test("gives a picture the same vector in batches of 1, 7 and 16", async () => {
    const encoder = await readEncoder(env, join(assetsFolder()!, "mini-dual-encoder"));
    const size = 3 * 224 * 224;
    const random = createRandom(5);
    const pixels = Float32Array.from({ length: 16 * size }, () => random() * 4 - 2);
    const tower = await openTower(env, encoder, "image", { provider: "cpu" });
    const reference = await tower.embedPixels(pixels, 16);
    for (const count of [1, 7]) {
      const some = await tower.embedPixels(pixels.subarray(0, count * size), count);
      expect(leastCosine(some, reference.subarray(0, some.length), encoder.descriptor.dim)).toBeGreaterThanOrEqual(0.999999);
    }
    await tower.release();
  });
});
