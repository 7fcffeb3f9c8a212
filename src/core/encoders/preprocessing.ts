import type { ImagePreprocessing } from "../encoder.ts";
import type { SaidPreprocessing } from "./encoderFile.ts";
import type { ImageFacts } from "./family.ts";

/** Preprocessing for pixels of a size, from what else is said of it, in open_clip's sense (torchvision's resize, crop and scaling to 0…1); the family tells the rest. */
export function preprocessingFrom(
  size: NonNullable<SaidPreprocessing["size"]>,
  said: Omit<SaidPreprocessing, "size">,
  { preprocessing: usual }: ImageFacts,
): ImagePreprocessing {
  const { width, height } = typeof size === "number" ? { width: size, height: size } : size;
  const isSquashed = (said.resize ?? usual.resize) === "squash";
  return {
    resize: isSquashed ? { kind: "squash", width, height } : { kind: "shortest", size: Math.max(width, height) },
    crop: isSquashed ? undefined : { width, height, rounding: "even" },
    resample: said.interpolation ?? usual.resample,
    rescale: 1 / 255,
    mean: said.mean ?? usual.mean,
    std: said.std ?? usual.std,
  };
}
