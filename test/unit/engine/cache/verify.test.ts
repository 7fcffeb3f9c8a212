import { appendFile, mkdir, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { listCache } from "../../../../src/engine/cache/inventory.ts";
import { verifyCache } from "../../../../src/engine/cache/verify.ts";
import type { Env } from "../../../../src/engine/env.ts";
import { findGeneration } from "../../../../src/engine/store/generations.ts";
import { npyBytes } from "../../../../src/engine/store/npy.ts";
import { openStatIndex } from "../../../../src/engine/store/statIndex.ts";
import type { EncoderId } from "../../../../src/core/encoder.ts";
import { openVectors } from "../../../../src/engine/store/vectors.ts";
import { createWorkplace } from "../store/workplace.ts";
import { dim, fillCache, keyOf, keysOf, recordOf, storeVectors, writeModel } from "./cacheFixture.ts";

const encoder = "tiny@0123456789ab/cafe/4/fp32" as EncoderId;
const verify = (env: Env, repair = false) =>
  verifyCache(env, { repair }, { signal: new AbortController().signal, onProgress: () => undefined });
const faults = async (env: Env): Promise<string[]> => (await verify(env)).damaged.map(({ kind, what }) => `${kind}: ${what}`);
const fileOf = async (env: Env, kind: string, at = 0): Promise<string> =>
  (await listCache(env)).find((piece) => piece.kind === kind)!.paths[at]!;

/** Changes one byte of a file, counted from its end where `at` is negative. */
async function flip(path: string, at: number): Promise<void> {
  const bytes = await readFile(path);
  const place = at < 0 ? bytes.length + at : at;
  bytes[place] = bytes[place]! ^ 0xff;
  await writeFile(path, bytes);
}

describe("a whole cache", () => {
  it("is read to the last byte, and nothing is wrong with it", async () => {
    const { env, root } = await createWorkplace();
    await fillCache(env, root);
    await storeVectors(env, "luma@1", 0, 3);
    const index = await openStatIndex(env, root);
    index.remember("a.jpg", { sizeBytes: 1, mtimeMs: 0, inode: 1 }, keyOf(1), env.now());
    await index.save();
    const told: { done: number; total: number }[] = [];
    const watch = {
      signal: new AbortController().signal,
      onProgress: (progress: { done: number; total: number }) => void told.push(progress),
    };
    const { pieces, sizeBytes, damaged } = await verifyCache(env, { repair: true }, watch);
    expect(damaged).toEqual([]);
    expect(pieces).toBe(5);
    expect(told.at(-1)).toEqual({ done: sizeBytes, total: sizeBytes });
  });
});

describe("damage", () => {
  const cases: readonly (readonly [string, (env: Env) => Promise<void>, string])[] = [
    ["a shard that is cut off", async (env) => truncate(await fileOf(env, "vectors"), 200), "vectors: it is cut off: 200 of 288 bytes"],
    ["a shard that is no array", async (env) => writeFile(await fileOf(env, "vectors"), "nonsense"), "vectors: it is no .npy file"],
    [
      "more vectors than keys",
      async (env) => writeFile(await fileOf(env, "vectors", 1), npyBytes("|u1", [5, 32], new Uint8Array(160))),
      "vectors: it has 20 rows, but there are keys for 5",
    ],
    ["keys that are gone", async (env) => rm(await fileOf(env, "vectors", 1)), "vectors: it can't be read (ENOENT"],
    [
      "vectors that are not finite, or not of length 1",
      async (env) =>
        writeFile(
          await fileOf(env, "vectors"),
          npyBytes("<f2", [20, dim], Uint16Array.from([0x7e00, 0, 0, 0, 0x4000, 0, 0, 0, ...rest(18)])),
        ),
      "vectors: 1 of its 20 rows are not numbers; vectors: 1 of its 20 rows are not of length 1",
    ],
    [
      "a small picture with a changed byte",
      async (env) => flip(await fileOf(env, "thumbnails", 1), 10),
      "thumbnails: 1 of its 1 small pictures are damaged",
    ],
    [
      "a record of a small picture with a changed byte",
      async (env) => flip(await fileOf(env, "thumbnails"), 3),
      "thumbnails: 1 of its 1 small pictures are damaged",
    ],
    ["facts that are cut off", async (env) => truncate(await fileOf(env, "facts"), 100), "facts: it is cut off, or not ours"],
    ["a table with a changed header", async (env) => flip(await tableOf(env), 4), "tables: it can't be read ("],
    ["a table without its end", async (env) => truncate(await tableOf(env), 3000), "tables: it can't be read ("],
    [
      "a torn index",
      async (env) => writeFile(join(await fileOf(env, "tables"), "hashes.index"), '{"winnow":"stamps"}\n'),
      "tables: its checksum differs",
    ],
    [
      "half a line of JSON",
      async (env) => appendFile(join(await fileOf(env, "tables"), "discovered.jsonl"), '{"a":'),
      "tables: it can't be read (",
    ],
  ];
  it.each(cases)("is told: %s", async (_, damage, what) => {
    const { env, root } = await createWorkplace();
    await fillCache(env, root);
    await damage(env);
    const found = await faults(env);
    expect(found.join("; ")).toContain(what);
    expect(found).toHaveLength(what.split("; ").length);
  });

  it("of a model is told by the hub's checksums, and what a person brought is not judged", async () => {
    const { env } = await createWorkplace();
    const files = { "config.json": "{}", "model.onnx": "weights" };
    const folder = await writeModel(env, "owner/tiny", { ...files, "winnow-download.json": recordOf(files) });
    await writeModel(env, "mine", files);
    expect(await faults(env)).toEqual([]);
    await writeFile(join(folder, "model.onnx"), "weighty");
    await writeFile(join(folder, "config.json"), "{} ");
    expect(await faults(env)).toEqual(["models: it has 3 of 2 bytes", "models: its checksum differs from what the hub told"]);
  });

  it("is not what a kill leaves behind: keys before their vectors", async () => {
    const { env } = await createWorkplace();
    await storeVectors(env, encoder, 0, 10);
    await writeFile(
      await fileOf(env, "vectors", 1),
      npyBytes("|u1", [12, 32], Buffer.concat([...keysOf(0, 12).map((key) => Buffer.from(key, "hex"))])),
    );
    expect(await faults(env)).toEqual([]);
  });
});

describe("a repair", () => {
  it("moves what is damaged aside and nothing else, and it is made again", async () => {
    const { env, root } = await createWorkplace();
    await fillCache(env, root);
    await storeVectors(env, encoder, 20, 30);
    const damagedShard = await fileOf(env, "vectors");
    await truncate(damagedShard, 200);
    await truncate(await tableOf(env), 3000);
    const before = await verify(env);
    expect(before.damaged.map(({ movedTo }) => movedTo)).toEqual([null, null]);
    expect(await stat(damagedShard)).toBeDefined();
    const { damaged } = await verify(env, true);
    expect(damaged).toHaveLength(2);
    expect(await readdir(damaged[0]!.movedTo!)).toHaveLength(3); // two files of the shard, a generation's folder
    expect(await faults(env)).toEqual([]);
    expect(await findGeneration(env, root)).toBeUndefined();
    const store = await openVectors(env, encoder, "image", dim);
    expect(store.size()).toBe(10);
    await storeVectors(env, encoder, 0, 20);
    await store.refresh();
    expect(store.size()).toBe(30);
    expect((await listCache(env)).filter(({ kind }) => kind === "damaged")).toHaveLength(1);
  });

  it("leaves a damaged cache as it is where a stop comes first", async () => {
    const { env, root } = await createWorkplace();
    await fillCache(env, root);
    await mkdir(join(env.cacheFolder, "vectors"), { recursive: true });
    await truncate(await fileOf(env, "vectors"), 200);
    const stop = AbortSignal.abort(new Error("stopped"));
    await expect(verifyCache(env, { repair: true }, { signal: stop, onProgress: () => undefined })).rejects.toThrow("stopped");
    expect(await faults(env)).toHaveLength(1);
  });
});

async function tableOf(env: Env): Promise<string> {
  const folder = await fileOf(env, "tables");
  const generation = (await readdir(folder)).find((name) => name.startsWith("g"))!;
  return join(folder, generation, "samples.parquet");
}

/** Rows (1, 0, 0, 0) in float16. */
function rest(rows: number): number[] {
  return Array.from({ length: rows * dim }, (_, at) => (at % dim === 0 ? 0x3c00 : 0));
}
