import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRandom, drawInteger } from "../../../../src/core/random.ts";
import type { ContentHash } from "../../../../src/core/sample.ts";
import type { Env } from "../../../../src/engine/env.ts";
import { sha256 } from "../../../../src/engine/store/files.ts";
import { recordBytes } from "../../../../src/engine/store/thumbnailPacks.ts";
import { openThumbnails } from "../../../../src/engine/store/thumbnails.ts";
import { envIn } from "./workplace.ts";

let folder: string;
let nowMs: number;
let packs: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "winnow-thumbnails-"));
  nowMs = 1_000_000;
  packs = join(folder, "cache/thumbnails/1/160");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const env = (): Env => ({ ...envIn(folder), now: () => nowMs });
const random = createRandom(3);
const hashOf = (name: number): ContentHash => sha256(`picture ${name}`) as ContentHash;
const bytesOf = (name: number, length = 1 + (name % 50)): Uint8Array => Uint8Array.from({ length }, (_, at) => (name * 31 + at) % 256);
const thumbnail = (name: number, length?: number) => ({ hash: hashOf(name), bytes: bytesOf(name, length) });
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, at) => from + at);
const plain = (found: readonly (Uint8Array | undefined)[]): (number[] | undefined)[] => found.map((bytes) => bytes && [...bytes]);
const expected = (names: readonly number[]): number[][] => names.map((name) => [...bytesOf(name)]);

describe("the store of small pictures", () => {
  it("gives what was put, in any order, also to who opens it later", async () => {
    const store = await openThumbnails(env(), 160);
    await store.put(range(0, 30).map((name) => thumbnail(name)));
    await store.put(range(20, 60).map((name) => thumbnail(name)));
    const names = [59, 3, 41, 0, 3];
    for (const opened of [store, await openThumbnails(env(), 160)]) {
      expect(plain(await opened.read(names.map(hashOf)))).toEqual(expected(names));
      expect(await opened.read([hashOf(99), undefined])).toEqual([undefined, undefined]);
    }
    expect((await readdir(packs)).length).toBe(2);
  });

  it("lays them one behind the other in the order in which they were put", async () => {
    const store = await openThumbnails(env(), 160);
    await store.put([7, 2, 9].map((name) => thumbnail(name)));
    const [data] = (await readdir(packs)).filter((name) => name.endsWith(".thumbs"));
    expect([...(await readFile(join(packs, data!)))]).toEqual([7, 2, 9].flatMap((name) => [...bytesOf(name)]));
  });

  it("finds what another process puts, a second later at the latest", async () => {
    const [one, other] = [await openThumbnails(env(), 160), await openThumbnails(env(), 160)];
    await one.put([thumbnail(1)]);
    await other.put([thumbnail(2)]);
    nowMs += 1000;
    expect(plain(await one.read([hashOf(1), hashOf(2)]))).toEqual(expected([1, 2]));
    expect(plain(await other.read([hashOf(1), hashOf(2)]))).toEqual(expected([1, 2]));
    await one.put([thumbnail(3)]);
    nowMs += 1000;
    expect(plain(await other.read([hashOf(3)]))).toEqual(expected([3]));
  });

  it("has every picture whole or not at all, wherever its files were cut off", async () => {
    const store = await openThumbnails(env(), 160);
    await store.put(range(0, 12).map((name) => thumbnail(name)));
    const [data, index] = (await readdir(packs)).sort((a, b) => Number(a.endsWith(".index")) - Number(b.endsWith(".index")));
    const sizes = { data: (await stat(join(packs, data!))).size, index: (await stat(join(packs, index!))).size };
    const cut = join(folder, "cut/cache/thumbnails/1/160");
    await mkdir(cut, { recursive: true });
    const cutEnv: Env = { ...env(), cacheFolder: join(folder, "cut/cache") };
    for (const file of [data!, index!]) {
      const size = file === data ? sizes.data : sizes.index;
      for (let length = 0; length <= size; length += 1) {
        await copyFile(join(packs, data!), join(cut, data!));
        await copyFile(join(packs, index!), join(cut, index!));
        await truncate(join(cut, file), length);
        const found = plain(await (await openThumbnails(cutEnv, 160)).read(range(0, 12).map(hashOf)));
        const whole =
          file === index
            ? Math.floor(length / recordBytes)
            : range(0, 12).filter((name) => expected(range(0, name + 1)).flat().length <= length).length;
        expect(found).toEqual(range(0, 12).map((name) => (name < whole ? [...bytesOf(name)] : undefined)));
      }
    }
  });

  it("gives no damaged picture, and takes it anew", async () => {
    const store = await openThumbnails(env(), 160);
    await store.put(range(0, 20).map((name) => thumbnail(name)));
    for (let round = 0; round < 200; round += 1) {
      const target = join(packs, (await readdir(packs))[round % 2]!);
      const bytes = await readFile(target);
      const at = drawInteger(random, bytes.length);
      const before = bytes[at]!;
      bytes[at] = before ^ (1 << drawInteger(random, 8));
      await writeFile(target, bytes);
      const found = plain(await (await openThumbnails(env(), 160)).read(range(0, 20).map(hashOf)));
      expect(found.filter((picture) => picture === undefined).length).toBe(1);
      for (const [name, picture] of found.entries()) if (picture !== undefined) expect(picture).toEqual([...bytesOf(name)]);
      bytes[at] = before;
      await writeFile(target, bytes);
    }
    const data = join(
      packs,
      (await readdir(packs)).find((name) => name.endsWith(".thumbs"))!,
    );
    const bytes = await readFile(data);
    bytes[0] = bytes[0]! ^ 1;
    await writeFile(data, bytes);
    expect(await store.read([hashOf(0)])).toEqual([undefined]);
    await store.put([thumbnail(0)]);
    expect(plain(await store.read([hashOf(0)]))).toEqual(expected([0]));
  });

  it("drops the oldest packs beyond its limit, and goes on for who still knows them", async () => {
    const limits = { totalBytes: 3000, packBytes: 1000 };
    const store = await openThumbnails(env(), 160, limits);
    const witness = await openThumbnails(env(), 160, limits);
    for (const name of range(0, 20)) {
      nowMs += 1000;
      await store.put([thumbnail(name, 600)]);
      await witness.read([hashOf(name)]);
    }
    const sizes = await Promise.all(
      (await readdir(packs)).filter((name) => name.endsWith(".thumbs")).map(async (name) => (await stat(join(packs, name))).size),
    );
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(limits.totalBytes);
    for (const opened of [store, witness, await openThumbnails(env(), 160, limits)]) {
      const found = await opened.read(range(0, 20).map(hashOf));
      expect(found.map((bytes) => bytes !== undefined)).toEqual(
        range(0, 20).map((name) => name >= 18 || (name >= 16 && found[name] !== undefined)),
      );
      expect(plain([found[19]])).toEqual([[...bytesOf(19, 600)]]);
    }
  });

  it("keeps sizes apart", async () => {
    await (await openThumbnails(env(), 160)).put([thumbnail(1)]);
    expect(await (await openThumbnails(env(), 96)).read([hashOf(1)])).toEqual([undefined]);
  });
});
