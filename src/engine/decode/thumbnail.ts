import sharp, { type Sharp } from "sharp";
import { sniffFormat } from "../../core/pixels/sniff.ts";
import { decodePicture, type DecodedPicture, type DecodeLimits, type UndecodedPicture } from "./decodePicture.ts";

/** How a picture is made to be looked at: its longer side in pixels (it is never enlarged) and WebP's quality. */
export interface PreviewShape {
  readonly side: number;
  readonly quality: number;
}

/** A picture to be looked at, as WebP; `width` and `height` are those of the original, upright. */
export interface Preview {
  readonly kind: "preview";
  readonly bytes: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Quality of small pictures: 5 kB for a photo at 160 pixels. */
export const thumbnailQuality = 75;

/**
 * Makes a picture to be looked at in threads of its own, without decoding more pixels than it needs: upright, first frame, in the colours that a
 * browser would show, transparency over grey. Undefined where that can't be done so: `makePreviewSlowly` has the last word.
 */
export async function makePreview(bytes: Buffer, shape: PreviewShape, limits: DecodeLimits): Promise<Preview | undefined> {
  if (bytes.length > limits.sizeBytes) return undefined;
  const sniffed = sniffFormat(bytes);
  if (sniffed.kind === "other" || sniffed.format === "bmp") return undefined;
  try {
    const picture = sharp(bytes, { limitInputPixels: limits.pixels, failOn: "truncated" });
    const { autoOrient } = await picture.metadata();
    return await encode(picture.timeout(secondsOf(limits)).autoOrient(), autoOrient, shape);
  } catch {
    return undefined;
  }
}

/**
 * The same by way of the pixels that Winnow's own decoder gives: slower, but for every picture that Winnow reads, and with the reason where it
 * reads it not. Blocks its thread for as long as the decoder does.
 */
export async function makePreviewSlowly(bytes: Buffer, shape: PreviewShape, limits: DecodeLimits): Promise<Preview | UndecodedPicture> {
  const decoded = await decodePicture(bytes, limits);
  return decoded.kind === "decoded" ? await makePreviewOfPixels(decoded, shape) : decoded;
}

/**
 * The same of a picture that is decoded already. Where its pixels are what a browser shows, these are the bytes of `makePreview`, but for JPEGs of more than
 * twice the size, which that one has libjpeg decode smaller: 2 to 4 levels in the mean (photos and drawings, 900 to 1632 pixels wide, to 160).
 */
export async function makePreviewOfPixels({ picture }: DecodedPicture, shape: PreviewShape): Promise<Preview> {
  const { width, height, pixels } = picture;
  return await encode(sharp(pixels, { raw: { width, height, channels: 3 }, limitInputPixels: false }), { width, height }, shape);
}

const neutral = { r: 128, g: 128, b: 128 };

async function encode(picture: Sharp, size: { width: number; height: number }, { side, quality }: PreviewShape): Promise<Preview> {
  const bytes = await picture
    .resize({ width: side, height: side, fit: "inside", withoutEnlargement: true })
    .flatten({ background: neutral })
    .toColourspace("srgb")
    .webp({ quality, effort: 2 })
    .toBuffer();
  return { kind: "preview", bytes, ...size };
}

function secondsOf({ timeoutMs }: DecodeLimits): { seconds: number } {
  return { seconds: Math.ceil(timeoutMs / 1000) };
}
