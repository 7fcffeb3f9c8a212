import type { SignalDescriptor } from "./signal.ts";

/**
 * 1 + the number of captions of other images that score strictly higher for this image (image → text). Captions of duplicates of the image,
 * texts equal to this caption and captions that a person said to fit the image are left out; a text that several other images carry counts once for each.
 */
export const captionRank: SignalDescriptor = {
  id: "captionRank",
  name: "Caption rank",
  description: "Place of the caption among all captions that the image could have had",
  direction: "lowerIsBetter",
  range: [1, undefined],
  unit: "rank",
  per: "pair",
  needsEncoder: true,
  source: "retrieval rank, Hodosh, Young and Hockenmaier, Framing Image Description as a Ranking Task, 2013",
};

/** How many captions `captionRank` ranks among: the foreign ones that were compared, and the caption itself. */
export const captionRankCandidates: SignalDescriptor = {
  ...captionRank,
  id: "captionRankCandidates",
  name: "Caption rank of",
  description: "Number of captions that the caption rank is among",
  direction: "neither",
  unit: "count",
};

/** `captionRank` / `captionRankCandidates`: in (0, 1], comparable between datasets of different sizes. */
export const captionRankShare: SignalDescriptor = {
  ...captionRank,
  id: "captionRankShare",
  name: "Caption rank share",
  description: "Caption rank divided by the number of captions it is among",
  range: [0, 1],
  unit: "share",
};
