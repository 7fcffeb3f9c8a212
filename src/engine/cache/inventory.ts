import type { Dirent } from "node:fs";
import { lstat, readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { CacheKind, Evictable } from "../../core/cache/eviction.ts";
import type { Env } from "../env.ts";
import { isEncoderFolder } from "../encode/encoders.ts";
import { isDownloading } from "../hub/downloadLock.ts";
import { readModelRecord } from "../hub/modelRecord.ts";
import { countFacts } from "../store/facts.ts";
import { readHolds } from "../store/holds.ts";
import { keyBytes } from "../store/keyTable.ts";
import { npyHeaderLength } from "../store/npy.ts";
import { readMark, shardFiles } from "../store/shards.ts";
import { packFiles, recordBytes } from "../store/thumbnailPacks.ts";

/**
 * A piece of the cache that goes whole or not at all: a shard of vectors, a pack of small pictures, a dataset's tables, a model. `paths` (absolute) are moved
 * in their order, so that a kill in between leaves nothing that a reader stumbles over. `count` is of vectors, pictures, facts or generations; undefined where
 * nothing can be counted.
 */
export interface CachePiece extends Evictable {
  readonly paths: readonly string[];
  readonly count?: number;
  /** The vectors' modality. */
  readonly part?: string;
}

type Sized = Pick<CachePiece, "sizeBytes" | "usedMs">;
type Found = Omit<CachePiece, "kept">;

/** Who knows the layout of a folder below the cache; anything else is told as one piece and left alone. */
const walkers: Readonly<Record<string, (folder: string) => Promise<readonly Found[]>>> = {
  vectors: listVectors,
  thumbnails: listThumbnails,
  facts: listFacts,
  datasets: listTables,
  models: listModels,
  downloads: (folder) => listFolders(folder, "downloads"),
  digests: async (folder) => [await whole("digests", folder)],
  probes: async (folder) => [await counted("probes", folder)],
  certificates: async (folder) => [await counted("certificates", folder)],
  damaged: (folder) => listFolders(folder, "damaged"),
};

/** Folders of the cache that are no content: what is being removed, and who needs what. */
export const passingFolders = { evicted: "evicted", holds: "holds" } as const;

/** Lists all that lies in the cache, by looking at folders and sizes; nothing is read but some small files. A missing cache is empty. */
export async function listCache(env: Env, signal?: AbortSignal): Promise<readonly CachePiece[]> {
  const isHeld = await readHolds(env);
  const pieces: CachePiece[] = [];
  for (const { name } of await entriesOf(env.cacheFolder)) {
    signal?.throwIfAborted();
    if (Object.values<string>(passingFolders).includes(name)) continue;
    const path = join(env.cacheFolder, name);
    const found = (await walkers[name]?.(path)) ?? [await whole("other", path)];
    for (const piece of found) {
      const kept = piece.paths.some(isHeld) ? "inUse" : await keptBecause(piece);
      pieces.push(kept === undefined ? piece : { ...piece, kept });
    }
  }
  return pieces;
}

/** What a person brought into the models' folder could not be downloaded again by name. */
async function keptBecause({ kind, paths: [path] }: Found): Promise<CachePiece["kept"]> {
  if (kind === "models" && (await readModelRecord(path!)) === undefined) return "yours";
  if (kind === "downloads" && (await isDownloading(path!))) return "inUse";
  return undefined;
}

async function listVectors(root: string): Promise<Found[]> {
  const pieces: Found[] = [];
  for (const encoder of await foldersOf(root)) {
    for (const part of await foldersOf(join(root, encoder))) {
      const folder = join(root, encoder, part);
      const name = (await readMark(folder))?.encoder ?? encoder;
      const kind = name.startsWith("luma@") ? "greys" : "vectors";
      for (const paths of await listShardFiles(folder)) {
        const sizes = await Promise.all(paths.map(sizeOfFile));
        const keysBytes = Math.max(0, (sizes[1]?.sizeBytes ?? 0) - npyHeaderLength);
        pieces.push({ kind, name, part, paths, ...joined(sizes), count: sizes[0] === undefined ? 0 : Math.floor(keysBytes / keyBytes) });
      }
    }
  }
  return pieces;
}

/** The files of each shard; keys alone are what a kill in the middle of an eviction left. */
async function listShardFiles(folder: string): Promise<(readonly string[])[]> {
  const stems = (await entriesOf(folder)).flatMap(({ name }) => /^(shard-.+?)(\.keys)?\.npy$/.exec(name)?.[1] ?? []);
  return [...new Set(stems)].sort().map((stem) => shardFiles(folder, stem));
}

async function listThumbnails(root: string): Promise<Found[]> {
  const pieces: Found[] = [];
  for (const layout of await foldersOf(root)) {
    for (const side of await foldersOf(join(root, layout))) {
      const folder = join(root, layout, side);
      const stems = new Set((await entriesOf(folder)).flatMap(({ name }) => /^(.+)\.(?:thumbs|index)$/.exec(name)?.[1] ?? []));
      for (const stem of [...stems].sort()) {
        const { data, index } = packFiles(folder, stem);
        const sizes = await Promise.all([index, data].map(sizeOfFile));
        const count = Math.floor((sizes[0]?.sizeBytes ?? 0) / recordBytes);
        pieces.push({ kind: "thumbnails", name: `${side} pixels`, paths: [index, data], ...joined(sizes), count });
      }
    }
  }
  return pieces;
}

async function listFacts(root: string): Promise<Found[]> {
  const pieces: Found[] = [];
  for (const version of await foldersOf(root)) {
    for (const { name } of await entriesOf(join(root, version))) {
      const path = join(root, version, name);
      const bytes = await readFile(path).catch(() => undefined);
      const count = bytes && countFacts(bytes);
      pieces.push({
        kind: "facts",
        name: version,
        paths: [path],
        ...joined([await sizeOfFile(path)]),
        ...(count !== undefined && { count }),
      });
    }
  }
  return pieces;
}

async function listTables(root: string): Promise<Found[]> {
  const pieces: Found[] = [];
  for (const dataset of await foldersOf(root)) {
    const path = join(root, dataset);
    const generations = (await foldersOf(path)).filter((name) => name.startsWith("g"));
    const piece = await whole("tables", path);
    const name = (await rootOf(path, generations)) ?? dataset;
    pieces.push({ ...piece, name, usedMs: (await sizeOfFile(path))?.usedMs ?? piece.usedMs, count: generations.length });
  }
  return pieces;
}

/** The dataset's root, as a generation tells it. */
async function rootOf(folder: string, generations: readonly string[]): Promise<string | undefined> {
  for (const generation of generations) {
    const text = await readFile(join(folder, generation, "summary.json"), "utf8").catch(() => undefined);
    const root = text === undefined ? undefined : /"root": ("(?:[^"\\]|\\.)*")/.exec(text)?.[1];
    if (root !== undefined) return JSON.parse(root) as string;
  }
  return undefined;
}

/** `models/name` or `models/owner/name`; links lead to folders that are not the cache's. */
async function listModels(root: string): Promise<Found[]> {
  const pieces: Found[] = [];
  for (const name of await foldersOf(root)) {
    const isModel = isEncoderFolder(join(root, name));
    const ids = isModel ? [name] : (await foldersOf(join(root, name))).map((inner) => `${name}/${inner}`);
    for (const id of ids) {
      const path = join(root, id);
      const piece = await whole("models", path);
      pieces.push({ ...piece, name: id, usedMs: (await sizeOfFile(path))?.usedMs ?? piece.usedMs, count: 1 });
    }
  }
  return pieces;
}

async function listFolders(root: string, kind: CacheKind): Promise<Found[]> {
  const names = (await foldersOf(root)).filter((name) => !name.endsWith(".lock"));
  return await Promise.all(names.map(async (name) => ({ ...(await whole(kind, join(root, name))), name })));
}

/** A folder with all in it, or a file, as one piece. Links are not followed. */
async function whole(kind: CacheKind, path: string): Promise<Found> {
  const sizes = [await sizeOfFile(path)];
  for (const entry of await readdir(path, { recursive: true, withFileTypes: true }).catch((): Dirent[] => [])) {
    if (entry.isFile()) sizes.push(await sizeOfFile(join(entry.parentPath, entry.name)));
  }
  return { kind, name: basename(path), paths: [path], ...joined(sizes) };
}

/** A folder with a file an encoder, as one piece. */
async function counted(kind: CacheKind, path: string): Promise<Found> {
  return { ...(await whole(kind, path)), count: (await entriesOf(path)).length };
}

async function entriesOf(folder: string): Promise<readonly Dirent[]> {
  return await readdir(folder, { withFileTypes: true }).catch((): Dirent[] => []);
}

async function foldersOf(folder: string): Promise<readonly string[]> {
  return (await entriesOf(folder))
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

/** Size and last use of a file; a folder's own size is none. */
async function sizeOfFile(path: string): Promise<Sized | undefined> {
  const stats = await lstat(path).catch(() => undefined);
  return stats && { sizeBytes: stats.isDirectory() ? 0 : stats.size, usedMs: stats.mtimeMs };
}

function joined(sizes: readonly (Sized | undefined)[]): Sized {
  const known = sizes.filter((size) => size !== undefined);
  return {
    sizeBytes: known.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    usedMs: known.reduce((latest, { usedMs }) => Math.max(latest, usedMs), 0),
  };
}
