import { setImmediate as nextTurn } from "node:timers/promises";
import { TextDecoder } from "node:util";
import type { ByteReplacement } from "../store/replacedFile.ts";

/** A text file's encoding as Winnow tells it; windows-1252 is what neither is UTF-8 nor has a mark. */
export type FileEncoding = "utf-8" | "utf-16le" | "utf-16be" | "windows-1252";

/**
 * The text of a file so that every part of it can be traced back to its bytes. `markBytes` is the length of the byte order mark, which is no part
 * of the text; `isAscii` where nothing else is in it.
 */
export interface EncodedText {
  readonly bytes: Buffer;
  readonly text: string;
  readonly encoding: FileEncoding;
  readonly markBytes: number;
  readonly isAscii: boolean;
  /** Where some characters are among the bytes, ascending: a look-up begins at the nearest. */
  readonly places: readonly Place[];
}

/** Bytes that are decoded in one turn of the event loop: some milliseconds. */
const bytesPerTurn = 4 << 20;

/**
 * Decodes a text file as the readers of datasets do, but to the byte: undefined where the bytes are not wholly text of their encoding, so that
 * writing them again would change them.
 */
export async function decodeFileText(bytes: Buffer): Promise<EncodedText | undefined> {
  const { encoding, markBytes } = markOf(bytes);
  if (encoding !== undefined) return await decodeAs(bytes, encoding, markBytes);
  return (await decodeAs(bytes, "utf-8", markBytes)) ?? (await decodeAs(bytes, "windows-1252", 0));
}

/**
 * Replacements of parts of the text, ascending and apart, as ones of bytes; undefined where the encoding has no bytes for a character, and all of them where
 * the file would be read in another encoding then.
 */
export function replaceTexts(
  source: EncodedText,
  replacements: readonly { readonly from: number; readonly to: number; readonly text: string }[],
): (ByteReplacement | undefined)[] {
  let cursor: Place = { character: 0, byte: source.markBytes };
  const byteAt = (character: number): number => (cursor = placeAt(source, character, cursor)).byte;
  const replaced = replacements.map(({ from, to, text }) => {
    const inserted = encodeText(text, source.encoding);
    return inserted && { from: byteAt(from), to: byteAt(to), inserted };
  });
  const isRisky = source.encoding === "windows-1252";
  const known = replaced.filter((replacement) => replacement !== undefined);
  return isRisky && isOtherwiseRead(Buffer.concat(partsOf(source.bytes, known))) ? replaced.map(() => undefined) : replaced;
}

/** The bytes of a file after replacements, ascending and apart, in parts. */
export function partsOf(bytes: Buffer, replacements: readonly ByteReplacement[]): readonly Uint8Array[] {
  const parts: Uint8Array[] = [];
  let end = 0;
  for (const { from, to, inserted } of replacements) {
    parts.push(bytes.subarray(end, from), inserted);
    end = to;
  }
  return [...parts, bytes.subarray(end)];
}

/** A text's bytes without a mark; undefined where a character has none. */
export function encodeText(text: string, encoding: FileEncoding): Buffer | undefined {
  if (/\p{Surrogate}/u.test(text)) return undefined;
  switch (encoding) {
    case "utf-8":
      return Buffer.from(text, "utf8");
    case "utf-16le":
      return Buffer.from(text, "utf16le");
    case "utf-16be":
      return Buffer.from(text, "utf16le").swap16();
    case "windows-1252":
      return encodeWindows(text);
  }
}

function markOf(bytes: Buffer): { encoding: FileEncoding | undefined; markBytes: number } {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return { encoding: "utf-16le", markBytes: 2 };
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return { encoding: "utf-16be", markBytes: 2 };
  return { encoding: undefined, markBytes: bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0 };
}

async function decodeAs(bytes: Buffer, encoding: FileEncoding, markBytes: number): Promise<EncodedText | undefined> {
  const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
  const places: Place[] = [];
  const pieces: string[] = [];
  let characters = 0;
  for (let from = markBytes; from < bytes.length;) {
    const to = Math.min(bytes.length, characterStart(bytes, from + bytesPerTurn, encoding));
    const piece = decodePiece(decoder, bytes.subarray(from, to));
    if (piece === undefined) return undefined;
    places.push({ character: characters, byte: from });
    pieces.push(piece);
    characters += piece.length;
    from = to;
    if (from < bytes.length) await nextTurn();
  }
  if (decodePiece(decoder) === undefined) return undefined;
  const text = pieces.join("");
  // Outside of ASCII every character takes more bytes in UTF-8 than it has units; windows-1252 is only tried where there is one.
  const isAscii = encoding === "utf-8" && text.length === bytes.length - markBytes;
  return { bytes, text, encoding, markBytes, isAscii, places };
}

/** Decodes the next bytes, or ends the text where there are none. Node 20 decodes windows-1252 as ISO 8859-1 unless it is told that more comes. */
function decodePiece(decoder: TextDecoder, bytes?: Buffer): string | undefined {
  try {
    return bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true });
  } catch {
    return undefined;
  }
}

/** The nearest place from `at` on where a character begins, so that no piece cuts one in two. */
function characterStart(bytes: Buffer, at: number, encoding: FileEncoding): number {
  if (encoding === "windows-1252" || at >= bytes.length) return at;
  if (encoding === "utf-8") {
    let start = at;
    while (start < bytes.length && (bytes[start]! & 0xc0) === 0x80) start += 1;
    return start;
  }
  // Marks and pieces have an even length, so a unit begins here; the second half of a pair belongs to what is before.
  const high = encoding === "utf-16le" ? bytes[at + 1] : bytes[at];
  return high !== undefined && high >= 0xdc && high <= 0xdf ? at + 2 : at;
}

interface Place {
  readonly character: number;
  readonly byte: number;
}

/** Where a character is, from a place before it. */
function placeAt({ text, encoding, places }: EncodedText, character: number, before: Place): Place {
  const noted = places.findLast((known) => known.character <= character) ?? before;
  const nearest = noted.character > before.character ? noted : before;
  const between = text.slice(nearest.character, character);
  switch (encoding) {
    case "utf-8":
      return { character, byte: nearest.byte + Buffer.byteLength(between, "utf8") };
    case "utf-16le":
    case "utf-16be":
      return { character, byte: nearest.byte + 2 * between.length };
    case "windows-1252":
      return { character, byte: nearest.byte + between.length };
  }
}

/** The byte of every character of windows-1252, as the decoder has them. */
const windowsBytes: ReadonlyMap<string, number> = new Map(
  Array.from({ length: 256 }, (_, byte) => [new TextDecoder("windows-1252").decode(Uint8Array.of(byte), { stream: true }), byte] as const),
);

function encodeWindows(text: string): Buffer | undefined {
  const bytes = Array.from(text, (character) => windowsBytes.get(character));
  return bytes.every((byte) => byte !== undefined) ? Buffer.from(bytes) : undefined;
}

/** True of bytes that are no longer taken for windows-1252, though they are not plain ASCII either. */
function isOtherwiseRead(bytes: Buffer): boolean {
  if (markOf(bytes).encoding !== undefined) return true;
  if (bytes.every((byte) => byte < 0x80)) return false;
  const decoder = new TextDecoder("utf-8", { fatal: true });
  return decodePiece(decoder, bytes) !== undefined && decodePiece(decoder) !== undefined;
}
