import { numberOption, textOption, type Options, type OptionTable } from "../prune/options.ts";
import type { PictureSize, TrainingSize } from "./trainer.ts";

/** The options by which kohya's scripts choose the size that a picture is trained at, with sd-scripts' own names and defaults. */
export const bucketOptions = {
  resolution: { kind: "text", about: "the size of training: one number, or width,height", otherwise: "512" },
  enableBucket: { kind: "flag", about: "sort pictures into buckets of different aspect", otherwise: false },
  minBucketReso: { kind: "number", about: "least side of a bucket", otherwise: 256 },
  maxBucketReso: { kind: "number", about: "greatest side of a bucket", otherwise: 1024 },
  bucketResoSteps: { kind: "number", about: "sides of buckets are multiples of this", otherwise: 64 },
  bucketNoUpscale: { kind: "flag", about: "make buckets from the pictures instead of enlarging small ones", otherwise: false },
} as const satisfies OptionTable;

/** The size for each picture by kohya-ss/sd-scripts v0.10.1 (`BucketManager.select_bucket`, `make_bucket_resolutions`); a sentence where the options contradict each other. */
export function kohyaSizes(options: Options): ((size: PictureSize) => TrainingSize) | string {
  const resolution = parseResolution(textOption(options, "resolution") ?? "512");
  if (resolution === undefined) return `Expected a number, or width,height, for resolution but received ${String(options["resolution"])}`;
  if (options["enableBucket"] !== true) return (size) => nearestBucket([resolution], size);
  const limits = limitsOf(options);
  if (!(limits.steps >= 1)) return `Expected a number from 1 for bucketResoSteps but received ${limits.steps}`;
  if (Math.min(resolution.width, resolution.height) < limits.least)
    return `minBucketReso (${limits.least}) must not be greater than the resolution`;
  if (Math.max(resolution.width, resolution.height) > limits.greatest)
    return `maxBucketReso (${limits.greatest}) must not be less than the resolution`;
  const area = resolution.width * resolution.height;
  if (options["bucketNoUpscale"] === true) return (size) => ownBucket(size, area, limits.steps);
  const buckets = makeBuckets(area, limits);
  return (size) => nearestBucket(buckets, size);
}

/** Batches of an epoch: each bucket fills its own. */
export function kohyaBatches(imagesOfSize: readonly number[], batchSize: number): number {
  return imagesOfSize.reduce((sum, images) => sum + Math.ceil(images / batchSize), 0);
}

interface Limits {
  readonly least: number;
  readonly greatest: number;
  readonly steps: number;
}

/** The least side is rounded down and the greatest up to a multiple of the steps. */
function limitsOf(options: Options): Limits {
  const steps = Math.trunc(numberOption(options, "bucketResoSteps") ?? 64);
  const [least, greatest] = [numberOption(options, "minBucketReso") ?? 256, numberOption(options, "maxBucketReso") ?? 1024];
  return { steps, least: Math.floor(least / steps) * steps, greatest: Math.ceil(greatest / steps) * steps };
}

function parseResolution(text: string): PictureSize | undefined {
  const match = /^\s*(\d+)\s*(?:[,x]\s*(\d+)\s*)?$/.exec(text);
  if (match?.[1] === undefined) return undefined;
  const width = Number(match[1]);
  const height = match[2] === undefined ? width : Number(match[2]);
  return width > 0 && height > 0 ? { width, height } : undefined;
}

/** All buckets of about the area, by width and then height. */
function makeBuckets(area: number, { least, greatest, steps }: Limits): PictureSize[] {
  const side = Math.floor(Math.sqrt(area) / steps) * steps;
  const buckets = new Map<string, PictureSize>();
  const add = (width: number, height: number): void => void buckets.set(`${width} ${height}`, { width, height });
  add(side, side);
  for (let width = least; width <= greatest; width += steps) {
    const height = Math.min(greatest, Math.floor(Math.floor(area / width) / steps) * steps);
    if (height < least) continue;
    add(width, height);
    add(height, width);
  }
  return [...buckets.values()].sort((a, b) => a.width - b.width || a.height - b.height);
}

/** The bucket of the picture's own size, else the one of the nearest aspect (the first at a tie); the picture is scaled to cover it. */
function nearestBucket(buckets: readonly PictureSize[], size: PictureSize): TrainingSize {
  const aspect = size.width / size.height;
  const distance = (bucket: PictureSize): number => Math.abs(bucket.width / bucket.height - aspect);
  const same = buckets.find(({ width, height }) => width === size.width && height === size.height);
  const bucket = same ?? buckets.reduce((best, other) => (distance(other) < distance(best) ? other : best));
  const scale = aspect > bucket.width / bucket.height ? bucket.height / size.height : bucket.width / size.width;
  return { ...bucket, isUpscaled: scale > 1 };
}

/** The picture's own size, shrunk to the area where it is larger, its sides cut to multiples of the steps. */
function ownBucket(size: PictureSize, area: number, steps: number): TrainingSize {
  const { width, height } = size.width * size.height > area ? shrink(size, area, steps) : size;
  return { width: width - (width % steps), height: height - (height % steps), isUpscaled: false };
}

/** One side is rounded to the steps and the other follows the aspect, whichever way round keeps the aspect better. */
function shrink(size: PictureSize, area: number, steps: number): PictureSize {
  const aspect = size.width / size.height;
  const round = (side: number): number => {
    const rounded = Math.floor(side + 0.5);
    return rounded - (rounded % steps);
  };
  const width = round(Math.sqrt(area * aspect));
  const height = round(area / Math.sqrt(area * aspect));
  const byWidth = Math.abs(width / round(width / aspect) - aspect);
  const byHeight = Math.abs(round(height * aspect) / height - aspect);
  return byWidth < byHeight ? { width, height: Math.floor(width / aspect + 0.5) } : { width: Math.floor(height * aspect + 0.5), height };
}
