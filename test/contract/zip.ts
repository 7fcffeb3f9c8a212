import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { inflateRawSync } from "node:zlib";

/** A file in a zip archive. */
export interface ZipEntry {
  readonly path: string;
  readonly sizeBytes: number;
  readonly read: () => Buffer;
}

const endOfDirectory = 0x06054b50;
const endBytes = 22;

/** Reads the files of a zip archive as packers of extensions write it: no archive comment, no Zip64, stored or deflated (APPNOTE.TXT 4.3). */
export function readZip(file: string): readonly ZipEntry[] {
  const bytes = readFileSync(file);
  const end = bytes.length - endBytes;
  if (bytes.readUInt32LE(end) !== endOfDirectory) throw new Error(`Expected a zip archive without a comment but received ${file}`);
  const entries: ZipEntry[] = [];
  let at = bytes.readUInt32LE(end + 16);
  for (let count = bytes.readUInt16LE(end + 10); count > 0; count--) {
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((offset) => bytes.readUInt16LE(at + offset)) as [number, number, number];
    const [packedBytes, sizeBytes, header] = [20, 24, 42].map((offset) => bytes.readUInt32LE(at + offset)) as [number, number, number];
    const method = bytes.readUInt16LE(at + 10);
    const path = bytes.toString("utf8", at + 46, at + 46 + nameBytes);
    at += 46 + nameBytes + extraBytes + commentBytes;
    const read = (): Buffer => {
      const from = header + 30 + bytes.readUInt16LE(header + 26) + bytes.readUInt16LE(header + 28);
      const packed = bytes.subarray(from, from + packedBytes);
      return method === 0 ? packed : inflateRawSync(packed);
    };
    if (!path.endsWith("/")) entries.push({ path, sizeBytes, read });
  }
  return entries;
}

/** Writes an archive's files below a folder. */
export function unzip(entries: readonly ZipEntry[], folder: string): void {
  for (const { path, read } of entries) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, read());
  }
}
