import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ContentHash } from "../../../../src/core/sample.ts";
import type { Env } from "../../../../src/engine/env.ts";
import { createCounters } from "../../../../src/engine/env.ts";
import { datasetCacheFolder, openStatIndex } from "../../../../src/engine/store/statIndex.ts";

const root = "/data/cats & dogs";
const stamp = { sizeBytes: 7, mtimeMs: 1_700_000_000_000.25, inode: 2 ** 40 + 1 };
const readAtMs = stamp.mtimeMs + 10_000;
const hash = "ab".repeat(32) as ContentHash;
const other = "cd".repeat(32) as ContentHash;

let env: Env;
let lines: string[];
let path: string;
beforeEach(async () => {
  lines = [];
  const cacheFolder = await mkdtemp(join(tmpdir(), "winnow-stat-"));
  env = { cacheFolder, dataFolder: cacheFolder, now: () => readAtMs, log: (_, text) => lines.push(text), counters: createCounters() };
  path = join(datasetCacheFolder(env, root), "hashes.index");
});
afterEach(() => rm(env.cacheFolder, { recursive: true }));

async function saveTwo(): Promise<void> {
  const index = await openStatIndex(env, root);
  index.remember("a.jpg", stamp, hash, readAtMs);
  index.remember("\u00e9 \n/b.jpg", stamp, other, readAtMs);
  await index.save();
}

describe("stat index", () => {
  it("knows after a restart what bytes an unchanged file had", async () => {
    await saveTwo();
    const index = await openStatIndex(env, root);
    expect([index.size, index.hashOf("a.jpg", stamp), index.hashOf("\u00e9 \n/b.jpg", stamp)]).toEqual([2, hash, other]);
  });

  it("forgets a file whose size, time or inode has changed", async () => {
    await saveTwo();
    const index = await openStatIndex(env, root);
    for (const change of [{ sizeBytes: 8 }, { mtimeMs: stamp.mtimeMs + 0.25 }, { inode: 1 }]) {
      expect(index.hashOf("a.jpg", { ...stamp, ...change })).toBeUndefined();
    }
  });

  it("does not keep a file that was read within two seconds of its last change", async () => {
    const index = await openStatIndex(env, root);
    index.remember("a.jpg", stamp, hash, stamp.mtimeMs + 1_999);
    index.remember("future.jpg", { ...stamp, mtimeMs: readAtMs + 1 }, hash, readAtMs);
    expect(index.size).toBe(0);
  });

  it("lets go of keys that are not live, and writes only when something changed", async () => {
    await saveTwo();
    const before = await readFile(path);
    const index = await openStatIndex(env, root);
    await index.save();
    expect((await readFile(path)).equals(before)).toBe(true);
    await index.save((key) => key === "a.jpg");
    const again = await openStatIndex(env, root);
    expect([again.size, again.hashOf("a.jpg", stamp)]).toEqual([1, hash]);
  });

  it("counts as empty, and says so, when its file is cut, flipped or newer", async () => {
    await saveTwo();
    const whole = await readFile(path);
    const flipped = Buffer.from(whole);
    flipped[whole.length - 3] = 0x58;
    const newer = Buffer.from(whole.toString("latin1").replace('"schema":1', '"schema":2'), "latin1");
    for (const broken of [whole.subarray(0, -1), flipped, newer, Buffer.alloc(0), Buffer.from("no line end")]) {
      await writeFile(path, broken);
      expect((await openStatIndex(env, root)).size).toBe(0);
    }
    expect(lines).toHaveLength(5);
  });

  it("tells datasets of one name apart", () => {
    expect(datasetCacheFolder(env, "/a/train")).not.toBe(datasetCacheFolder(env, "/b/train"));
  });
});
