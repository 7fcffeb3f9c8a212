import { open, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { isMissing } from "./fileMoves.ts";
import { keyBytes } from "./keyTable.ts";

/**
 * A pack is two files that one process alone writes: `<name>.thumbs` has small pictures one behind the other, `<name>.index` a record for each.
 * A picture's bytes are written before its record, and both carry a checksum, so that whatever a kill or a power cut leaves is whole or passed over.
 */
export interface PackFiles {
  readonly data: string;
  readonly index: string;
}

/** Where a picture lies in its pack. */
export interface PackRecord {
  readonly key: Uint8Array;
  readonly offset: number;
  readonly length: number;
  readonly checksum: number;
}

/** A pack as it lies in its folder; names sort by age. */
export interface StoredPack {
  readonly name: string;
  readonly folder: string;
  readonly sizeBytes: number;
}

/** Key, offset, length and checksum of the picture, and a checksum of those. */
export const recordBytes = keyBytes + 16;

const dataSuffix = ".thumbs";
const indexSuffix = ".index";

/** The files of a pack. */
export function packFiles(folder: string, name: string): PackFiles {
  return { data: join(folder, name + dataSuffix), index: join(folder, name + indexSuffix) };
}

/** The packs of a folder with the sizes of their data, the oldest first; a missing folder has none. */
export async function listPacks(folder: string): Promise<StoredPack[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const packs: StoredPack[] = [];
  for (const file of names.filter((name) => name.endsWith(dataSuffix)).sort()) {
    const found = await stat(join(folder, file)).catch(() => undefined);
    if (found !== undefined) packs.push({ name: file.slice(0, -dataSuffix.length), folder, sizeBytes: found.size });
  }
  return packs;
}

/** Removes a pack, its index first, so that no record is left without its picture. On Windows one that is being read stays. */
export async function removePack({ folder, name }: StoredPack): Promise<void> {
  const { data, index } = packFiles(folder, name);
  for (const path of [index, data]) await rm(path, { force: true }).catch(() => undefined);
}

/** Reads the records of an index from a byte on; a torn last one and damaged ones are left out. `readTo` is where the next reading begins. */
export async function readRecords(index: string, from: number): Promise<{ records: PackRecord[]; readTo: number }> {
  const bytes = await readFrom(index, from);
  const whole = bytes.length - (bytes.length % recordBytes);
  const records: PackRecord[] = [];
  for (let at = 0; at < whole; at += recordBytes) {
    const record = bytes.subarray(at, at + recordBytes);
    if (crc32(record.subarray(0, recordBytes - 4)) !== record.readUInt32LE(recordBytes - 4)) continue;
    records.push({
      key: record.subarray(0, keyBytes),
      offset: record.readUInt32LE(keyBytes),
      length: record.readUInt32LE(keyBytes + 4),
      checksum: record.readUInt32LE(keyBytes + 8),
    });
  }
  return { records, readTo: from + whole };
}

/** A record as bytes. */
export function bytesOfRecord({ key, offset, length, checksum }: PackRecord): Buffer {
  const bytes = Buffer.alloc(recordBytes);
  bytes.set(key);
  bytes.writeUInt32LE(offset, keyBytes);
  bytes.writeUInt32LE(length, keyBytes + 4);
  bytes.writeUInt32LE(checksum, keyBytes + 8);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, recordBytes - 4)), recordBytes - 4);
  return bytes;
}

/** Writes bytes at a place of a file that must be there, or with `isNew` must not. */
export async function writeAt(path: string, bytes: Uint8Array, { at, isNew }: { at: number; isNew: boolean }): Promise<void> {
  const handle = await open(path, isNew ? "wx" : "r+");
  try {
    for (let written = 0; written < bytes.length;) {
      written += (await handle.write(bytes, written, bytes.length - written, at + written)).bytesWritten;
    }
  } finally {
    await handle.close();
  }
}

async function readFrom(path: string, from: number): Promise<Buffer> {
  if (from === 0) return await readFile(path).catch(emptyIfMissing);
  try {
    const handle = await open(path, "r");
    try {
      const { size } = await handle.stat();
      const bytes = Buffer.alloc(Math.max(0, size - from));
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, from);
      return bytes.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    return emptyIfMissing(error);
  }
}

function emptyIfMissing(error: unknown): Buffer {
  if (isMissing(error)) return Buffer.alloc(0);
  throw error;
}
