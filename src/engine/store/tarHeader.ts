/** Length of a header and of the unit that bodies are padded to. */
export const tarBlockBytes = 512;

/** What a block of a tar archive says. `body` is the number of bytes behind it, not padded. */
export type TarHeader =
  | { readonly kind: "end" }
  | { readonly kind: "broken"; readonly reason: string }
  | { readonly kind: "entry"; readonly type: string; readonly name: string; readonly size: number };

/** Names and sizes of a GNU `L` or a pax `x` header, which hold for the entry that follows. */
export interface TarOverride {
  readonly name?: string;
  readonly size?: number;
}

const sizeAt = { from: 124, to: 136 };
const checksumAt = { from: 148, to: 156 };

/** Reads the header in the first 512 bytes of `block` (POSIX ustar, GNU and the old form). */
export function parseTarHeader(block: Buffer): TarHeader {
  const header = block.subarray(0, tarBlockBytes);
  if (header[0] === 0 && header.every((byte) => byte === 0)) return { kind: "end" };
  if (parseNumber(header.subarray(checksumAt.from, checksumAt.to)) !== checksumOf(header))
    return { kind: "broken", reason: "a header's checksum is wrong" };
  const size = parseNumber(header.subarray(sizeAt.from, sizeAt.to));
  if (size === undefined) return { kind: "broken", reason: "a header gives no size" };
  const isPosix = header.toString("latin1", 257, 263) === "ustar\0";
  const prefix = isPosix ? parseText(header.subarray(345, 500)) : "";
  const name = parseText(header.subarray(0, 100));
  const type = header[156] === 0 ? "0" : String.fromCharCode(header[156] ?? 0);
  return { kind: "entry", type, name: prefix === "" ? name : `${prefix}/${name}`, size };
}

/** Reads the body of a GNU `L` header: the next entry's name. */
export function parseLongName(body: Buffer): TarOverride {
  return { name: parseText(body) };
}

/** Reads the body of a pax `x` header: records of `length key=value` and a line break, of which `path` and `size` matter here. */
export function parsePax(body: Buffer): TarOverride {
  let override: TarOverride = {};
  for (let at = 0; at < body.length;) {
    const length = Number.parseInt(body.toString("latin1", at, at + 20), 10);
    if (!(length > 0)) break;
    const record = body.toString("utf8", body.indexOf(0x20, at) + 1, at + length - 1);
    const equals = record.indexOf("=");
    const [key, value] = [record.slice(0, equals), record.slice(equals + 1)];
    if (key === "path") override = { ...override, name: value };
    if (key === "size") override = { ...override, size: Number(value) };
    at += length;
  }
  return override;
}

/** Bytes of a body with its padding. */
export function paddedSize(size: number): number {
  return Math.ceil(size / tarBlockBytes) * tarBlockBytes;
}

/** Whether a block is the header of a member as an archive's index knows it. A long name stands in another header before this one, which has only its beginning, or none of it. */
export function isHeaderOf(block: Buffer, { member, size }: { readonly member: string; readonly size: number }): boolean {
  const header = parseTarHeader(block);
  return header.kind === "entry" && header.name === member && header.size === size;
}

/** A header for a body of another size: that and the checksum are written anew, in octal digits as every tar reads them. All other bytes stay. */
export function headerWithSize(block: Buffer, size: number): Buffer {
  const header = Buffer.from(block.subarray(0, tarBlockBytes));
  header.write(size.toString(8).padStart(sizeAt.to - sizeAt.from - 1, "0"), sizeAt.from, "latin1");
  header.write(`${checksumOf(header).toString(8).padStart(6, "0")}\0 `, checksumAt.from, "latin1");
  return header;
}

/** The header of a file's entry with a short name in ASCII (POSIX ustar): readable by all, of nobody, of no time. */
export function newTarHeader(name: string, size: number): Buffer {
  const header = Buffer.alloc(tarBlockBytes);
  header.write(name, 0, 100, "latin1");
  header.write("0000644\0" + "0000000\0" + "0000000\0", 100, "latin1");
  header.write("00000000000\0", 136, "latin1");
  header.write("0", 156, "latin1");
  header.write("ustar\0" + "00", 257, "latin1");
  return headerWithSize(header, size);
}

function checksumOf(header: Buffer): number {
  let sum = 0x20 * (checksumAt.to - checksumAt.from);
  for (let at = 0; at < header.length; at += 1) {
    if (at < checksumAt.from || at >= checksumAt.to) sum += header[at] ?? 0;
  }
  return sum;
}

/** A number in octal digits, or, with the highest bit set, in base 256 as GNU writes sizes above 8 GB. */
function parseNumber(field: Buffer): number | undefined {
  if (((field[0] ?? 0) & 0x80) !== 0) {
    let value = (field[0] ?? 0) & 0x7f;
    for (const byte of field.subarray(1)) value = value * 256 + byte;
    return Number.isSafeInteger(value) ? value : undefined;
  }
  const digits = parseText(field).trim();
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : undefined;
}

function parseText(field: Buffer): string {
  const end = field.indexOf(0);
  return field.toString("utf8", 0, end < 0 ? field.length : end);
}
