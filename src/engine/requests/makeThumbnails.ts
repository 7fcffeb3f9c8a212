import { availableParallelism } from "node:os";
import type { ThumbnailSide } from "../../core/pixels/thumbnailSides.ts";
import type { ContentHash } from "../../core/sample.ts";
import { OpenError } from "../decode/openLocator.ts";
import { thumbnailQuality } from "../decode/thumbnail.ts";
import type { Env } from "../env.ts";
import { mapInOrder } from "../store/concurrent.ts";
import { clockGrainMs, type Stamp } from "../store/stampedMap.ts";
import type { Thumbnail, ThumbnailStore } from "../store/thumbnails.ts";
import type { KnownPicture } from "./pictures.ts";
import { createPictureReader, hashPicture, isElsewhere, lookAt, movedWithin } from "./pictures.ts";

/** What a process keeps in mind about pictures: why bytes give none, and by locators the hashes of files that changed since the analysis. */
export interface ThumbnailMemory {
  readonly failures: Map<ContentHash, string>;
  readonly changed: Map<string, { readonly stamp: Stamp; readonly hash: ContentHash }>;
}

/** A picture to be made small: with its file's stamp now (undefined where it is gone), and with its hash where that is known without reading it. */
export interface WantedThumbnail {
  readonly picture: KnownPicture | undefined;
  readonly stamp: Stamp | undefined;
  readonly hash: ContentHash | undefined;
}

/** What small pictures are made with. */
export interface ThumbnailWork {
  readonly env: Env;
  readonly memory: ThumbnailMemory;
  readonly store: ThumbnailStore;
  readonly side: ThumbnailSide;
  readonly signal: AbortSignal;
}

/** Small pictures one by one in their order, or why there is none. They are kept as they come, also where the rest is not wanted any more. */
export async function* makeThumbnails(
  work: ThumbnailWork,
  wanted: readonly WantedThumbnail[],
): AsyncGenerator<Uint8Array | string, undefined> {
  const read = createPictureReader(
    work.env,
    wanted.map(({ picture }) => picture?.locator),
  );
  const fresh: Thumbnail[] = [];
  const put = (): Promise<void> => work.store.put(fresh.splice(0));
  const made = new Map<ContentHash, Promise<Made>>();
  const stopped = whenStopped(work.signal);
  const start = (at: number): Promise<Made> => Promise.race([makeOnce(work, wanted[at]!, () => read(at), made), stopped]);
  try {
    for await (const { hash, result } of mapInOrder([...wanted.keys()], readAhead, start)) {
      if (typeof result !== "string" && hash !== undefined) fresh.push({ hash, bytes: result });
      if (fresh.length >= putAtOnce) await put();
      yield result;
    }
  } finally {
    await put();
  }
  return undefined;
}

/** Entries of a memory before it is emptied. */
const mostRemembered = 20_000;
/** Pictures whose bytes are read ahead of the decoder. */
const readAhead = availableParallelism() + 4;
/** Small pictures that are put at once: a kill loses no more. */
const putAtOnce = 32;

/** A small picture or why there is none, with the hash of the bytes where they could be read. */
interface Made {
  readonly hash: ContentHash | undefined;
  readonly result: Uint8Array | string;
}

/** Rejects when the signal fires: a file on a dead network folder, or a picture that takes long, must not keep the request. */
function whenStopped(signal: AbortSignal): Promise<never> {
  const stopped = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    else signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
  stopped.catch(() => undefined); // it is no failure where nobody waits any more
  return stopped;
}

/** Copies of one picture in a request are made once. */
async function makeOnce(
  work: ThumbnailWork,
  wanted: WantedThumbnail,
  read: () => Promise<Buffer>,
  made: Map<ContentHash, Promise<Made>>,
): Promise<Made> {
  work.signal.throwIfAborted();
  const { hash } = wanted;
  const making = (hash === undefined ? undefined : made.get(hash)) ?? make(work, wanted, read);
  if (hash !== undefined) made.set(hash, making);
  return await making;
}

async function make(work: ThumbnailWork, wanted: WantedThumbnail, read: () => Promise<Buffer>): Promise<Made> {
  const { picture, stamp } = wanted;
  if (picture === undefined) return { hash: undefined, result: "is not in the analysis" };
  if (stamp === undefined) return { hash: undefined, result: "is not there any more" };
  const failure = wanted.hash === undefined ? undefined : work.memory.failures.get(wanted.hash);
  if (failure !== undefined) return { hash: wanted.hash, result: failure };
  const readAtMs = work.env.now();
  const bytes = await read().catch((error: unknown) => {
    if (error instanceof OpenError) return `can't be opened: ${error.message}`;
    throw error;
  });
  if (typeof bytes === "string") return { hash: undefined, result: bytes };
  const hash = wanted.hash ?? (await hashPicture(bytes));
  if (wanted.hash === undefined) {
    if (isElsewhere(picture, hash)) return { hash: undefined, result: movedWithin };
    const kept = await work.store.read([hash]);
    if (readAtMs - stamp.mtimeMs >= clockGrainMs) remember(work.memory.changed, JSON.stringify(picture.locator), { stamp, hash });
    if (kept[0] !== undefined) return { hash, result: kept[0] };
  }
  return { hash, result: await makeFrom(work, hash, bytes) };
}

async function makeFrom({ env, memory, side, signal }: ThumbnailWork, hash: ContentHash, bytes: Buffer): Promise<Uint8Array | string> {
  const preview = await lookAt(env, bytes, { side, quality: thumbnailQuality }, signal);
  if (typeof preview !== "string") return preview.bytes;
  remember(memory.failures, hash, preview);
  return preview;
}

function remember<Key, Value>(map: Map<Key, Value>, key: Key, value: Value): void {
  if (map.size >= mostRemembered) map.clear();
  map.set(key, value);
}
