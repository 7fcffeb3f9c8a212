import sharp, { type Metadata, type Sharp } from "sharp";
import { parseBmp, parseBmpHeader } from "../../core/pixels/bmp.ts";
import type { PictureFormat, PictureProblem } from "../../core/pixels/facts.ts";
import { fillAround, prepareGif } from "../../core/pixels/gif.ts";
import { readPlainJpegSize } from "../../core/pixels/jpeg.ts";
import type { Picture } from "../../core/pixels/picture.ts";
import { countPngFrames } from "../../core/pixels/png.ts";
import type { Size } from "../../core/pixels/preprocess.ts";
import { sniffFormat } from "../../core/pixels/sniff.ts";

/** What is decoded at most. */
export interface DecodeLimits {
  readonly pixels: number;
  readonly sizeBytes: number;
  readonly timeoutMs: number;
}

/** Pillow refuses more than twice its `MAX_IMAGE_PIXELS` (89,478,485), and so would every trainer. */
export const defaultDecodeLimits: DecodeLimits = { pixels: 178_956_970, sizeBytes: 256 << 20, timeoutMs: 30_000 };

/** A picture upright in RGB, and what its file said. */
export interface DecodedPicture {
  readonly kind: "decoded";
  readonly picture: Picture;
  readonly format: PictureFormat;
  readonly orientation: number;
  readonly frames: number;
  readonly clipped: boolean;
  /** True where the pixels are what a browser shows: no colour profile, no transparency, no inks. */
  readonly isAsShown: boolean;
}

/** No picture: for a reason that lies in the bytes, or because it took too long here and now. */
export type UndecodedPicture = { readonly kind: "failed"; readonly problem: PictureProblem } | { readonly kind: "tooSlow" };

/**
 * Decodes a file's bytes to the pixels that Pillow's `exif_transpose` and `convert("RGB")` give: first frame, ICC profiles ignored, alpha
 * dropped and not composited, deep colours cut to their high byte, 16-bit grey clipped at 255, CMYK by Pillow's formula. A file that is cut
 * off is refused, as Pillow does. Equal to the bit with Pillow 13 but for AVIF, whose subsampled chroma the libraries interpolate
 * differently (on ten photos 0.8 levels in the mean, worst cosine 0.995), and for Lab and uncompressed YCbCr in TIFF.
 *
 * With `leastSize` an RGB JPEG that is larger on both sides is decoded smaller, down to that size, by libjpeg's scaled transform and a Lanczos filter: fast,
 * and for a model alone.
 */
export async function decodePicture(bytes: Buffer, limits: DecodeLimits, leastSize?: Size): Promise<DecodedPicture | UndecodedPicture> {
  if (bytes.length === 0) return failed("emptyFile", "is empty: 0 bytes");
  if (bytes.length > limits.sizeBytes) return failed("tooLarge", `has ${bytes.length} bytes, more than the limit of ${limits.sizeBytes}`);
  const sniffed = sniffFormat(bytes);
  if (sniffed.kind === "other") return failed("unsupportedImage", `is ${sniffed.name}`);
  const decoder: Decoder = { bytes, format: sniffed.format, limits, leastSize: sniffed.format === "jpeg" ? leastSize : undefined };
  return sniffed.format === "bmp" ? decodeBmp(decoder) : decodeWithSharp(decoder);
}

interface Decoder {
  readonly bytes: Uint8Array;
  readonly format: PictureFormat;
  readonly limits: DecodeLimits;
  readonly leastSize: Size | undefined;
}

interface RawPixels {
  readonly data: Buffer;
  readonly info: { readonly width: number; readonly height: number; readonly channels: number };
}

function failed(code: PictureProblem["code"], message: string): UndecodedPicture {
  return { kind: "failed", problem: { code, message } };
}

function failedTooManyPixels({ width, height }: { width: number; height: number }, limits: DecodeLimits): UndecodedPicture {
  return failed("tooLarge", `says that it has ${width} × ${height} pixels, more than the limit of ${limits.pixels}`);
}

function decodeBmp({ bytes, limits }: Decoder): DecodedPicture | UndecodedPicture {
  try {
    const header = parseBmpHeader(bytes);
    if (header.width * header.height > limits.pixels) return failedTooManyPixels(header, limits);
    return { kind: "decoded", picture: parseBmp(bytes), format: "bmp", orientation: 1, frames: 1, clipped: false, isAsShown: true };
  } catch (error) {
    const { message } = error as Error;
    return message.startsWith("Unsupported")
      ? failed("unsupportedImage", `is a bitmap of a rare kind: ${message}`)
      : failed("brokenImage", `is a broken bitmap: ${message}`);
  }
}

async function decodeWithSharp(decoder: Decoder): Promise<DecodedPicture | UndecodedPicture> {
  const { format, limits } = decoder;
  const gif = format === "gif" ? prepareGif(decoder.bytes) : undefined;
  const bytes = gif?.bytes ?? decoder.bytes;
  try {
    const header = await readHeader(bytes, format);
    if (header.width * header.height > limits.pixels) return failedTooManyPixels(header, limits);
    const kind = pixelKindOf(header);
    const { data, info } = await startPipeline({ ...decoder, bytes }, kind).toBuffer({ resolveWithObject: true });
    const raw: RawPixels = { data, info };
    const frames = format === "png" ? countPngFrames(bytes) : (header.pages ?? 1);
    const isAsShown = kind === "rgb" && header.hasProfile !== true && header.hasAlpha !== true;
    const common = { kind: "decoded", format, orientation: header.orientation ?? 1, frames, isAsShown } as const;
    switch (kind) {
      case "grey16":
        return { ...common, ...rgbFromGrey16(raw) };
      case "cmyk":
        return { ...common, picture: rgbFromCmyk(raw), clipped: false };
      case "rgb": {
        const picture = rgbFromChannels(raw);
        return { ...common, picture: gif === undefined ? picture : fillAround(picture, gif), clipped: false };
      }
    }
  } catch (error) {
    return problemOf(error as Error, format);
  }
}

type Header = Pick<Metadata, "width" | "height"> &
  Partial<Pick<Metadata, "space" | "channels" | "orientation" | "pages" | "hasProfile" | "hasAlpha">>;

/** Asks libvips, which takes as long as a fifth of decoding a small photo; most JPEGs can do without. */
async function readHeader(bytes: Uint8Array, format: PictureFormat): Promise<Header> {
  const size = format === "jpeg" ? readPlainJpegSize(bytes) : undefined;
  return size ?? (await sharp(bytes, { limitInputPixels: false }).metadata());
}

/** What sharp is asked for: RGB by its own conversions where they are Pillow's, the values as they lie in the file where they are not. */
type PixelKind = "rgb" | "cmyk" | "grey16";

function pixelKindOf({ space, channels }: Header): PixelKind {
  if (space === "cmyk") return "cmyk";
  return space === "grey16" && channels === 1 ? "grey16" : "rgb";
}

function startPipeline({ bytes, limits, leastSize }: Decoder, kind: PixelKind): Sharp {
  const pipeline = sharp(bytes, { limitInputPixels: limits.pixels, failOn: "truncated", ignoreIcc: true })
    .timeout({ seconds: Math.ceil(limits.timeoutMs / 1000) })
    .autoOrient();
  switch (kind) {
    case "grey16":
      return pipeline.pipelineColourspace("grey16").toColourspace("grey16").raw({ depth: "ushort" });
    case "cmyk":
      return pipeline.pipelineColourspace("cmyk").toColourspace("cmyk").raw();
    case "rgb":
      return shrink(pipeline, leastSize).toColourspace("srgb").removeAlpha().raw();
  }
}

function shrink(pipeline: Sharp, leastSize: Size | undefined): Sharp {
  if (leastSize === undefined) return pipeline;
  return pipeline.resize({ ...leastSize, fit: "outside", withoutEnlargement: true, kernel: "lanczos3" });
}

function rgbFromGrey16({ data, info }: RawPixels): { picture: Picture; clipped: boolean } {
  const count = info.width * info.height;
  const values = new Uint16Array(data.buffer, data.byteOffset, count * info.channels);
  const pixels = new Uint8Array(count * 3);
  let clipped = false;
  for (let pixel = 0; pixel < count; pixel += 1) {
    const value = values[pixel * info.channels]!;
    if (value > 255) clipped = true;
    pixels.fill(Math.min(255, value), pixel * 3, pixel * 3 + 3);
  }
  return { picture: { width: info.width, height: info.height, pixels }, clipped };
}

/** Pillow's cmyk2rgb: what black leaves, less the ink's share of it, with its rounded division by 255. */
function rgbFromCmyk({ data, info }: RawPixels): Picture {
  const count = info.width * info.height;
  const pixels = new Uint8Array(count * 3);
  for (let pixel = 0; pixel < count; pixel += 1) {
    const from = pixel * info.channels;
    const light = 255 - data[from + 3]!;
    for (let channel = 0; channel < 3; channel += 1) {
      const product = data[from + channel]! * light + 128;
      pixels[pixel * 3 + channel] = light - (((product >> 8) + product) >> 8);
    }
  }
  return { width: info.width, height: info.height, pixels };
}

/** Takes the first three of the channels; one or two are grey. */
function rgbFromChannels({ data, info }: RawPixels): Picture {
  const { width, height, channels } = info;
  if (channels === 3) return { width, height, pixels: data };
  const pixels = new Uint8Array(width * height * 3);
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    for (let channel = 0; channel < 3; channel += 1) {
      pixels[pixel * 3 + channel] = data[pixel * channels + (channels < 3 ? 0 : channel)]!;
    }
  }
  return { width, height, pixels };
}

function problemOf(error: Error, format: PictureFormat): UndecodedPicture {
  const reason = error.message.split("\n")[0]!.trim();
  if (/^timeout/i.test(reason)) return { kind: "tooSlow" };
  if (/pixel limit|too large/i.test(reason)) return failed("tooLarge", `is too large to decode: ${reason}`);
  if (/unsupported (feature|codec|compression)|not implemented|bad labq/i.test(reason))
    return failed("unsupportedImage", `is a ${format} picture of a rare kind: ${reason}`);
  if (/premature|truncated|unexpected end|read error|end of/i.test(reason))
    return failed("brokenImage", `is cut off or damaged: ${reason}`);
  return failed("brokenImage", `can't be decoded as ${format}: ${reason}`);
}
