import type { Picture } from "./picture.ts";

/** A GIF for a decoder, and what the decoder won't tell: which columns and rows the first frame paints, and the colour around it. */
export interface PreparedGif {
  readonly bytes: Uint8Array;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  /** Red, green, blue. */
  readonly around: readonly number[];
}

/**
 * Makes a GIF's first frame opaque (in a copy where that changes anything), so that a decoder gives the palette's colour where it is
 * transparent, as Pillow's convert("RGB") does. Around the frame Pillow has the transparent colour, else the palette's first. Only the
 * blocks before the frame's pixels are looked at.
 */
export function prepareGif(bytes: Uint8Array): PreparedGif {
  let at = headerLength + paletteLength(bytes[10] ?? 0);
  let prepared = bytes;
  let index = 0;
  while (bytes[at] === extensionIntroducer) {
    if (bytes[at + 1] === graphicControl && ((bytes[at + 3] ?? 0) & 1) === 1) {
      index = bytes[at + 6] ?? 0;
      prepared = bytes.slice();
      prepared[at + 3] = prepared[at + 3]! & ~1;
    }
    at = skipSubBlocks(bytes, at + 2);
  }
  const [left, top, width, height] = [1, 3, 5, 7].map((offset) => (bytes[at + offset] ?? 0) | ((bytes[at + offset + 1] ?? 0) << 8));
  const palette = paletteLength(bytes[at + 9] ?? 0) > 0 ? at + 10 : headerLength;
  const around = [0, 1, 2].map((channel) => bytes[palette + index * 3 + channel] ?? 0);
  return { bytes: prepared, left: left!, top: top!, right: left! + width!, bottom: top! + height!, around };
}

/** Fills what the first frame leaves of the canvas; the same picture where it leaves nothing. */
export function fillAround(picture: Picture, { left, top, right, bottom, around }: PreparedGif): Picture {
  const { width, height } = picture;
  if (left <= 0 && top <= 0 && right >= width && bottom >= height) return picture;
  const pixels = Uint8Array.from(picture.pixels);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      if (y < top || y >= bottom || x < left || x >= right) pixels.set(around, (y * width + x) * 3);
    }
  }
  return { width, height, pixels };
}

const headerLength = 13;
const extensionIntroducer = 0x21;
const graphicControl = 0xf9;

/** Bytes of the palette that flags announce. */
function paletteLength(flags: number): number {
  return (flags & 0x80) === 0 ? 0 : 3 << ((flags & 7) + 1);
}

function skipSubBlocks(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] !== 0) at += bytes[at]! + 1;
  return at + 1;
}
