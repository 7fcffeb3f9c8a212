import { open } from "node:fs/promises";

/** The array types that Winnow writes: float16, float32 and bytes. */
export type NpyType = "<f2" | "<f4" | "|u1";

/** What stands before the numbers of a `.npy` file. `type` is numpy's `descr` as it is written, a list's text for structured rows. */
export interface NpyHeader {
  readonly type: string;
  readonly shape: readonly number[];
  readonly fortranOrder: boolean;
  readonly dataOffset: number;
}

/** A header with the size of its file. */
export interface SizedNpyHeader extends NpyHeader {
  readonly sizeBytes: number;
}

/** A block of rows of a file: `bytesPerRow` from its header, rows `from` (in) to `to` (out). */
export interface NpyRange {
  readonly dataOffset: number;
  readonly bytesPerRow: number;
  readonly from: number;
  readonly to: number;
}

const magic = "\x93NUMPY";
/** Bytes before the data of every file that we write. Numpy aligns to 64; 128 hold any of our headers, so a growing shape never moves the data. */
export const npyHeaderLength = 128;
/** Longer headers than this are no arrays of ours; numpy itself refuses beyond 10,000 characters. */
const longestHeader = 65_536;
const itemSizes: Readonly<Record<NpyType, number>> = { "<f2": 2, "<f4": 4, "|u1": 1 };

/** Bytes of one row of an array of `type` and `shape`. */
export function bytesPerRow(type: NpyType, shape: readonly number[]): number {
  return shape.slice(1).reduce((product, size) => product * size, itemSizes[type]);
}

/** The 128 bytes that stand before row-major data of `type` and `shape`; format 1.0 of numpy's NEP 1. */
export function formatNpyHeader(type: NpyType, shape: readonly number[]): Uint8Array {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const text = `{'descr': '${type}', 'fortran_order': False, 'shape': (${sizes}), }`;
  const padded = `${text.padEnd(npyHeaderLength - magic.length - 5)}\n`;
  return Buffer.concat([
    Buffer.from(`${magic}\x01\x00`, "latin1"),
    Buffer.of(padded.length & 0xff, padded.length >> 8),
    Buffer.from(padded, "latin1"),
  ]);
}

/** A whole `.npy` file: header and row-major data. */
export function npyBytes(type: NpyType, shape: readonly number[], data: NodeJS.ArrayBufferView): Uint8Array {
  return Buffer.concat([formatNpyHeader(type, shape), new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]);
}

/** Reads a header from the beginning of a file's bytes: formats 1 to 3, keys in any order. Undefined where the bytes are none, or not all of it. */
export function parseNpyHeader(bytes: Uint8Array): NpyHeader | undefined {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (start.length < 12 || start.toString("latin1", 0, 6) !== magic) return undefined;
  const isFirstFormat = start[6] === 1;
  const textOffset = isFirstFormat ? 10 : 12;
  const dataOffset = textOffset + (isFirstFormat ? start.readUInt16LE(8) : start.readUInt32LE(8));
  if (dataOffset > start.length) return undefined;
  const text = start.toString(start[6] === 3 ? "utf8" : "latin1", textOffset, dataOffset);
  const type = /['"]descr['"]\s*:\s*(?:['"]([^'"]*)['"]|(\[.*\]))/s.exec(text);
  const order = /['"]fortran_order['"]\s*:\s*(True|False)/.exec(text);
  const shape = /['"]shape['"]\s*:\s*\(([\d\s,L]*)\)/.exec(text);
  if (type === null || order === null || shape === null) return undefined;
  const sizes = shape[1]!
    .split(",")
    .filter((size) => size.trim() !== "")
    .map((size) => Number.parseInt(size, 10));
  return { type: type[1] ?? type[2]!, shape: sizes, fortranOrder: order[1] === "True", dataOffset };
}

/** Reads a file's header and its size; undefined where it is no `.npy` file. The cache's own files are not counted as reads of the user's. */
export async function readNpyHeader(path: string): Promise<SizedNpyHeader | undefined> {
  const handle = await open(path, "r");
  try {
    const { size } = await handle.stat();
    const buffer = Buffer.alloc(Math.min(size, longestHeader));
    const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, npyHeaderLength), 0);
    let header = parseNpyHeader(buffer.subarray(0, bytesRead));
    if (header === undefined && buffer.length > npyHeaderLength) {
      const all = await handle.read(buffer, 0, buffer.length, 0);
      header = parseNpyHeader(buffer.subarray(0, all.bytesRead));
    }
    return header && { ...header, sizeBytes: size };
  } finally {
    await handle.close();
  }
}

/** Reads a block of rows into memory of its own, so that it can be viewed as any number type. Throws when the file ends before it. */
export async function readNpyRows(path: string, range: NpyRange): Promise<ArrayBuffer> {
  const rows = new Uint8Array((range.to - range.from) * range.bytesPerRow);
  const handle = await open(path, "r");
  try {
    const { bytesRead } = await handle.read(rows, 0, rows.length, range.dataOffset + range.from * range.bytesPerRow);
    if (bytesRead < rows.length) throw new RangeError(`${path} ends before row ${range.to}: delete it, and its rows are made again`);
    return rows.buffer;
  } finally {
    await handle.close();
  }
}
