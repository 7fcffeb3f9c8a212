import type { SignalDescriptor } from "./signal.ts";

/** Width times height of the upright picture; unknown where it can't be decoded. */
export const pixels: SignalDescriptor = {
  id: "pixels",
  name: "Pixels",
  description: "Number of pixels of the picture",
  direction: "higherIsBetter",
  range: [1, undefined],
  unit: "count",
  per: "sample",
  needsEncoder: false,
  source: "the picture's header, after turning by its EXIF orientation",
};
