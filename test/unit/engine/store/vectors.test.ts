import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { EncoderId } from "../../../../src/core/encoder.ts";
import type { ContentHash } from "../../../../src/core/sample.ts";
import { createCounters } from "../../../../src/engine/env.ts";
import type { Env } from "../../../../src/engine/env.ts";
import { openVectors } from "../../../../src/engine/store/vectors.ts";

const encoder = "tiny@0123456789ab/cafe/4/fp32" as EncoderId;
const dim = 4;
let cacheFolder: string;
let lines: string[];
let nowMs: number;

beforeEach(async () => {
  cacheFolder = await mkdtemp(join(tmpdir(), "winnow-vectors-"));
  lines = [];
  nowMs = Date.now();
});
afterEach(() => rm(cacheFolder, { recursive: true, force: true }));

const env = (): Env => ({
  cacheFolder,
  dataFolder: cacheFolder,
  now: () => nowMs,
  log: (_, text) => lines.push(text),
  counters: createCounters(),
});
const open = () => openVectors(env(), encoder, "image", dim);
const key = (i: number) => createHash("sha256").update(`${i}`).digest("hex") as ContentHash;
const keys = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => key(from + i));
/** Row i is (i, 1, −i, 0.5): exact in float16 up to 2,048. */
const rows = (from: number, to: number) =>
  Float32Array.from({ length: (to - from) * dim }, (_, i) => rowValue(from + Math.floor(i / dim), i % dim));
const rowValue = (i: number, column: number) => [i % 2048, 1, -(i % 2048), 0.5][column]!;
const folder = () => join(cacheFolder, "vectors", "tiny@0123456789ab_cafe_4_fp32", "image");
const shardFiles = async () => (await readdir(folder())).filter((file) => file.startsWith("shard-") && !file.endsWith(".keys.npy"));

test("vectors come back after the store is opened again", async () => {
  const store = await open();
  await store.append(keys(0, 5000), rows(0, 5000));
  expect(await store.read([key(4999), key(0), key(2048)])).toEqual(
    Float32Array.of(...rows(4999, 5000), ...rows(0, 1), ...rows(2048, 2049)),
  );
  await store.flush();
  const again = await open();
  expect(again.size()).toBe(5000);
  expect(again.has(key(5000))).toBe(false);
  expect(await again.read(keys(0, 5000))).toEqual(rows(0, 5000));
  expect(await shardFiles()).toHaveLength(3);
});

test("a key that is stored already is passed over", async () => {
  const store = await open();
  await store.append([key(1), key(1)], rows(1, 3));
  await store.append([key(1)], rows(7, 8));
  expect(store.size()).toBe(1);
  expect(await store.read([key(1)])).toEqual(rows(1, 2));
});

test("a missing key is named", async () => {
  const store = await open();
  await expect(store.read([key(3)])).rejects.toThrow(key(3));
});

test("rows are on the disk five seconds later without a flush, in one shard that grows", async () => {
  const store = await open();
  for (let i = 0; i < 4; i++) {
    await store.append(keys(i * 10, i * 10 + 10), rows(i * 10, i * 10 + 10));
    nowMs += 5_000;
  }
  await store.append([], new Float32Array(0));
  await store.flush();
  expect(await shardFiles()).toHaveLength(1);
  expect((await open()).size()).toBe(40);
});

test("a truncated shard is left out with a line in the log, and its rows can be appended again", async () => {
  const store = await open();
  await store.append(keys(0, 2048), rows(0, 2048));
  nowMs += 1;
  await store.append(keys(2048, 2100), rows(2048, 2100));
  await store.flush();
  const [first] = (await shardFiles()).sort();
  await truncate(join(folder(), first!), 4000);
  const again = await open();
  expect(again.size()).toBe(52);
  expect(lines.join()).toMatch(/cut off/);
  await again.append(keys(0, 2048), rows(0, 2048));
  await again.flush();
  expect(await (await open()).read(keys(0, 2100))).toEqual(rows(0, 2100));
});

test("a kill between the keys and the vectors of a growing shard loses only the new rows", async () => {
  const store = await open();
  await store.append(keys(0, 10), rows(0, 10));
  await store.flush();
  const file = join(folder(), (await shardFiles())[0]!);
  const before = await readFile(file);
  await store.append(keys(10, 30), rows(10, 30));
  await store.flush();
  await writeFile(file, before);
  const again = await open();
  expect(again.size()).toBe(10);
  expect(await again.read(keys(0, 10))).toEqual(rows(0, 10));
});

test("keys without vectors, garbage and rows of another width are left out", async () => {
  const store = await open();
  await store.append(keys(0, 10), rows(0, 10));
  await store.flush();
  const [file] = await shardFiles();
  await writeFile(join(folder(), "shard-garbage.npy"), "nothing of the kind");
  await writeFile(join(folder(), "shard-alone.keys.npy"), await readFile(join(folder(), file!.replace(".npy", ".keys.npy"))));
  expect((await open()).size()).toBe(10);
  expect((await openVectors(env(), encoder, "image", 5)).size()).toBe(0);
});

test("two writers at once keep both their rows, and refresh brings the other's", async () => {
  const [one, two] = [await open(), await open()];
  await Promise.all([one.append(keys(0, 3000), rows(0, 3000)), two.append(keys(2000, 6000), rows(2000, 6000))]);
  await Promise.all([one.flush(), two.flush()]);
  await one.refresh();
  expect(one.size()).toBe(6000);
  expect(await one.read(keys(0, 6000))).toEqual(rows(0, 6000));
  await two.append(keys(6000, 6010), rows(6000, 6010));
  await two.flush();
  await one.refresh();
  expect(await one.read(keys(5990, 6010))).toEqual(rows(5990, 6010));
});

test("a matrix has the rows in the order that is asked for, from memory and from a packed file", async () => {
  const store = await open();
  await store.append(keys(0, 5000), rows(0, 5000));
  const order = Array.from({ length: 6000 }, (_, i) => (i * 7) % 5000);
  const expected = Float32Array.from(order.flatMap((i) => [0, 1, 2, 3].map((column) => rowValue(i, column))));
  for (const memoryBytes of [2 ** 30, 1]) {
    const matrix = await store.matrixOf(order.map(key), { memoryBytes });
    expect([matrix.rows, matrix.dim]).toEqual([6000, dim]);
    expect(await matrix.read(0, 6000)).toEqual(expected);
    expect(await matrix.read(10, 12)).toEqual(expected.subarray(40, 48));
    await matrix.dispose();
  }
  await store.flush();
  expect((await readdir(folder())).filter((file) => file.startsWith("packed"))).toEqual([]);
});

test("a folder that a newer Winnow wrote is neither read nor written", async () => {
  const store = await open();
  await store.append(keys(0, 1), rows(0, 1));
  await store.flush();
  await writeFile(join(folder(), "vectors.json"), '{"schema": 2}');
  const again = await open();
  await again.append(keys(1, 2), rows(1, 2));
  await again.flush();
  expect(again.size()).toBe(1);
  expect(await shardFiles()).toHaveLength(1);
  expect(lines.join()).toMatch(/newer Winnow/);
});

test("a folder that can't be written is told at the flush", async () => {
  const store = await open();
  await writeFile(join(cacheFolder, "vectors"), "a file where the folder belongs");
  await store.append(keys(0, 1), rows(0, 1));
  await expect(store.flush()).rejects.toThrow(/Cannot write vectors to/);
});
