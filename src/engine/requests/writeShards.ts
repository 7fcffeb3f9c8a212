import { appendFile, mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { dealShards, nameShard } from "../../core/tune/jobs/shardPlan.ts";
import type { Env } from "../env.ts";
import { writeAtomically } from "../store/files.ts";
import { newTarHeader, paddedSize, tarBlockBytes } from "../store/tarHeader.ts";
import type { TunePair } from "./tunePairs.ts";
import { eachPicture, type WriteWatch } from "./writeTuneData.ts";

/** Some pairs that go into shards of a name; each of `readers` gets as many shards. */
export interface ShardPart {
  readonly name: string;
  readonly pairs: readonly TunePair[];
  readonly readers: number;
}

/** What a shard gathers before it is written: hundreds of shards grow at once, and so many files can't be open everywhere. */
const gatheredBytes = 1 << 20;

/**
 * Writes WebDataset shards with `sizes.json` into a folder: a picture, its bytes as they are, with one caption is a sample, and its pairs are dealt out by the seed over all shards of their part. The
 * folder is there once all of it is.
 */
export async function writeShards(
  env: Env,
  folder: string,
  { parts, seed }: { readonly parts: readonly ShardPart[]; readonly seed: number },
  watch: WriteWatch,
): Promise<void> {
  const made = `${folder}.tmp`;
  await mkdir(made);
  const sizes: Record<string, number> = {};
  const total = parts.reduce((sum, { pairs }) => sum + pairs.length, 0);
  let before = 0;
  for (const part of parts) {
    const start = before;
    const onProgress = (done: number): void => watch.onProgress(start + done, total);
    Object.assign(sizes, await writePart(env, made, { ...part, seed }, { ...watch, onProgress }));
    before += part.pairs.length;
  }
  await writeAtomically(join(made, "sizes.json"), `${JSON.stringify(sizes, undefined, 2)}\n`);
  await rename(made, folder);
}

interface Shard {
  readonly path: string;
  waiting: Buffer[];
  waitingBytes: number;
  samples: number;
}

async function writePart(
  env: Env,
  folder: string,
  { name, pairs, readers, seed }: ShardPart & { readonly seed: number },
  watch: WriteWatch,
): Promise<Readonly<Record<string, number>>> {
  const dealt = dealShards({ pairs: pairs.reduce((sum, { captions }) => sum + captions.length, 0), readers, seed });
  const shards = new Map<string, Shard>();
  let at = 0;
  const locators = pairs.map(({ locator }) => locator);
  for await (const { place, bytes, ending } of eachPicture(env, locators, watch))
    for (const caption of pairs[place]!.captions) {
      const key = nameShard(name, dealt[at]!);
      const shard = shards.get(key) ?? { path: join(folder, key), waiting: [], waitingBytes: 0, samples: 0 };
      shards.set(key, shard);
      const sample = String(at).padStart(9, "0");
      add(shard, `${sample}.${ending}`, bytes);
      add(shard, `${sample}.txt`, Buffer.from(caption));
      shard.samples += 1;
      if (shard.waitingBytes >= gatheredBytes) await flush(shard);
      at += 1;
    }
  for (const shard of shards.values()) {
    // Two blocks of zeros are an archive's end.
    shard.waiting.push(Buffer.alloc(2 * tarBlockBytes));
    await flush(shard);
  }
  return Object.fromEntries([...shards].map(([key, { samples }]) => [key, samples]));
}

function add(shard: Shard, name: string, bytes: Buffer): void {
  shard.waiting.push(newTarHeader(name, bytes.length), bytes, Buffer.alloc(paddedSize(bytes.length) - bytes.length));
  shard.waitingBytes += bytes.length;
}

async function flush(shard: Shard): Promise<void> {
  await appendFile(shard.path, Buffer.concat(shard.waiting));
  [shard.waiting, shard.waitingBytes] = [[], 0];
}
