import { z } from "zod";
import type { ImagePreprocessing } from "../../core/encoder.ts";
import { jinaClip } from "../../core/encoders/families/jinaClip.ts";
import { parseOpenClipProcessor } from "./openClipFacts.ts";

const size = z.union([
  z.number(),
  z.looseObject({
    shortest_edge: z.number().optional(),
    longest_edge: z.number().optional(),
    height: z.number().optional(),
    width: z.number().optional(),
  }),
]);
const channels = z.tuple([z.number(), z.number(), z.number()]);
const flag = z.boolean().nullish();

const processorShape = z.looseObject({
  image_processor_type: z.string().nullish(),
  feature_extractor_type: z.string().nullish(),
  do_resize: flag,
  size: size.nullish(),
  resample: z.number().nullish(),
  do_center_crop: flag,
  crop_size: size.nullish(),
  do_rescale: flag,
  rescale_factor: z.number().nullish(),
  do_normalize: flag,
  image_mean: channels.nullish(),
  image_std: channels.nullish(),
  do_pad: flag,
});

type Processor = z.infer<typeof processorShape>;
type Size = z.infer<typeof size>;

/** Pillow's codes; box (4) and hamming (5) are used by no dual encoder that we know. */
const resamplings: Readonly<Record<number, ImagePreprocessing["resample"]>> = { 0: "nearest", 1: "lanczos", 2: "bilinear", 3: "bicubic" };

/** What CLIPImageProcessor of transformers takes where a file is silent. */
const clipDefaults = {
  size: 224,
  crop: 224,
  hasCrop: true,
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
} as const;
/** The same of SiglipImageProcessor and ViTImageProcessor: a square without crop. */
const squareDefaults = {
  size: { height: 224, width: 224 },
  crop: 224,
  hasCrop: false,
  mean: [0.5, 0.5, 0.5],
  std: [0.5, 0.5, 0.5],
} as const;

/**
 * The meaning of a `preprocessor_config.json` (CLIPImageProcessor, SiglipImageProcessor and their like); what it leaves out is as in transformers.
 * Throws a RangeError that names the key where it asks for something that is not done here.
 */
export function parseImageProcessor(json: unknown): ImagePreprocessing {
  // Jina's processor is open_clip's under another name.
  if (typeof (json as { resize_mode?: unknown } | null)?.resize_mode === "string") return parseOpenClipProcessor(json, jinaClip);
  const parsed = processorShape.safeParse(json);
  if (!parsed.success) throw new RangeError(parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; "));
  const processor = parsed.data;
  const isSquare = /siglip|vit/i.test(processor.image_processor_type ?? processor.feature_extractor_type ?? "");
  const defaults = isSquare ? squareDefaults : clipDefaults;
  if (processor.do_pad === true) throw new RangeError("do_pad: padding of pictures is not supported");
  const resample = resamplings[processor.resample ?? 3];
  if (resample === undefined) throw new RangeError(`resample: expected 0, 1, 2 or 3 but received ${processor.resample}`);
  const isNormalized = processor.do_normalize ?? true;
  return {
    resize: (processor.do_resize ?? true) ? resizeOf(processor.size ?? defaults.size, isSquare) : { kind: "none" },
    crop: (processor.do_center_crop ?? defaults.hasCrop) ? rectangleOf(processor.crop_size ?? defaults.crop, "crop_size") : undefined,
    resample,
    rescale: rescaleOf(processor),
    mean: isNormalized ? (processor.image_mean ?? defaults.mean) : [0, 0, 0],
    std: isNormalized ? (processor.image_std ?? defaults.std) : [1, 1, 1],
  };
}

/** Width and height of the pixels that a model gets; undefined where every picture would keep its own. */
export function inputSizeOf({ crop, resize }: ImagePreprocessing): { readonly width: number; readonly height: number } | undefined {
  if (crop !== undefined) return crop;
  return resize.kind === "squash" ? { width: resize.width, height: resize.height } : undefined;
}

function rescaleOf({ do_rescale, rescale_factor }: Processor): number {
  return (do_rescale ?? true) ? (rescale_factor ?? 1 / 255) : 1;
}

function resizeOf(value: Size, isSquare: boolean): ImagePreprocessing["resize"] {
  if (typeof value === "number") return isSquare ? { kind: "squash", width: value, height: value } : { kind: "shortest", size: value };
  if (value.longest_edge !== undefined) throw new RangeError("size: longest_edge is not supported");
  if (value.shortest_edge !== undefined) return { kind: "shortest", size: value.shortest_edge };
  return { kind: "squash", ...rectangleOf(value, "size") };
}

function rectangleOf(value: Size, key: string): { width: number; height: number } {
  if (typeof value === "number") return { width: value, height: value };
  const { width, height } = { width: value.width ?? value.shortest_edge, height: value.height ?? value.shortest_edge };
  if (width === undefined || height === undefined) throw new RangeError(`${key}: expected a number, or height and width`);
  return { width, height };
}
