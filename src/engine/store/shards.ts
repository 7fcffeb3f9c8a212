import { randomBytes } from "node:crypto";
import { readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Env } from "../env.ts";
import { writeAtomically } from "./files.ts";
import { keyBytes } from "./keyTable.ts";
import { bytesPerRow, npyBytes, readNpyHeader, readNpyRows } from "./npy.ts";
import type { NpyType, SizedNpyHeader } from "./npy.ts";

/** A shard on disk: `rows` float16 vectors in `file`, and as many keys of 32 bytes. */
export interface StoredShard {
  readonly name: string;
  readonly file: string;
  readonly dataOffset: number;
  readonly rows: number;
  readonly keys: Uint8Array;
}

/** The files of a shard, its vectors first: without them nobody looks for its keys. */
export function shardFiles(folder: string, name: string): readonly [vectors: string, keys: string] {
  return [join(folder, name + suffix), join(folder, name + keysSuffix)];
}

const suffix = ".npy";
const keysSuffix = ".keys.npy";
const temporarySuffix = ".winnow-tmp";
/** A temporary file this old was left by a process that died. */
const abandonedMs = 10 * 60_000;
/** Files opened at once. */
const filesAtOnce = 16;

/** A shard's name that no other process gives. They sort by the time of their making. */
export function createShardName(env: Env): string {
  return `shard-${env.now().toString(36).padStart(9, "0")}-${randomBytes(4).toString("hex")}`;
}

/**
 * Writes a shard, or writes it again with more rows behind the old ones. The keys go first:
 * a reader takes as many rows as both files have, so a kill between the two loses only the new rows.
 */
export async function writeShard(
  folder: string,
  name: string,
  { keys, values, dim }: { keys: Uint8Array; values: Uint16Array; dim: number },
): Promise<void> {
  await writeAtomically(join(folder, name + keysSuffix), npyBytes("|u1", [keys.length / keyBytes, keyBytes], keys));
  await writeAtomically(join(folder, name + suffix), npyBytes("<f2", [values.length / dim, dim], values));
}

/** Lists the shards of a folder by name and removes what dead processes left half written. A missing folder has none. */
export async function listShards(env: Env, folder: string): Promise<readonly string[]> {
  const files = await readdir(folder).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  });
  await Promise.all(files.filter((file) => file.endsWith(temporarySuffix)).map((file) => removeAbandoned(env, join(folder, file))));
  const names = files.filter((file) => file.startsWith("shard-") && file.endsWith(suffix) && !file.endsWith(keysSuffix));
  return names.map((file) => file.slice(0, -suffix.length)).sort();
}

/** Opens shards in order. A torn or foreign one is left out with a line in the log: its rows will be made again. */
export async function readShards(env: Env, folder: string, names: readonly string[], dim: number): Promise<readonly StoredShard[]> {
  const shards: StoredShard[] = [];
  for (let from = 0; from < names.length; from += filesAtOnce) {
    const block = await Promise.all(names.slice(from, from + filesAtOnce).map((name) => readShard(env, folder, name, dim)));
    shards.push(...block.filter((shard) => shard !== undefined));
  }
  return shards;
}

async function readShard(env: Env, folder: string, name: string, dim: number): Promise<StoredShard | undefined> {
  const file = join(folder, name + suffix);
  const keysFile = join(folder, name + keysSuffix);
  try {
    const vectors = checkHeader(await readNpyHeader(file), "<f2", dim);
    const keys = checkHeader(await readNpyHeader(keysFile), "|u1", keyBytes);
    const rows = Math.min(vectors.rows, keys.rows);
    const range = { dataOffset: keys.dataOffset, bytesPerRow: keyBytes, from: 0, to: rows };
    return { name, file, dataOffset: vectors.dataOffset, rows, keys: new Uint8Array(await readNpyRows(keysFile, range)) };
  } catch (error) {
    const why = (error as Error).message;
    env.log("encode.vectors", `Left out ${file} (${why}); its vectors are made again, and the file may be deleted`);
    return undefined;
  }
}

/** Throws a RangeError where a file does not hold whole rows of `width`. */
export function checkHeader(
  header: SizedNpyHeader | undefined,
  type: NpyType,
  width: number,
): { readonly rows: number; readonly dataOffset: number } {
  if (header === undefined) throw new RangeError("it is no .npy file");
  const { shape, dataOffset, sizeBytes } = header;
  if (header.type !== type || header.fortranOrder || shape.length !== 2 || shape[1] !== width) {
    throw new RangeError(`expected ${type} rows of ${width} but found ${header.type} of ${shape.join(" × ")}`);
  }
  const rows = shape[0]!;
  const expectedBytes = dataOffset + rows * bytesPerRow(type, shape);
  if (sizeBytes < expectedBytes) throw new RangeError(`it is cut off: ${sizeBytes} of ${expectedBytes} bytes`);
  return { rows, dataOffset };
}

async function removeAbandoned(env: Env, path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found !== undefined && env.now() - found.mtimeMs > abandonedMs) await rm(path, { force: true }).catch(() => undefined);
}

/** What a folder of vectors is of; a newer `schema` than this program's is not written to. */
export interface VectorsMark {
  readonly schema: number;
  readonly encoder: string;
  readonly modality: string;
  readonly dim: number;
}

const markFile = "vectors.json";

/** Reads the mark of a folder of vectors; undefined where there is none or it can't be read. */
export async function readMark(folder: string): Promise<VectorsMark | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, markFile), "utf8")) as VectorsMark;
  } catch {
    return undefined;
  }
}

/** Writes the mark of a folder of vectors. */
export async function writeMark(folder: string, mark: VectorsMark): Promise<void> {
  await writeAtomically(join(folder, markFile), `${JSON.stringify(mark, undefined, 1)}\n`);
}
