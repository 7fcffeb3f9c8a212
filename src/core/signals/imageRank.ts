import type { SignalDescriptor } from "./signal.ts";

/**
 * 1 + the number of other images that score strictly higher for this caption (text → image). Duplicates of the image, images that carry
 * an equal text and images that a person said the caption to fit are left out.
 */
export const imageRank: SignalDescriptor = {
  id: "imageRank",
  name: "Image rank",
  description: "Place of the image among all images that the caption could have had",
  direction: "lowerIsBetter",
  range: [1, undefined],
  unit: "rank",
  per: "pair",
  needsEncoder: true,
  source: "retrieval rank, Hodosh, Young and Hockenmaier, Framing Image Description as a Ranking Task, 2013",
};

/** How many images `imageRank` ranks among: the foreign ones that were compared, and the image itself. */
export const imageRankCandidates: SignalDescriptor = {
  ...imageRank,
  id: "imageRankCandidates",
  name: "Image rank of",
  description: "Number of images that the image rank is among",
  direction: "neither",
  unit: "count",
};

/** `imageRank` / `imageRankCandidates`: in (0, 1], comparable between datasets of different sizes. */
export const imageRankShare: SignalDescriptor = {
  ...imageRank,
  id: "imageRankShare",
  name: "Image rank share",
  description: "Image rank divided by the number of images it is among",
  range: [0, 1],
  unit: "share",
};
