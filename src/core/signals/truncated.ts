import type { SignalDescriptor, SignalValues } from "./signal.ts";

/** 1 where the caption is longer than the encoder reads, so that its score is that of its beginning; else 0. */
export const truncated: SignalDescriptor = {
  id: "truncated",
  name: "Truncated",
  description: "Whether the encoder reads only the beginning of the caption",
  direction: "lowerIsBetter",
  range: [0, 1],
  unit: "flag",
  per: "pair",
  needsEncoder: true,
  source: "the encoder's context length; Zhang et al., Long-CLIP, 2024, on what is lost beyond it",
};

/** Flags of all pairs from `captionTokens`; NaN stays NaN. */
export function computeTruncated(captionTokens: SignalValues, contextLength: number): SignalValues {
  return captionTokens.map((tokens) => (Number.isNaN(tokens) ? NaN : tokens > contextLength ? 1 : 0));
}
