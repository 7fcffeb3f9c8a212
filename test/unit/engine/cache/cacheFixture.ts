import { utimes, writeFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { EncoderId } from "../../../../src/core/encoder.ts";
import type { ContentHash } from "../../../../src/core/sample.ts";
import type { Env } from "../../../../src/engine/env.ts";
import { listCache } from "../../../../src/engine/cache/inventory.ts";
import { openFacts } from "../../../../src/engine/store/facts.ts";
import { sha256 } from "../../../../src/engine/store/files.ts";
import { writeTable } from "../../../../src/engine/store/tables.ts";
import { createGeneration, switchGeneration } from "../../../../src/engine/store/generations.ts";
import { openThumbnails } from "../../../../src/engine/store/thumbnails.ts";
import { openVectors } from "../../../../src/engine/store/vectors.ts";

/** The dimension of made vectors. */
export const dim = 4;

/** The key of the thing with a number. */
export const keyOf = (number: number): ContentHash => sha256(`${number}`) as ContentHash;

/** The keys of things from one number to another. */
export const keysOf = (from: number, to: number): ContentHash[] => Array.from({ length: to - from }, (_, at) => keyOf(from + at));

/** Stores unit vectors for things `from` to `to` in shards of their own. */
export async function storeVectors(env: Env, encoder: string, from: number, to: number): Promise<void> {
  const store = await openVectors(env, encoder as EncoderId, "image", dim);
  await store.append(
    keysOf(from, to),
    Float32Array.from({ length: (to - from) * dim }, (_, at) => (at % dim === 0 ? 1 : 0)),
  );
  await store.flush();
}

/** Lets everything of a name in the cache look as if it was last used so long ago. */
export async function age(env: Env, name: string, days: number): Promise<void> {
  const at = (env.now() - days * 86_400_000) / 1000;
  for (const piece of await listCache(env)) if (piece.name === name) for (const path of piece.paths) await utimes(path, at, at);
}

/** Makes a cache with one piece of each kind that is checked: vectors, small pictures, facts, a dataset's table. */
export async function fillCache(env: Env, root: string): Promise<void> {
  await storeVectors(env, "tiny@0123456789ab/cafe/4/fp32", 0, 20);
  await (await openThumbnails(env, 96)).put([{ hash: keyOf(1), bytes: Buffer.alloc(500, "picture") }]);
  const facts = await openFacts(env);
  facts.put({ kind: "failed", contentHash: keyOf(2), problem: { code: "brokenImage", message: "is torn" } });
  await facts.flush();
  const generation = await createGeneration(env, root);
  await writeTable(join(generation.folder, "samples.parquet"), [
    { name: "sample", type: "text", values: Array.from({ length: 3000 }, (_, row) => sha256(`${row}`)) },
  ]);
  await writeFile(join(generation.folder, "summary.json"), `${JSON.stringify({ root }, undefined, 2)}\n`);
  await switchGeneration(env, root, generation);
}

/** Puts a model into the cache. */
export async function writeModel(env: Env, id: string, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = join(env.cacheFolder, "models", id);
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

/** A record of a download of `files`, as it lies beside them. */
export function recordOf(files: Readonly<Record<string, string>>): string {
  const told = Object.entries(files).map(([path, text]) => ({
    path,
    sizeBytes: Buffer.byteLength(text),
    sha256: sha256(text),
    gitSha1: null,
  }));
  return JSON.stringify({ schema: 1, hub: "https://hub", repository: "owner/tiny", revision: "0".repeat(40), dtype: "fp32", files: told });
}
