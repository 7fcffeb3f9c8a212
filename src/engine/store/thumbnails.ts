import { mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { thumbnailSides, type ThumbnailSide } from "../../core/pixels/thumbnailSides.ts";
import type { ContentHash } from "../../core/sample.ts";
import type { Env } from "../env.ts";
import { createKeyTable, keyFromHex, type KeyTable } from "./keyTable.ts";
import { noteUse } from "./lastUse.ts";
import { createShardName } from "./shards.ts";
import type { PackRecord } from "./thumbnailPacks.ts";
import { bytesOfRecord, listPacks, packFiles, readRecords, recordBytes, removePack, writeAt } from "./thumbnailPacks.ts";

/** A small picture with the SHA-256 of the bytes that it was made of. */
export interface Thumbnail {
  readonly hash: ContentHash;
  readonly bytes: Uint8Array;
}

/**
 * The small pictures of one size in the cache, in packs: those that were put together lie together, so that a screenful is one read. Several processes
 * may put and read at once; each writes packs of its own.
 */
export interface ThumbnailStore {
  readonly side: ThumbnailSide;
  /** Whether it is there, as far as this process has looked. */
  has(hash: ContentHash): boolean;
  /** The small pictures of the hashes, undefined for one that is not there (any more) or is damaged. */
  read(hashes: readonly (ContentHash | undefined)[]): Promise<(Uint8Array | undefined)[]>;
  /** Adds small pictures in their order; known ones are passed over. A cache that can't be written is told in the log alone. */
  put(thumbnails: readonly Thumbnail[]): Promise<void>;
}

/** How large the packs may be: all sizes of small pictures together, and one pack. */
export interface ThumbnailLimits {
  readonly totalBytes: number;
  readonly packBytes: number;
}

/** The oldest packs are dropped beyond 2 GB. */
export const defaultThumbnailLimits: ThumbnailLimits = { totalBytes: 2 * 2 ** 30, packBytes: 64 << 20 };

/** Opens the small pictures of one size. */
export async function openThumbnails(env: Env, side: ThumbnailSide, limits = defaultThumbnailLimits): Promise<ThumbnailStore> {
  const shelf: Shelf = {
    env,
    side,
    limits,
    folder: folderOf(env, side),
    keys: createKeyTable(),
    packs: [],
    places: [],
    own: undefined,
    lookedAtMs: 0,
  };
  await lookAgain(shelf);
  let writing: Promise<void> = Promise.resolve();
  return {
    side,
    has: (hash) => placeOf(shelf, hash) !== undefined,
    read: (hashes) => readMany(shelf, hashes),
    put: (thumbnails) => {
      writing = writing.then(() => putMany(shelf, thumbnails));
      return writing;
    },
  };
}

/** The layout of the packs; another one is another folder. */
const layout = "1";
/** What other processes put is looked for at most so often. */
const lookAgainMs = 1000;
/** Pictures this close are read together: the gap costs less than another read. */
const gapBytes = 64 << 10;
const longestReadBytes = 16 << 20;
/** Every process makes packs of its own, however small; so many of one size are kept. */
const mostPacks = 256;

interface Pack {
  readonly name: string;
  /** How far its index has been read. */
  readTo: number;
  isGone: boolean;
}

interface Place extends Omit<PackRecord, "key"> {
  readonly pack: Pack;
}

interface Shelf {
  readonly env: Env;
  readonly side: ThumbnailSide;
  readonly limits: ThumbnailLimits;
  readonly folder: string;
  /** The place of each hash, as an index into `places`. */
  readonly keys: KeyTable;
  readonly places: (Place | undefined)[];
  readonly packs: Pack[];
  own: { readonly pack: Pack; dataBytes: number } | undefined;
  lookedAtMs: number;
}

function folderOf(env: Env, side: ThumbnailSide): string {
  return join(env.cacheFolder, "thumbnails", layout, String(side));
}

/** Takes in what has been put by other processes since the last look. */
async function lookAgain(shelf: Shelf): Promise<void> {
  shelf.lookedAtMs = shelf.env.now();
  const stored = await listPacks(shelf.folder);
  const names = new Set(stored.map(({ name }) => name));
  for (const pack of shelf.packs) pack.isGone ||= !names.has(pack.name) && pack !== shelf.own?.pack;
  for (const { name } of stored) {
    const known = shelf.packs.find((pack) => pack.name === name);
    const pack = known ?? { name, readTo: 0, isGone: false };
    if (known === undefined) shelf.packs.push(pack);
    if (pack === shelf.own?.pack) continue;
    const { records, readTo } = await readRecords(packFiles(shelf.folder, name).index, pack.readTo);
    pack.readTo = readTo;
    for (const record of records) remember(shelf, pack, record);
  }
}

function remember({ keys, places }: Shelf, pack: Pack, { key, offset, length, checksum }: PackRecord): void {
  const place: Place = { pack, offset, length, checksum };
  if (keys.add(key, places.length)) {
    places.push(place);
    return;
  }
  const row = keys.find(key);
  if (places[row]?.pack.isGone !== false) places[row] = place;
}

function placeOf({ keys, places }: Shelf, hash: ContentHash | undefined): Place | undefined {
  const row = hash === undefined ? -1 : keys.find(keyFromHex(hash));
  const place = row < 0 ? undefined : places[row];
  return place?.pack.isGone === true ? undefined : place;
}

function forget({ keys, places }: Shelf, hash: ContentHash): void {
  places[keys.find(keyFromHex(hash))] = undefined;
}

async function readMany(shelf: Shelf, hashes: readonly (ContentHash | undefined)[]): Promise<(Uint8Array | undefined)[]> {
  const isMissing = hashes.some((hash) => hash !== undefined && placeOf(shelf, hash) === undefined);
  if (isMissing && shelf.env.now() - shelf.lookedAtMs >= lookAgainMs) await lookAgain(shelf);
  const wanted = hashes.flatMap((hash, at) => {
    const place = placeOf(shelf, hash);
    return hash === undefined || place === undefined ? [] : [{ at, hash, place }];
  });
  const found = new Array<Uint8Array | undefined>(hashes.length).fill(undefined);
  for (const run of runsOf(wanted)) {
    const bytes = await readRun(shelf, run);
    const from = run[0]!.place.offset;
    for (const { at, hash, place } of run) {
      const picture = bytes?.subarray(place.offset - from, place.offset - from + place.length);
      if (picture?.length === place.length && crc32(picture) === place.checksum) found[at] = picture;
      else forget(shelf, hash);
    }
  }
  return found;
}

interface Wanted {
  readonly at: number;
  readonly hash: ContentHash;
  readonly place: Place;
}

/** Pictures that are read together: of one pack, and close to each other. */
function runsOf(wanted: readonly Wanted[]): Wanted[][] {
  const sorted = [...wanted].sort((a, b) => comparePacks(a.place.pack, b.place.pack) || a.place.offset - b.place.offset);
  const runs: Wanted[][] = [];
  for (const item of sorted) {
    const run = runs.at(-1);
    const last = run?.at(-1)?.place;
    const end = last === undefined ? 0 : last.offset + last.length;
    const isNear = last?.pack === item.place.pack && item.place.offset - end <= gapBytes;
    if (isNear && run !== undefined && item.place.offset + item.place.length - run[0]!.place.offset <= longestReadBytes) run.push(item);
    else runs.push([item]);
  }
  return runs;
}

function comparePacks(a: Pack, b: Pack): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/** The bytes of a run; undefined where its pack was dropped meanwhile. */
async function readRun(shelf: Shelf, run: readonly Wanted[]): Promise<Buffer | undefined> {
  const { pack, offset } = run[0]!.place;
  const last = run.at(-1)!.place;
  try {
    const handle = await open(packFiles(shelf.folder, pack.name).data, "r");
    try {
      const bytes = Buffer.allocUnsafeSlow(last.offset + last.length - offset);
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, offset);
      await noteUse(shelf.env, packFiles(shelf.folder, pack.name).data);
      return bytes.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    shelf.env.log("store.thumbnails", `${pack.name} can't be read (${String(error)}); its pictures are made again`);
    pack.isGone = true;
    return undefined;
  }
}

async function putMany(shelf: Shelf, thumbnails: readonly Thumbnail[]): Promise<void> {
  const news = new Map<ContentHash, Uint8Array>();
  for (const { hash, bytes } of thumbnails) if (placeOf(shelf, hash) === undefined) news.set(hash, bytes);
  if (news.size === 0) return;
  // The second time with a new pack: somebody may have deleted the cache under the old one.
  for (let attempts = 2; attempts > 0; attempts -= 1) {
    try {
      await write(shelf, news);
      return;
    } catch (error) {
      shelf.own = undefined;
      shelf.env.log("store.thumbnails", `Small pictures were not kept in ${shelf.folder}: ${String(error)}`);
    }
  }
}

async function write(shelf: Shelf, news: ReadonlyMap<ContentHash, Uint8Array>): Promise<void> {
  const own = shelf.own?.pack.isGone === false ? shelf.own : await startPack(shelf);
  const files = packFiles(shelf.folder, own.pack.name);
  let offset = own.dataBytes;
  const records = [...news].map(([hash, bytes]): PackRecord => {
    const record = { key: keyFromHex(hash), offset, length: bytes.length, checksum: crc32(bytes) };
    offset += bytes.length;
    return record;
  });
  await writeAt(files.data, Buffer.concat([...news.values()]), { at: own.dataBytes, isNew: own.dataBytes === 0 });
  await writeAt(files.index, Buffer.concat(records.map(bytesOfRecord)), { at: own.pack.readTo, isNew: own.dataBytes === 0 });
  own.dataBytes = offset;
  own.pack.readTo += records.length * recordBytes;
  for (const record of records) remember(shelf, own.pack, record);
  shelf.own = own.dataBytes < shelf.limits.packBytes ? own : undefined;
}

async function startPack(shelf: Shelf): Promise<NonNullable<Shelf["own"]>> {
  await mkdir(shelf.folder, { recursive: true });
  await dropOldest(shelf);
  const pack: Pack = { name: createShardName(shelf.env), readTo: 0, isGone: false };
  shelf.packs.push(pack);
  return (shelf.own = { pack, dataBytes: 0 });
}

/** Makes room for another pack. Whoever still knows a dropped one makes its pictures again. */
async function dropOldest({ env, folder, limits }: Shelf): Promise<void> {
  const all = (await Promise.all(thumbnailSides.map((side) => listPacks(folderOf(env, side))))).flat();
  all.sort((a, b) => (a.name < b.name ? -1 : 1));
  let total = all.reduce((sum, { sizeBytes }) => sum + sizeBytes, limits.packBytes);
  let count = all.filter((pack) => pack.folder === folder).length + 1;
  for (const pack of all) {
    const isSurplus = count > mostPacks && pack.folder === folder;
    if (total <= limits.totalBytes && !isSurplus) continue;
    await removePack(pack);
    total -= pack.sizeBytes;
    if (pack.folder === folder) count -= 1;
  }
}
