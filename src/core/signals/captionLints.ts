import type { SignalDescriptor } from "./signal.ts";

/** How many kinds of lints find something graver than a note in a caption; known for empty captions too, of which every other signal is unknown. */
export const captionLints: SignalDescriptor = {
  id: "captionLints",
  name: "Caption lints",
  description: "Lints that find something in the caption that should not be there, notes left out",
  direction: "lowerIsBetter",
  range: [0, undefined],
  unit: "count",
  per: "pair",
  needsEncoder: false,
  source: "the lints of captions: what captioning models and wrong encodings leave behind",
};
