import { join } from "node:path";
import type { EncoderId } from "../../core/encoder.ts";
import { float16FromFloat32, float32FromFloat16 } from "../../core/float16.ts";
import type { Matrix } from "../../core/matrix.ts";
import type { ContentHash } from "../../core/sample.ts";
import type { Env } from "../env.ts";
import { isMissing } from "./fileMoves.ts";
import { createKeyTable, keyBytes, keyFromHex } from "./keyTable.ts";
import type { KeyTable } from "./keyTable.ts";
import { noteUse } from "./lastUse.ts";
import { npyHeaderLength, readNpyRows } from "./npy.ts";
import { packMatrix } from "./packedMatrix.ts";
import { createShardName, listShards, readMark, readShards, writeMark, writeShard } from "./shards.ts";

/** What was encoded. */
export type Modality = "image" | "text";

/** Rows of a store in the caller's order; may hold a temporary file until it is disposed of. */
export interface StoredMatrix extends Matrix {
  dispose(): Promise<void>;
}

/**
 * The vectors of one encoder and modality in the cache: float16, L2-normalised by whoever appends, found by a SHA-256 (of an image's
 * bytes, of a text's UTF-8). Several processes may append at once; each writes shards of its own.
 */
export interface VectorStore {
  readonly dim: number;
  /** Number of keys. */
  size(): number;
  has(key: ContentHash): boolean;
  /** Adds rows (keys.length × dim); keys that are there already are passed over. On disk after 2,048 rows, 5 s (at the next append) or `flush`. */
  append(keys: readonly ContentHash[], rows: Float32Array): Promise<void>;
  /** Waits until everything appended is on the disk. Throws when it could not be written. */
  flush(): Promise<void>;
  /** Takes in what other processes have written since. */
  refresh(): Promise<void>;
  /** The rows of the keys, keys.length × dim. Throws on a key that is missing, and a `VectorsGoneError`. */
  read(keys: readonly ContentHash[]): Promise<Float32Array>;
  /** The rows of the keys (a key may come more than once) in bounded memory. Throws on a key that is missing, and a `VectorsGoneError`. */
  matrixOf(keys: readonly ContentHash[], options?: { memoryBytes?: number }): Promise<StoredMatrix>;
}

/** Rows of a shard, at global rows `from` onwards: in memory while it is this process's own and not on the disk, in its file after. */
interface Shard {
  readonly name: string;
  readonly from: number;
  rows: number;
  file: { readonly path: string; readonly dataOffset: number } | undefined;
  own: { readonly values: Uint16Array; readonly keys: Uint8Array } | undefined;
}

interface Shelf {
  readonly env: Env;
  readonly folder: string;
  readonly dim: number;
  readonly isReadOnly: boolean;
  readonly mark: () => Promise<void>;
  table: KeyTable;
  shards: Shard[];
  byName: Map<string, Shard>;
  nextRow: number;
  growing: Shard | undefined;
  savedAtMs: number;
  writing: Promise<void>;
  failure: Error | undefined;
}

/** Vectors that were there a moment ago were evicted from the cache by another process. The store has forgotten them: ask it again what it has. */
export class VectorsGoneError extends Error {
  constructor(folder: string) {
    super(`Vectors in ${folder} were evicted from the cache meanwhile: run again, and they are made again`);
    this.name = "VectorsGoneError";
  }
}

const schema = 1;
/** Rows of a full shard: 2 MB at 512 dimensions. Global rows are given out by this many, so that a shard can grow in place. */
const rowsPerShard = 2048;
/** What a kill may lose. */
const saveAfterMs = 5_000;
/** Above this a matrix is read from a file instead of from memory. */
const defaultMemoryBytes = 256 * 2 ** 20;

/** The folder of an encoder's vectors in the cache. */
export function vectorsFolder(env: Env, encoder: EncoderId): string {
  return join(env.cacheFolder, "vectors", encoder.replaceAll(/[^A-Za-z0-9.@_-]+/g, "_"));
}

/** Opens the vectors of an encoder: reads all keys, no vectors. */
export async function openVectors(env: Env, encoder: EncoderId, modality: Modality, dim: number): Promise<VectorStore> {
  const folder = join(vectorsFolder(env, encoder), modality);
  const mark = await readMark(folder);
  const shelf: Shelf = {
    env,
    folder,
    dim,
    isReadOnly: mark !== undefined && mark.schema > schema,
    mark: async () => (mark === undefined ? writeMark(folder, { schema, encoder, modality, dim }) : undefined),
    table: createKeyTable(),
    shards: [],
    byName: new Map(),
    nextRow: 0,
    growing: undefined,
    savedAtMs: env.now(),
    writing: Promise.resolve(),
    failure: undefined,
  };
  if (shelf.isReadOnly) env.log("encode.vectors", `${folder} was written by a newer Winnow: its vectors are neither read nor added to`);
  else await refresh(shelf);
  return {
    dim,
    size: () => shelf.table.size(),
    has: (key) => shelf.table.find(keyFromHex(key)) >= 0,
    append: (keys, rows) => append(shelf, keys, rows),
    flush: () => flush(shelf),
    refresh: () => refresh(shelf),
    read: (keys) => read(shelf, keys),
    matrixOf: (keys, options) => matrixOf(shelf, keys, options?.memoryBytes ?? defaultMemoryBytes),
  };
}

async function refresh(shelf: Shelf): Promise<void> {
  const names = await listShards(shelf.env, shelf.folder);
  const others = names.filter((name) => (shelf.byName.get(name)?.rows ?? 0) < rowsPerShard && shelf.byName.get(name)?.own === undefined);
  for (const stored of await readShards(shelf.env, shelf.folder, others, shelf.dim)) {
    const shard = shelf.byName.get(stored.name) ?? addShard(shelf, stored.name, stored.rows);
    shard.file = { path: stored.file, dataOffset: stored.dataOffset };
    for (let row = shard.rows; row < stored.rows; row++) {
      shelf.table.add(stored.keys.subarray(row * keyBytes, (row + 1) * keyBytes), shard.from + row);
    }
    shard.rows = Math.max(shard.rows, stored.rows);
  }
}

/** Begins anew with what is in memory and what lies on the disk now. Whoever reads meanwhile goes on with the lists as they were. */
async function lookAnew(shelf: Shelf): Promise<void> {
  const own = shelf.shards.filter((shard) => shard.own !== undefined);
  shelf.table = createKeyTable();
  shelf.shards = own;
  shelf.byName = new Map(own.map((shard) => [shard.name, shard]));
  for (const { from, rows, own: held } of own)
    for (let row = 0; row < rows; row++) shelf.table.add(held!.keys.subarray(row * keyBytes, (row + 1) * keyBytes), from + row);
  await refresh(shelf);
}

function addShard(shelf: Shelf, name: string, rows: number): Shard {
  const shard: Shard = { name, from: shelf.nextRow, rows: 0, file: undefined, own: undefined };
  shelf.nextRow += Math.max(rows, rowsPerShard);
  shelf.shards.push(shard);
  shelf.byName.set(name, shard);
  return shard;
}

async function append(shelf: Shelf, keys: readonly ContentHash[], rows: Float32Array): Promise<void> {
  const { dim } = shelf;
  if (rows.length !== keys.length * dim) throw new RangeError(`Expected ${keys.length} rows of ${dim} but received ${rows.length} values`);
  for (const [i, hex] of keys.entries()) {
    const key = keyFromHex(hex);
    if (shelf.table.find(key) >= 0) continue;
    const shard = (shelf.growing ??= growShard(shelf));
    shard.own!.keys.set(key, shard.rows * keyBytes);
    float16FromFloat32(rows.subarray(i * dim, (i + 1) * dim), shard.own!.values.subarray(shard.rows * dim, (shard.rows + 1) * dim));
    shelf.table.add(key, shard.from + shard.rows);
    shard.rows += 1;
    if (shard.rows === rowsPerShard) {
      shelf.growing = undefined;
      await save(shelf, shard);
    }
  }
  if (shelf.growing !== undefined && shelf.env.now() - shelf.savedAtMs >= saveAfterMs) await save(shelf, shelf.growing);
}

function growShard(shelf: Shelf): Shard {
  const shard = addShard(shelf, createShardName(shelf.env), rowsPerShard);
  shard.own = { values: new Uint16Array(rowsPerShard * shelf.dim), keys: new Uint8Array(rowsPerShard * keyBytes) };
  return shard;
}

async function flush(shelf: Shelf): Promise<void> {
  if (shelf.growing !== undefined) await save(shelf, shelf.growing);
  await shelf.writing;
  throwFailure(shelf);
}

/** Starts to write a shard after the one before is on the disk, so that at most two wait in memory. */
async function save(shelf: Shelf, shard: Shard): Promise<void> {
  await shelf.writing;
  throwFailure(shelf);
  shelf.savedAtMs = shelf.env.now();
  shelf.writing = writeOut(shelf, shard).catch((error: unknown) => {
    shelf.failure = error as Error;
  });
}

function throwFailure({ failure, folder }: Shelf): void {
  if (failure !== undefined) throw new Error(`Cannot write vectors to ${folder}: ${failure.message}`, { cause: failure });
}

async function writeOut(shelf: Shelf, shard: Shard): Promise<void> {
  const { rows, own } = shard;
  if (own === undefined || shelf.isReadOnly) return;
  await shelf.mark();
  await writeShard(shelf.folder, shard.name, {
    keys: own.keys.slice(0, rows * keyBytes),
    values: own.values.slice(0, rows * shelf.dim),
    dim: shelf.dim,
  });
  if (rows === rowsPerShard) {
    shard.file = { path: join(shelf.folder, `${shard.name}.npy`), dataOffset: npyHeaderLength };
    shard.own = undefined;
  }
}

async function read(shelf: Shelf, keys: readonly ContentHash[]): Promise<Float32Array> {
  const result = new Float32Array(keys.length * shelf.dim);
  await gather(shelf, locate(shelf, keys), (at, values) => {
    float32FromFloat16(values, result.subarray(at * shelf.dim, at * shelf.dim + values.length));
  });
  return result;
}

async function matrixOf(shelf: Shelf, keys: readonly ContentHash[], memoryBytes: number): Promise<StoredMatrix> {
  const { dim } = shelf;
  if (keys.length * dim * Float32Array.BYTES_PER_ELEMENT > memoryBytes) {
    return packMatrix({ folder: shelf.folder, rows: keys.length, dim }, (put) => gather(shelf, locate(shelf, keys), put));
  }
  const values = await read(shelf, keys);
  return {
    rows: keys.length,
    dim,
    read: (from, to) => Promise.resolve(values.subarray(from * dim, to * dim)),
    dispose: () => Promise.resolve(),
  };
}

function locate(shelf: Shelf, keys: readonly ContentHash[]): Int32Array {
  return Int32Array.from(keys, (key) => {
    const row = shelf.table.find(keyFromHex(key));
    if (row < 0) throw new RangeError(`No vector is stored for ${key}: encode it first`);
    return row;
  });
}

/** Hands rows over in runs, shard by shard: `values` are those of the wanted rows `at` onwards. One shard is in memory at a time. */
async function gather(shelf: Shelf, wanted: Int32Array, put: (at: number, values: Uint16Array) => void): Promise<void> {
  const order = Uint32Array.from(wanted.keys()).sort((a, b) => wanted[a]! - wanted[b]! || a - b);
  let next = 0;
  for (const shard of shelf.shards) {
    const from = next;
    while (next < order.length && wanted[order[next]!]! < shard.from + shard.rows) next += 1;
    if (next === from) continue;
    const first = wanted[order[from]!]! - shard.from;
    const values = await shardRows(shelf, shard, first, wanted[order[next - 1]!]! - shard.from + 1);
    for (let run = from; run < next;) {
      const end = runEnd(wanted, order, run, next);
      const row = wanted[order[run]!]! - shard.from - first;
      put(order[run]!, values.subarray(row * shelf.dim, (row + end - run) * shelf.dim));
      run = end;
    }
  }
}

/** Where the run that begins at `from` ends: rows that follow each other both in the shard and in the result. */
function runEnd(wanted: Int32Array, order: Uint32Array, from: number, to: number): number {
  let end = from + 1;
  while (end < to && order[end] === order[end - 1]! + 1 && wanted[order[end]!] === wanted[order[end - 1]!]! + 1) end += 1;
  return end;
}

async function shardRows(shelf: Shelf, { own, file, name }: Shard, from: number, to: number): Promise<Uint16Array> {
  const { env, dim } = shelf;
  if (own !== undefined) return own.values.subarray(from * dim, to * dim);
  if (file === undefined) throw new Error(`Shard ${name} has neither rows nor a file`);
  const range = { dataOffset: file.dataOffset, bytesPerRow: dim * Uint16Array.BYTES_PER_ELEMENT, from, to };
  const rows = await readNpyRows(file.path, range).catch(async (error: unknown) => {
    if (!isMissing(error)) throw error;
    await lookAnew(shelf);
    throw new VectorsGoneError(shelf.folder);
  });
  await noteUse(env, file.path);
  return new Uint16Array(rows);
}
