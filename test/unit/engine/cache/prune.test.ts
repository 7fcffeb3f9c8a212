import { mkdir, readdir, rm, stat, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { lock } from "proper-lockfile";
import { describe, expect, it, vi } from "vitest";
import type { EncoderId } from "../../../../src/core/encoder.ts";
import { listCache } from "../../../../src/engine/cache/inventory.ts";
import { enforceLimit } from "../../../../src/engine/cache/limit.ts";
import { pruneCache } from "../../../../src/engine/cache/prune.ts";
import type { Env } from "../../../../src/engine/env.ts";
import { readCache } from "../../../../src/engine/requests/cache.ts";
import { findGeneration } from "../../../../src/engine/store/generations.ts";
import { openHold } from "../../../../src/engine/store/holds.ts";
import { datasetCacheFolder } from "../../../../src/engine/store/statIndex.ts";
import { openVectors, VectorsGoneError, vectorsFolder } from "../../../../src/engine/store/vectors.ts";
import type { PruneCacheRequest } from "../../../../src/protocol/cache.ts";
import { createWorkplace } from "../store/workplace.ts";
import { age, dim, fillCache, keyOf, keysOf, recordOf, storeVectors, writeModel } from "./cacheFixture.ts";

const encoder = "tiny@0123456789ab/cafe/4/fp32" as EncoderId;
const prune = (env: Env, request: PruneCacheRequest) =>
  pruneCache(env, request, { signal: new AbortController().signal, onProgress: () => undefined });
const names = async (env: Env): Promise<string[]> => [...new Set((await listCache(env)).map(({ kind, name }) => `${kind} ${name}`))];

describe("the cache at a glance", () => {
  it("tells size, number and last use by kind and name", async () => {
    const { env, root } = await createWorkplace();
    await fillCache(env, root);
    await storeVectors(env, "luma@1", 0, 3);
    await age(env, "luma@1", 3);
    const { entries, sizeBytes } = await readCache(env);
    expect(entries.map(({ kind, name, part, count }) => [kind, name, part, count])).toEqual([
      ["vectors", encoder, "image", 20],
      ["greys", "luma@1", "image", 3],
      ["thumbnails", "96 pixels", null, 1],
      ["facts", expect.any(String), null, 1],
      ["tables", root, null, 1],
    ]);
    expect(sizeBytes).toBe(entries.reduce((sum, entry) => sum + entry.sizeBytes, 0));
    expect(entries[0]!.sizeBytes).toBe(128 + 20 * dim * 2 + 128 + 20 * 32);
    expect(Math.round((env.now() - entries[1]!.usedMs) / 86_400_000)).toBe(3);
  });

  it("is empty where there is none", async () => {
    const { env } = await createWorkplace();
    expect(await readCache(env)).toEqual({ folder: env.cacheFolder, entries: [], sizeBytes: 0, limitBytes: null });
  });
});

describe("pruning", () => {
  it("evicts the longest unused shard first, and reading one makes it the latest used", async () => {
    const { env } = await createWorkplace();
    await storeVectors(env, encoder, 0, 10);
    await storeVectors(env, encoder, 10, 20);
    await age(env, encoder, 5);
    await (await openVectors(env, encoder, "image", dim)).read([keyOf(3)]);
    const { sizeBytes } = await readCache(env);
    const { freedBytes, leftBytes } = await prune(env, { limitBytes: sizeBytes - 1 });
    expect(freedBytes + leftBytes).toBe(sizeBytes);
    const store = await openVectors(env, encoder, "image", dim);
    expect(keysOf(0, 20).map((key) => store.has(key))).toEqual([...Array<boolean>(10).fill(true), ...Array<boolean>(10).fill(false)]);
  });

  it("tells in a dry run what would go, and leaves it", async () => {
    const { env, root } = await createWorkplace();
    await fillCache(env, root);
    const before = await names(env);
    const planned = await prune(env, { limitBytes: 0, dryRun: true });
    expect(planned.evicted).toHaveLength(4);
    expect(await names(env)).toEqual(before);
    const done = await prune(env, { limitBytes: 0 });
    expect(done).toEqual(planned);
    expect(await names(env)).toEqual([]);
    expect(await findGeneration(env, root)).toBeUndefined();
  });

  it("evicts what was not used for so long", async () => {
    const { env, root } = await createWorkplace();
    await fillCache(env, root);
    await age(env, root, 100);
    const { evicted } = await prune(env, { unusedMs: 90 * 86_400_000 });
    expect(evicted.map(({ kind, name }) => [kind, name])).toEqual([["tables", root]]);
  });

  it("leaves what a running process holds, and takes it when that is gone", async () => {
    const { env, root } = await createWorkplace();
    await fillCache(env, root);
    const hold = openHold(env);
    await hold.keep([vectorsFolder(env, encoder), datasetCacheFolder(env, root)]);
    const { evicted, keptBytes } = await prune(env, { limitBytes: 0 });
    expect(evicted.map(({ kind }) => kind)).toEqual(["thumbnails", "facts"]);
    expect(keptBytes).toBeGreaterThan(0);
    await hold.release();
    expect((await prune(env, { limitBytes: 0 })).evicted.map(({ kind }) => kind)).toEqual(["vectors", "tables"]);
  });

  it("takes no hold of a dead process for one, and none of another machine that is a day old", async () => {
    const { env } = await createWorkplace();
    await storeVectors(env, encoder, 0, 10);
    const folder = join(env.cacheFolder, "holds");
    await mkdir(folder);
    const write = (name: string, hold: object) => writeFile(join(folder, name), JSON.stringify(hold));
    const folders = [vectorsFolder(env, encoder)];
    await write("a.json", { pid: 2 ** 30, host: hostname(), folders });
    await write("b.json", { pid: 1, host: "elsewhere", folders });
    await writeFile(join(folder, "torn.json"), "{");
    expect((await prune(env, { limitBytes: 0 })).evicted).toEqual([]);
    expect(await readdir(folder)).toEqual(["b.json"]);
    const later = { ...env, now: () => Date.now() + 25 * 3_600_000 };
    expect((await prune(later, { limitBytes: 0 })).evicted).toHaveLength(1);
  });

  it("leaves models unless they are asked for, and always one that a person put there", async () => {
    const { env } = await createWorkplace();
    const files = { "config.json": "{}" };
    await writeModel(env, "owner/tiny", { ...files, "winnow-download.json": recordOf(files) });
    const own = await writeModel(env, "mine", files);
    expect((await prune(env, { limitBytes: 0 })).evicted).toEqual([]);
    const { evicted } = await prune(env, { limitBytes: 0, models: true });
    expect(evicted.map(({ name }) => name)).toEqual(["owner/tiny"]);
    expect(await readdir(own)).toEqual(["config.json"]);
    expect((await readCache(env)).entries).toMatchObject([{ kind: "models", name: "mine", kept: "yours" }]);
  });

  it("leaves a download under way, and takes one that was given up", async () => {
    const { env } = await createWorkplace();
    const folder = join(env.cacheFolder, "downloads", "owner--tiny");
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "part"), "half a model");
    const release = await lock(folder, { realpath: false });
    expect((await prune(env, { limitBytes: 0 })).evicted).toEqual([]);
    await release();
    expect((await prune(env, { limitBytes: 0 })).evicted).toMatchObject([{ kind: "downloads", name: "owner--tiny", sizeBytes: 12 }]);
  });

  it("leaves what this version doesn't know", async () => {
    const { env } = await createWorkplace();
    await mkdir(join(env.cacheFolder, "future"), { recursive: true });
    await writeFile(join(env.cacheFolder, "future", "thing"), "?");
    expect((await prune(env, { limitBytes: 0, unusedMs: 0, models: true })).evicted).toEqual([]);
  });

  it("clears away what a killed pruning left, keys without their vectors included", async () => {
    const { env } = await createWorkplace();
    await storeVectors(env, encoder, 0, 10);
    const folder = join(vectorsFolder(env, encoder), "image");
    const vectors = (await readdir(folder)).find((name) => /^shard-[\w-]+\.npy$/.test(name))!;
    await rm(join(folder, vectors)); // renamed away; the keys were to follow
    await mkdir(join(env.cacheFolder, "evicted", "0123"), { recursive: true });
    await writeFile(join(env.cacheFolder, "evicted", "0123", "rest"), "rest");
    expect((await openVectors(env, encoder, "image", dim)).size()).toBe(0);
    await prune(env, { limitBytes: 0 });
    expect((await readdir(folder)).filter((name) => name.startsWith("shard-"))).toEqual([]);
    expect(await readdir(join(env.cacheFolder, "evicted"))).toEqual([]);
  });

  it("stops between two pieces", async () => {
    const { env } = await createWorkplace();
    for (let at = 0; at < 4; at += 1) await storeVectors(env, encoder, at * 10, at * 10 + 10);
    const stop = new AbortController();
    const onProgress = vi.fn(() => stop.abort(new Error("stopped")));
    await expect(pruneCache(env, { limitBytes: 0 }, { signal: stop.signal, onProgress })).rejects.toThrow("stopped");
    expect(await listCache(env)).toHaveLength(3);
  });
});

describe("a store whose vectors are evicted meanwhile", () => {
  it("says so, forgets them, keeps what it has not saved yet, and takes them anew", async () => {
    const { env } = await createWorkplace();
    await storeVectors(env, encoder, 0, 10);
    const store = await openVectors(env, encoder, "image", dim);
    const unit = Float32Array.of(0, 1, 0, 0);
    await store.append([keyOf(50)], unit);
    await prune(env, { limitBytes: 0 });
    await expect(store.matrixOf(keysOf(0, 10))).rejects.toThrow(VectorsGoneError);
    expect(store.has(keyOf(3))).toBe(false);
    expect(await store.read([keyOf(50)])).toEqual(unit);
    await store.append([keyOf(3)], unit);
    await store.flush();
    const again = await openVectors(env, encoder, "image", dim);
    expect(again.size()).toBe(2);
    expect(await again.read([keyOf(3), keyOf(50)])).toEqual(Float32Array.of(...unit, ...unit));
  });

  it("goes on with those that are still there", async () => {
    const { env } = await createWorkplace();
    await storeVectors(env, encoder, 0, 10);
    await age(env, encoder, 1);
    await storeVectors(env, encoder, 10, 20);
    const store = await openVectors(env, encoder, "image", dim);
    const { sizeBytes } = await readCache(env);
    await prune(env, { limitBytes: sizeBytes - 1 });
    await expect(store.read(keysOf(0, 20))).rejects.toThrow("were evicted from the cache meanwhile");
    expect(keysOf(0, 20).filter((key) => store.has(key))).toEqual(keysOf(10, 20));
    expect(await store.read([keyOf(15)])).toEqual(Float32Array.of(1, 0, 0, 0));
  });
});

describe("the limit", () => {
  const signal = new AbortController().signal;

  it("does nothing where there is none, and tells nothing where the cache is below it", async () => {
    const { env, root } = await createWorkplace();
    await fillCache(env, root);
    const before = await names(env);
    expect(await enforceLimit(env, signal)).toEqual([]);
    expect(await enforceLimit({ ...env, cacheLimitBytes: 1e9 }, signal)).toEqual([]);
    expect(await names(env)).toEqual(before);
  });

  it("says in a sentence what went", async () => {
    const { env } = await createWorkplace();
    await storeVectors(env, encoder, 0, 10);
    expect(await enforceLimit({ ...env, cacheLimitBytes: 100 }, signal)).toEqual([
      `The cache was above its limit of 100 bytes: 656 bytes that were not used the longest are evicted (vectors of ${encoder} image)`,
    ]);
  });

  it("says when what is in use alone is above it", async () => {
    const { env } = await createWorkplace();
    await storeVectors(env, encoder, 0, 10);
    const hold = openHold(env);
    await hold.keep([vectorsFolder(env, encoder)]);
    expect(await enforceLimit({ ...env, cacheLimitBytes: 100 }, signal)).toEqual([
      "The cache holds 656 bytes and stays above its limit of 100 bytes, for the rest is in use: raise the limit, or prune the cache when nothing runs",
    ]);
    await hold.release();
  });
});

describe("a use of something in the cache", () => {
  it("is written down once in ten minutes", async () => {
    const { env } = await createWorkplace();
    await storeVectors(env, encoder, 0, 10);
    const [path] = (await listCache(env))[0]!.paths;
    const read = async () => (await openVectors(env, encoder, "image", dim)).read([keyOf(0)]);
    const before = (await stat(path!)).mtimeMs;
    await read();
    expect((await stat(path!)).mtimeMs).toBe(before);
    await age(env, encoder, 1);
    await read();
    expect(Math.abs((await stat(path!)).mtimeMs - env.now())).toBeLessThan(60_000);
  });
});
