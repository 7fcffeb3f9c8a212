import { isThumbnailSide, thumbnailSides, type ThumbnailSide } from "../../core/pixels/thumbnailSides.ts";
import type { ThumbnailBatch, ThumbnailsRequest } from "../../protocol/gallery.ts";
import type { Env } from "../env.ts";
import { isSameStamp } from "../store/stampedMap.ts";
import type { ThumbnailStore } from "../store/thumbnails.ts";
import { openThumbnails } from "../store/thumbnails.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import type { ThumbnailMemory, WantedThumbnail } from "./makeThumbnails.ts";
import { makeThumbnails } from "./makeThumbnails.ts";
import { findPictures, readStamps } from "./pictures.ts";
import { joinThumbnails } from "./thumbnailBatch.ts";

/** Samples of one request at most. */
const mostSamples = 500;

/**
 * Small pictures of samples: from the cache where their files are as they were, else made, in the order of the request. What is made is kept in that
 * order, so that the same screenful is one read the next time. When the signal fires no further one is made, and the request rejects with its reason.
 */
export async function readThumbnails(
  env: Env,
  dataset: AnalysedDataset,
  { samples, side }: Omit<ThumbnailsRequest, "root">,
  { signal }: { readonly signal: AbortSignal },
): Promise<ThumbnailBatch> {
  if (!isThumbnailSide(side))
    throw new RangeError(`Expected ${thumbnailSides.join(", ")} for the side of small pictures but received ${side}`);
  if (samples.length > mostSamples) throw new RangeError(`Expected at most ${mostSamples} samples but received ${samples.length}`);
  const memory = memoryOf(env);
  const store = await storeOf(env, memory, side);
  const wanted = await findWanted(dataset, memory, samples);
  signal.throwIfAborted();
  const found: (Uint8Array | string | undefined)[] = await store.read(wanted.map(({ hash }) => hash));
  const missing = [...samples.keys()].filter((at) => found[at] === undefined);
  const made = makeThumbnails(
    { env, memory, store, side, signal },
    missing.map((at) => wanted[at]!),
  );
  let next = 0;
  for await (const result of made) {
    found[missing[next]!] = result;
    next += 1;
  }
  return joinThumbnails(samples, found);
}

/** What a process keeps in mind beside the cache. */
interface Memory extends ThumbnailMemory {
  readonly stores: Map<ThumbnailSide, Promise<ThumbnailStore>>;
}

const memories = new WeakMap<Env, Memory>();

function memoryOf(env: Env): Memory {
  const known = memories.get(env) ?? { stores: new Map(), failures: new Map(), changed: new Map() };
  memories.set(env, known);
  return known;
}

async function storeOf(env: Env, { stores }: Memory, side: ThumbnailSide): Promise<ThumbnailStore> {
  const store = stores.get(side) ?? openThumbnails(env, side);
  stores.set(side, store);
  store.catch(() => stores.delete(side));
  return await store;
}

async function findWanted(dataset: AnalysedDataset, { changed }: Memory, samples: readonly string[]): Promise<WantedThumbnail[]> {
  const pictures = await findPictures(dataset, samples);
  const stamps = await readStamps(pictures.flatMap((picture) => picture?.locator ?? []));
  let next = 0;
  return pictures.map((picture) => {
    if (picture === undefined) return { picture, stamp: undefined, hash: undefined };
    const stamp = stamps[next++];
    if (stamp === undefined) return { picture, stamp, hash: undefined };
    const later = changed.get(JSON.stringify(picture.locator));
    const known = isSameStamp(stamp, picture) ? picture.contentHash : undefined;
    return { picture, stamp, hash: known ?? (later !== undefined && isSameStamp(later.stamp, stamp) ? later.hash : undefined) };
  });
}
