import type { ImagePreprocessing } from "../encoder.ts";
import { float16FromFloat32 } from "../float16.ts";
import type { Picture } from "./picture.ts";
import { resizePicture, type Region, type ResizePasses } from "./resample.ts";

/** Width and height in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * The size of what `writePixels` writes. Throws a RangeError where the preprocessing leaves it to the picture: such an encoder can't be fed
 * in batches.
 */
export function outputSize(preprocessing: ImagePreprocessing): Size {
  const { crop, resize } = preprocessing;
  if (crop !== undefined) return crop;
  if (resize.kind === "squash") return { width: resize.width, height: resize.height };
  throw new RangeError(`Expected a preprocessing with a fixed output size but received resize "${resize.kind}" without a crop`);
}

/**
 * The size that a picture is resized to before the crop, as transformers' `get_resize_output_image_size` has it: the longer side is cut
 * down to an integer.
 */
export function resizedSize(preprocessing: ImagePreprocessing, picture: Size): Size {
  const { resize } = preprocessing;
  switch (resize.kind) {
    case "none":
      return { width: picture.width, height: picture.height };
    case "squash":
      return { width: resize.width, height: resize.height };
    case "shortest": {
      const { width, height } = picture;
      if (width <= height) return { width: resize.size, height: Math.trunc((resize.size * height) / width) };
      return { width: Math.trunc((resize.size * width) / height), height: resize.size };
    }
  }
}

/** With less, cosines to the vectors of whole pictures fall below 0.999 (stand-in encoder, pictures of 1.8 to 12 megapixels). */
const shrinkMargin = 2;

/** The size that a picture must keep on both sides where it may be decoded smaller than it is; undefined where it may not. */
export function leastDecodedSize({ shrinkOnLoad, resize }: ImagePreprocessing): Size | undefined {
  if (shrinkOnLoad !== true || resize.kind === "none") return undefined;
  const { width, height } = resize.kind === "shortest" ? { width: resize.size, height: resize.size } : resize;
  return { width: shrinkMargin * width, height: shrinkMargin * height };
}

/** What a model takes for pixels. */
export type PixelType = "float32" | "float16";

/** Pixels for a model; a Uint16Array holds the bits of float16. */
export type Pixels = Float32Array | Uint16Array;

/** The whole of some memory as pixels. */
export function pixelsIn(memory: SharedArrayBuffer, type: PixelType): Pixels {
  return type === "float16" ? new Uint16Array(memory) : new Float32Array(memory);
}

/** Writes a picture into `target`, which is of the writer's type, from `offset`: channel by channel (3 × height × width of `outputSize`). */
export type WritePixels = (picture: Picture, target: Pixels, offset: number) => void;

/** How pixels are written: `passes` are as in `resizePicture`, `type` is float32 where nothing is said. */
export interface WriteOptions {
  readonly passes?: ResizePasses;
  readonly type?: PixelType;
}

/**
 * Makes the function that resizes, crops in the middle and normalises, value for value as transformers' CLIPImageProcessor (PIL back-end)
 * does; for float16 these values are rounded. A picture smaller than the crop stands in the middle of zeros, which are normalised like pixels.
 */
export function createWritePixels(preprocessing: ImagePreprocessing, { passes, type }: WriteOptions = {}): WritePixels {
  const exact = [0, 1, 2].map((channel) => normalizationTable(preprocessing, channel));
  const tables: readonly Pixels[] = type === "float16" ? exact.map((table) => float16FromFloat32(table)) : exact;
  const output = outputSize(preprocessing);
  return (picture, target, offset) => {
    const resized = resizedSize(preprocessing, picture);
    const columns = placeCrop(resized.width, output.width, preprocessing.crop?.rounding);
    const rows = placeCrop(resized.height, output.height, preprocessing.crop?.rounding);
    const region: Region = { left: columns.from, top: rows.from, width: columns.count, height: rows.count };
    const cropped = resizePicture(picture, { ...resized, filter: preprocessing.resample, region }, passes);
    const planeSize = output.width * output.height;
    tables.forEach((table, channel) => {
      const plane = target.subarray(offset + channel * planeSize, offset + (channel + 1) * planeSize);
      if (cropped.width < output.width || cropped.height < output.height) plane.fill(table[0]!);
      for (let y = 0; y < cropped.height; y += 1) {
        let from = y * cropped.width * 3 + channel;
        const start = (rows.padding + y) * output.width + columns.padding;
        for (let to = start; to < start + cropped.width; to += 1) {
          plane[to] = table[cropped.pixels[from]!]!;
          from += 3;
        }
      }
    });
  };
}

interface CropSide {
  /** First pixel of the resized picture that is kept, and how many. */
  readonly from: number;
  readonly count: number;
  /** Zeros before it, where the picture is smaller than the crop. */
  readonly padding: number;
}

/**
 * transformers' `center_crop` along one side: of an odd remainder the larger part is cut after the crop, or padded before the picture. With "even" that of
 * torchvision, whose half pixels go to the even side, and which pads less before the picture than behind it.
 */
function placeCrop(size: number, crop: number, rounding: "even" | undefined): CropSide {
  const half = (size - crop) / 2;
  if (size < crop) return { from: 0, count: size, padding: rounding === "even" ? Math.floor(-half) : Math.ceil(-half) };
  const isHalf = !Number.isInteger(half) && rounding === "even";
  return { from: isHalf ? 2 * Math.round(half / 2) : Math.floor(half), count: crop, padding: 0 };
}

/** The 256 float32 values that a byte may become, rounded where numpy rounds: after the rescale, the subtraction and the division. */
function normalizationTable(preprocessing: ImagePreprocessing, channel: number): Float32Array {
  const mean = Math.fround(preprocessing.mean[channel]!);
  const std = Math.fround(preprocessing.std[channel]!);
  return Float32Array.from({ length: 256 }, (_, byte) => {
    const rescaled = Math.fround(byte * preprocessing.rescale);
    return Math.fround(Math.fround(rescaled - mean) / std);
  });
}
