import type { PictureFormat } from "./facts.ts";

/** What the first bytes of a file say that it is: a picture that is decoded, or the name of something that is not. */
export type Sniffed = { readonly kind: "picture"; readonly format: PictureFormat } | { readonly kind: "other"; readonly name: string };

/**
 * Tells a format by its magic bytes, whatever the file's name says. Only what is listed here reaches a decoder: SVG and PDF may refer to
 * other files, and the others are formats of which sharp's libraries are built without a reader.
 */
export function sniffFormat(bytes: Uint8Array): Sniffed {
  const format = pictureFormatOf(bytes);
  if (format !== undefined) return { kind: "picture", format };
  return { kind: "other", name: otherNameOf(bytes) };
}

function pictureFormatOf(bytes: Uint8Array): PictureFormat | undefined {
  if (startsWith(bytes, 0, [0xff, 0xd8, 0xff])) return "jpeg";
  if (startsWith(bytes, 0, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return "png";
  if (textAt(bytes, 0, 4) === "RIFF" && textAt(bytes, 8, 4) === "WEBP") return "webp";
  if (["GIF87a", "GIF89a"].includes(textAt(bytes, 0, 6))) return "gif";
  if (["II*\0", "MM\0*", "II+\0", "MM\0+"].includes(textAt(bytes, 0, 4))) return "tiff";
  if (textAt(bytes, 4, 4) === "ftyp" && brandsOf(bytes).some((brand) => brand === "avif" || brand === "avis")) return "avif";
  // "BM" alone is a likely start of a text, so the header's size, which is small, is asked too.
  if (textAt(bytes, 0, 2) === "BM" && startsWith(bytes, 15, [0, 0, 0])) return "bmp";
  return undefined;
}

function otherNameOf(bytes: Uint8Array): string {
  const start = textAt(bytes, 0, 256)
    .replace(/^\u00ef\u00bb\u00bf/, "")
    .trimStart()
    .toLowerCase();
  if (start.startsWith("<!doctype html") || start.startsWith("<html")) return "an HTML page";
  if (start.startsWith("<svg") || (start.startsWith("<?xml") && /<svg|svg/.test(textAt(bytes, 0, 1024)))) return "an SVG drawing";
  if (start.startsWith("<")) return "an XML or HTML text";
  if (start.startsWith("%pdf")) return "a PDF document";
  if (textAt(bytes, 4, 4) === "ftyp") return `a ${brandsOf(bytes)[0] ?? "media"} file (HEIC or video)`;
  if (textAt(bytes, 0, 4) === "8BPS") return "a Photoshop document";
  if (textAt(bytes, 4, 8) === "jP  \r\n\u0087\n" || startsWith(bytes, 0, [0xff, 0x4f, 0xff, 0x51])) return "a JPEG 2000 picture";
  if (textAt(bytes, 4, 8) === "JXL \r\n\u0087\n" || startsWith(bytes, 0, [0xff, 0x0a])) return "a JPEG XL picture";
  if (textAt(bytes, 0, 4) === "PK\u0003\u0004") return "a ZIP archive";
  return "not a picture that Winnow knows";
}

/** The major and the compatible brands of an ISO base media file. */
function brandsOf(bytes: Uint8Array): string[] {
  const size = Math.min(bytes.length, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0), 256);
  const brands = [textAt(bytes, 8, 4)];
  for (let at = 16; at + 4 <= size; at += 4) brands.push(textAt(bytes, at, 4));
  return brands;
}

function startsWith(bytes: Uint8Array, at: number, expected: readonly number[]): boolean {
  return expected.every((byte, index) => bytes[at + index] === byte);
}

/** Bytes as Latin-1, shorter at the end. */
function textAt(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}
