import type { PictureSize } from "../../trainers/trainer.ts";
import type { JobSubset } from "./imageTrainer.ts";

/** Sides are multiples of this, SimpleTuner's `aspect_bucket_alignment` where nobody says otherwise. */
const alignment = 64;

/**
 * The aspect by which SimpleTuner 3.1 puts a picture into a bucket, without cropping and at an area of `resolution` squared
 * (`MultiaspectImage.calculate_new_size_by_pixel_area`, with ratios rounded to two places).
 */
export function simpleTunerBucket({ width, height }: PictureSize, resolution: number): number {
  const edge = aligned(resolution);
  const root = Math.sqrt(rounded(width / height));
  return rounded(aligned(edge * root) / aligned(edge / root));
}

/** A bucket of a subset that doesn't fill a step: SimpleTuner ends there. */
export interface SmallBucket {
  readonly subset: string;
  readonly aspect: number;
  readonly shown: number;
}

/** The buckets that show fewer pictures an epoch than a step takes. */
export function smallBuckets(
  subsets: readonly JobSubset[],
  { resolution, perStep }: { readonly resolution: number; readonly perStep: number },
): SmallBucket[] {
  return subsets.flatMap(({ name, repeats, pictures }) => {
    const shown = new Map<number, number>();
    for (const { size } of pictures) {
      const aspect = simpleTunerBucket(size, resolution);
      shown.set(aspect, (shown.get(aspect) ?? 0) + repeats);
    }
    return [...shown].filter(([, count]) => count < perStep).map(([aspect, count]) => ({ subset: name, aspect, shown: count }));
  });
}

function aligned(side: number): number {
  return Math.max(alignment, roundAsPython(side / alignment) * alignment);
}

function rounded(ratio: number): number {
  return roundAsPython(ratio * 100) / 100;
}

/** Halves go to the even neighbour. */
function roundAsPython(value: number): number {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}
