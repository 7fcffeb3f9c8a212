import type { Picture } from "./picture.ts";

/**
 * Reads an uncompressed Windows bitmap (1, 4, 8, 16, 24 or 32 bits, with colour masks too) to RGB, alpha dropped, as Pillow does; libvips
 * has no such reader. Throws a RangeError that says why where the bytes give no picture, with "Unsupported" as its first word where the
 * kind is not known (run-length coding).
 */
export function parseBmp(bytes: Uint8Array): Picture {
  const header = parseBmpHeader(bytes);
  const { width, height, bits, upsideDown, pixelsAt } = header;
  const rowLength = Math.ceil((width * bits) / 32) * 4;
  if (pixelsAt + rowLength * height > bytes.length) throw new RangeError("its pixels end early");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const pixels = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y += 1) {
    const start = pixelsAt + (upsideDown ? height - 1 - y : y) * rowLength;
    const to = y * width * 3;
    if (bits <= 8) copyPaletteRow(view, start, header, pixels.subarray(to, to + width * 3));
    else if (bits === 24) copyBgrRow(bytes, start, pixels.subarray(to, to + width * 3));
    else copyMaskedRow(view, start, header, pixels.subarray(to, to + width * 3));
  }
  return { width, height, pixels };
}

/** Width, height and lay-out of a bitmap; throws as `parseBmp` does. */
export function parseBmpHeader(bytes: Uint8Array): BmpHeader {
  if (bytes.length < 26) throw new RangeError("its header ends early");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerSize = view.getUint32(14, true);
  const old = headerSize === 12;
  if (!old && (headerSize < 40 || bytes.length < 14 + headerSize)) throw new RangeError("its header ends early");
  const width = old ? view.getUint16(18, true) : view.getInt32(18, true);
  const signedHeight = old ? view.getUint16(20, true) : view.getInt32(22, true);
  const bits = view.getUint16(old ? 24 : 28, true);
  const compression = old ? 0 : view.getUint32(30, true);
  if (width <= 0 || signedHeight === 0) throw new RangeError(`its size is ${width} × ${signedHeight}`);
  if (![1, 4, 8, 16, 24, 32].includes(bits) || (compression !== 0 && compression !== 3)) {
    throw new RangeError(`Unsupported: ${bits} bits with compression ${compression}`);
  }
  const coloursUsed = old ? 0 : view.getUint32(46, true);
  const common = { width, height: Math.abs(signedHeight), bits, upsideDown: signedHeight > 0, pixelsAt: view.getUint32(10, true) };
  const paletteAt = 14 + headerSize;
  return {
    ...common,
    masks:
      compression === 3 && bytes.length >= 66
        ? [54, 58, 62].map((at) => view.getUint32(at, true))
        : bits === 16
          ? [0x7c00, 0x3e0, 0x1f]
          : [0xff0000, 0xff00, 0xff],
    paletteAt,
    paletteStep: old ? 3 : 4,
    paletteSize: Math.min(coloursUsed || 1 << Math.min(bits, 8), Math.max(0, Math.floor((bytes.length - paletteAt) / (old ? 3 : 4)))),
  };
}

/** Where a bitmap keeps what. */
export interface BmpHeader {
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  /** The bottom row stands first in the file, as usual. */
  readonly upsideDown: boolean;
  readonly pixelsAt: number;
  /** Of red, green and blue, for 16 and 32 bits. */
  readonly masks: readonly number[];
  readonly paletteAt: number;
  readonly paletteStep: number;
  readonly paletteSize: number;
}

function copyPaletteRow(view: DataView, start: number, header: BmpHeader, row: Uint8Array): void {
  const { bits, paletteAt, paletteStep, paletteSize } = header;
  const perByte = 8 / bits;
  for (let x = 0; x * 3 < row.length; x += 1) {
    const byte = view.getUint8(start + Math.floor(x / perByte));
    const index = (byte >> (8 - bits * ((x % perByte) + 1))) & ((1 << bits) - 1);
    if (index >= paletteSize) continue;
    const colour = paletteAt + index * paletteStep;
    row[x * 3] = view.getUint8(colour + 2);
    row[x * 3 + 1] = view.getUint8(colour + 1);
    row[x * 3 + 2] = view.getUint8(colour);
  }
}

function copyBgrRow(bytes: Uint8Array, start: number, row: Uint8Array): void {
  for (let at = 0; at < row.length; at += 3) {
    row[at] = bytes[start + at + 2]!;
    row[at + 1] = bytes[start + at + 1]!;
    row[at + 2] = bytes[start + at]!;
  }
}

function copyMaskedRow(view: DataView, start: number, header: BmpHeader, row: Uint8Array): void {
  const channels = header.masks.map((mask) => {
    const shift = mask === 0 ? 0 : 31 - Math.clz32(mask & -mask);
    return { shift, top: mask >>> shift };
  });
  for (let x = 0; x * 3 < row.length; x += 1) {
    const value = header.bits === 16 ? view.getUint16(start + x * 2, true) : view.getUint32(start + x * 4, true);
    channels.forEach(({ shift, top }, channel) => {
      row[x * 3 + channel] = top === 0 ? 0 : Math.floor((((value >>> shift) & top) * 255) / top);
    });
  }
}
