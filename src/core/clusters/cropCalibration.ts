import type { CropFractions } from "../pixels/picture.ts";
import { createRandom } from "../random.ts";
import { drawByName, hashText } from "../signals/textHash.ts";

/** How many of a dataset's own images are compared with their own crops. */
export const calibrationImages = 200;

/** Share of the area that a calibrating crop keeps. */
const cropArea = 0.8;

/** The samples to calibrate with, drawn by name; `isAllowed` leaves out those without a picture. */
export function drawCalibrationRows(ids: readonly string[], options: { seed: number; isAllowed?: (row: number) => boolean }): Int32Array {
  return drawByName(ids, calibrationImages, options);
}

/** The crop of 80 % of the area that a sample is calibrated with: of the picture's own shape, at a place seeded by its id. */
export function calibrationCrop(id: string, seed: number): CropFractions {
  const random = createRandom(hashText(id, seed));
  const side = Math.sqrt(cropArea);
  return { left: random() * (1 - side), top: random() * (1 - side), width: side, height: side };
}

/**
 * The cosine from which two images may be near-duplicates: the 5 % quantile of images against their own crops of 80 % of the area, which
 * each encoder and each dataset has its own. Undefined where no cosine is known.
 */
export function thresholdFromCrops(cosines: Float32Array): number | undefined {
  const sorted = cosines.filter((cosine) => !Number.isNaN(cosine)).sort();
  if (sorted.length === 0) return undefined;
  const place = 0.05 * (sorted.length - 1);
  const below = sorted[Math.floor(place)]!;
  return below + (sorted[Math.ceil(place)]! - below) * (place - Math.floor(place));
}
