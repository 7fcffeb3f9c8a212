import { readFile } from "node:fs/promises";
import { crc32 } from "node:zlib";
import type { Env } from "../env.ts";
import { writeAtomically } from "./files.ts";

/** What the file system says of a file's state; equal stamps mean equal bytes, but for a change within the clock's grain. A Sample has one. */
export interface Stamp {
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  readonly inode: number;
}

/** A persistent map from a file's key and stamp to a text that was made from its bytes. */
export interface StampedMap {
  readonly size: number;
  /** The value that was set under this key for exactly this stamp. */
  readonly get: (key: string, stamp: Stamp) => string | undefined;
  /** `readAtMs` is the time just before the bytes were read: a file changed less than two seconds before may change again unseen and is not kept. */
  readonly set: (key: string, stamp: Stamp, value: string, readAtMs: number) => void;
  /** Writes what has changed, if anything; keys that are not live are let go. */
  readonly save: (isLive?: (key: string) => boolean) => Promise<void>;
}

/** Coarsest grain of a file system's clock (FAT has two seconds): the "racily clean" trap of git's index. */
export const clockGrainMs = 2000;

interface Entry extends Stamp {
  readonly value: string | { readonly from: number; readonly to: number };
}

interface Header {
  readonly winnow: "stamps";
  readonly schema: number;
  readonly count: number;
  readonly keyBytes: number;
  readonly valueBytes: number;
  readonly crc: number;
}

const schema = 1;
const newLine = 0x0a;

/**
 * Opens the map that `path` (absolute, in the cache folder) holds; an absent, broken or newer file counts as empty, and the log says so.
 * Form: a line of JSON, then columns: sizes, times, inodes (float64), value lengths (uint32), keys parted by NUL, values; UTF-8, little-endian.
 */
export async function openStampedMap(env: Env, path: string): Promise<StampedMap> {
  const { entries, values } = await load(env, path);
  let changed = false;
  const textOf = ({ value }: Entry): string => (typeof value === "string" ? value : values.toString("utf8", value.from, value.to));
  return {
    get size() {
      return entries.size;
    },
    get: (key, stamp) => {
      const entry = entries.get(key);
      return entry !== undefined && isSameStamp(entry, stamp) ? textOf(entry) : undefined;
    },
    set: (key, { sizeBytes, mtimeMs, inode }, value, readAtMs) => {
      if (readAtMs - mtimeMs < clockGrainMs) return;
      entries.set(key, { sizeBytes, mtimeMs, inode, value });
      changed = true;
    },
    save: async (isLive = () => true) => {
      for (const key of entries.keys()) {
        if (!isLive(key)) changed = entries.delete(key);
      }
      if (!changed) return;
      await writeAtomically(path, pack(entries, textOf));
      changed = false;
    },
  };
}

/** Tells whether bytes are a whole map of this version's form. */
export function isWholeStampedMap(bytes: Buffer): boolean {
  return parseHeader(bytes) !== undefined;
}

/** Tells whether two stamps are of the same state of a file. */
export function isSameStamp(a: Stamp, b: Stamp): boolean {
  return a.sizeBytes === b.sizeBytes && a.mtimeMs === b.mtimeMs && a.inode === b.inode;
}

interface Loaded {
  readonly entries: Map<string, Entry>;
  readonly values: Buffer;
}

async function load(env: Env, path: string): Promise<Loaded> {
  const nothing: Loaded = { entries: new Map(), values: Buffer.alloc(0) };
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch {
    return nothing;
  }
  const header = parseHeader(bytes);
  if (header === undefined) env.log("store.stamps", `${path} is broken or of another version and is made again`);
  return header === undefined ? nothing : unpack(header, bytes.subarray(bytes.indexOf(newLine) + 1));
}

function parseHeader(bytes: Buffer): Header | undefined {
  const end = bytes.indexOf(newLine);
  try {
    const header = JSON.parse(bytes.toString("utf8", 0, end)) as Header;
    const body = bytes.subarray(end + 1);
    const fits =
      header.winnow === "stamps" && header.schema === schema && body.length === header.count * 28 + header.keyBytes + header.valueBytes;
    return fits && crc32(body) === header.crc ? header : undefined;
  } catch {
    return undefined;
  }
}

function unpack({ count, keyBytes }: Header, body: Buffer): Loaded {
  const columns = new Float64Array(Uint8Array.from(body.subarray(0, count * 24)).buffer);
  const lengths = new Uint32Array(Uint8Array.from(body.subarray(count * 24, count * 28)).buffer);
  const keys = count === 0 ? [] : body.toString("utf8", count * 28, count * 28 + keyBytes).split("\0");
  const values = body.subarray(count * 28 + keyBytes);
  const entries = new Map<string, Entry>();
  let from = 0;
  for (const [row, key] of keys.entries()) {
    const to = from + (lengths[row] ?? 0);
    const [sizeBytes = 0, mtimeMs = 0, inode = 0] = [columns[row], columns[count + row], columns[2 * count + row]];
    entries.set(key, { sizeBytes, mtimeMs, inode, value: { from, to } });
    from = to;
  }
  return { entries, values };
}

function pack(entries: ReadonlyMap<string, Entry>, textOf: (entry: Entry) => string): Buffer {
  const count = entries.size;
  const columns = new Float64Array(count * 3);
  const lengths = new Uint32Array(count);
  const parts: Buffer[] = [];
  let row = 0;
  for (const entry of entries.values()) {
    const value = Buffer.from(textOf(entry), "utf8");
    columns[row] = entry.sizeBytes;
    columns[count + row] = entry.mtimeMs;
    columns[2 * count + row] = entry.inode;
    lengths[row] = value.length;
    parts.push(value);
    row += 1;
  }
  const keys = Buffer.from([...entries.keys()].join("\0"), "utf8");
  const values = Buffer.concat(parts);
  const body = Buffer.concat([Buffer.from(columns.buffer), Buffer.from(lengths.buffer), keys, values]);
  const header: Header = { winnow: "stamps", schema, count, keyBytes: keys.length, valueBytes: values.length, crc: crc32(body) };
  return Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`, "utf8"), body]);
}
