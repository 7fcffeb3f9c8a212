import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { decoderVersion, factsVersion, pictureFormats, pictureProblemCodes, type PictureFacts } from "../../core/pixels/facts.ts";
import type { ContentHash } from "../../core/sample.ts";
import type { Env } from "../env.ts";
import { eachConcurrently } from "./concurrent.ts";
import { writeAtomically } from "./files.ts";
import { createKeyTable, keyFromHex, type KeyTable } from "./keyTable.ts";
import { noteUse } from "./lastUse.ts";
import { createShardName } from "./shards.ts";

/**
 * The facts of pictures in the cache, found by the SHA-256 of their bytes: no picture is decoded again to learn them, and no broken one
 * tried twice.
 */
export interface FactStore {
  /** Number of pictures that are known. */
  size(): number;
  get(hash: ContentHash): PictureFacts | undefined;
  /** Adds facts; known ones are passed over. On disk after `flush`. */
  put(facts: PictureFacts): void;
  /** Writes what was put since the last flush as a shard of its own. Throws when it can't be written. */
  flush(): Promise<void>;
}

/**
 * Opens the facts that this version of the decoder left. Other processes may write shards of their own meanwhile; a torn shard is left out
 * with a line in the log.
 */
export async function openFacts(env: Env): Promise<FactStore> {
  const folder = factsFolder(env);
  const table: FactTable = { keys: createKeyTable(), records: Buffer.alloc(1024 * recordBytes), messages: [], rows: 0 };
  await mkdir(folder, { recursive: true });
  const names = (await readdir(folder)).filter((name) => name.endsWith(suffix)).sort();
  await eachConcurrently(names, 8, (name) => loadShard(env, join(folder, name), table));
  let flushed = table.rows;
  if (names.length > shardsToGather) flushed = await gatherShards(env, folder, { names, table });
  return {
    size: () => table.keys.size(),
    get: (hash) => {
      const row = table.keys.find(keyFromHex(hash));
      return row < 0 ? undefined : factsAt(table, row);
    },
    put: (facts) => addFacts(table, facts),
    flush: async () => {
      const to = table.rows;
      if (to === flushed) return;
      await writeAtomically(join(folder, `${createShardName(env)}${suffix}`), shardBytes(table, flushed, to));
      flushed = to;
    },
  };
}

/** The folder of the facts that these versions of the decoder and of facts left. */
export function factsFolder(env: Env): string {
  return join(env.cacheFolder, "facts", `${factsVersion}.${decoderVersion}`);
}

/** How many facts a shard of facts has; undefined where its bytes are cut off or not ours. */
export function countFacts(bytes: Buffer): number | undefined {
  const textAt = findText(bytes);
  return textAt === undefined ? undefined : (textAt - headerBytes) / recordBytes;
}

const suffix = ".facts";
const magic = "WINNOWF1";
/** Magic, number of records and bytes of text. */
const headerBytes = 16;
const recordBytes = 128;
/** So many small shards are written as one when they are opened. */
const shardsToGather = 100;

/**
 * Offsets in a record. Of a failure, `width` is its message's number (in a file: offset in the text behind the records) and `height` (in a
 * file) its length.
 */
const at = {
  contentHash: 0,
  pixelHash: 32,
  perceptualHash: 48,
  mirroredHash: 80,
  width: 112,
  height: 116,
  frames: 120,
  kind: 124,
  code: 125,
  orientation: 126,
  clipped: 127,
};
/** Facts of version 1 had twice as many: the rest is free. */
const pixelHashBytes = 8;
const kindDecoded = 1;
const kindFailed = 2;

/** All facts in records of fixed width, by row; `messages` are those of failures. `rows` counts records, gaps too. */
interface FactTable {
  readonly keys: KeyTable;
  records: Buffer;
  readonly messages: string[];
  rows: number;
}

/** Makes room for so many more rows. */
function reserve(table: FactTable, count: number): void {
  const needed = (table.rows + count) * recordBytes;
  if (needed <= table.records.length) return;
  const records = Buffer.alloc(Math.max(needed, table.records.length * 2));
  table.records.copy(records, 0, 0, table.rows * recordBytes);
  table.records = records;
}

function addFacts(table: FactTable, facts: PictureFacts): void {
  const key = keyFromHex(facts.contentHash);
  if (!table.keys.add(key, table.rows)) return;
  reserve(table, 1);
  const record = table.records.subarray(table.rows * recordBytes, (table.rows + 1) * recordBytes);
  table.rows += 1;
  record.set(key, at.contentHash);
  if (facts.kind === "failed") {
    record[at.kind] = kindFailed;
    record[at.code] = pictureProblemCodes.indexOf(facts.problem.code);
    record.writeUInt32LE(table.messages.push(facts.problem.message) - 1, at.width);
    return;
  }
  record[at.kind] = kindDecoded;
  record[at.code] = pictureFormats.indexOf(facts.format);
  record[at.orientation] = facts.orientation;
  record[at.clipped] = facts.clipped ? 1 : 0;
  record.set(Buffer.from(facts.pixelHash, "hex"), at.pixelHash);
  record.set(facts.perceptualHash, at.perceptualHash);
  record.set(facts.mirroredHash, at.mirroredHash);
  record.writeUInt32LE(facts.width, at.width);
  record.writeUInt32LE(facts.height, at.height);
  record.writeUInt32LE(facts.frames, at.frames);
}

function factsAt(table: FactTable, row: number): PictureFacts {
  const record = table.records.subarray(row * recordBytes, (row + 1) * recordBytes);
  const contentHash = record.toString("hex", at.contentHash, at.pixelHash) as ContentHash;
  if (record[at.kind] === kindFailed) {
    const message = table.messages[record.readUInt32LE(at.width)]!;
    return { kind: "failed", contentHash, problem: { code: pictureProblemCodes[record[at.code]!]!, message } };
  }
  return {
    kind: "decoded",
    contentHash,
    format: pictureFormats[record[at.code]!]!,
    width: record.readUInt32LE(at.width),
    height: record.readUInt32LE(at.height),
    orientation: record[at.orientation]!,
    frames: record.readUInt32LE(at.frames),
    clipped: record[at.clipped] === 1,
    pixelHash: record.toString("hex", at.pixelHash, at.pixelHash + pixelHashBytes),
    perceptualHash: new Uint8Array(record.subarray(at.perceptualHash, at.mirroredHash)),
    mirroredHash: new Uint8Array(record.subarray(at.mirroredHash, at.width)),
  };
}

/** Rows `from` to `to` as a file: header, records, the failures' messages as UTF-8. */
function shardBytes(table: FactTable, from: number, to: number): Buffer {
  const records = Buffer.from(table.records.subarray(from * recordBytes, to * recordBytes));
  const texts: Buffer[] = [];
  let textLength = 0;
  for (let offset = 0; offset < records.length; offset += recordBytes) {
    if (records[offset + at.kind] !== kindFailed) continue;
    const text = Buffer.from(table.messages[records.readUInt32LE(offset + at.width)]!);
    records.writeUInt32LE(textLength, offset + at.width);
    records.writeUInt32LE(text.length, offset + at.height);
    texts.push(text);
    textLength += text.length;
  }
  const header = Buffer.alloc(headerBytes);
  header.write(magic, "latin1");
  header.writeUInt32LE(to - from, 8);
  header.writeUInt32LE(textLength, 12);
  return Buffer.concat([header, records, ...texts]);
}

async function loadShard(env: Env, path: string, table: FactTable): Promise<void> {
  const bytes = await readFile(path).catch((error: unknown) => {
    // Another process may have gathered it into its own shard since the folder was listed.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  });
  if (bytes === undefined) return;
  const textAt = findText(bytes);
  if (textAt === undefined) {
    env.log("decode.facts", `Left out ${path}, which is cut off or not ours; its facts are made again, and the file may be deleted`);
    return;
  }
  takeRecords(table, bytes, textAt);
  await noteUse(env, path);
}

/** Adds a shard's records as they lie. One whose key is known already stays as a gap that nobody asks for. */
function takeRecords(table: FactTable, bytes: Buffer, textAt: number): void {
  const count = (textAt - headerBytes) / recordBytes;
  reserve(table, count);
  const first = table.rows * recordBytes;
  const { records } = table;
  bytes.copy(records, first, headerBytes, textAt);
  for (let offset = first; offset < first + count * recordBytes; offset += recordBytes) {
    table.keys.add(records.subarray(offset, offset + at.pixelHash), offset / recordBytes);
    if (records[offset + at.kind] !== kindFailed) continue;
    const start = textAt + records.readUInt32LE(offset + at.width);
    const message = bytes.toString("utf8", start, start + records.readUInt32LE(offset + at.height));
    records.writeUInt32LE(table.messages.push(message) - 1, offset + at.width);
  }
  table.rows += count;
}

/** Where the text behind a shard's records begins; undefined where the bytes are no whole shard. */
function findText(bytes: Buffer): number | undefined {
  if (bytes.length < headerBytes || bytes.toString("latin1", 0, magic.length) !== magic) return undefined;
  const textAt = headerBytes + bytes.readUInt32LE(8) * recordBytes;
  return bytes.length === textAt + bytes.readUInt32LE(12) ? textAt : undefined;
}

/** Writes all rows as one shard, then removes those that it replaces. Tells how many rows are on the disk. */
async function gatherShards(env: Env, folder: string, { names, table }: { names: readonly string[]; table: FactTable }): Promise<number> {
  await writeAtomically(join(folder, `${createShardName(env)}${suffix}`), shardBytes(table, 0, table.rows));
  await eachConcurrently(names, 8, (name) => rm(join(folder, name), { force: true }));
  return table.rows;
}
