import type { Pairs } from "./pairs.ts";
import type { SignalDescriptor, SignalValues } from "./signal.ts";

/** The length of the whole caption in the encoder's tokens, special tokens included, before anything is cut off. */
export const captionTokens: SignalDescriptor = {
  id: "captionTokens",
  name: "Caption tokens",
  description: "Tokens of the whole caption, special tokens included",
  direction: "neither",
  range: [0, undefined],
  unit: "tokens",
  per: "pair",
  needsEncoder: true,
  source: "the encoder's tokenizer",
};

/** Token counts of all pairs from those of the unique texts, below 0 where unknown; NaN for those and for empty captions. */
export function computeCaptionTokens(pairs: Pairs, tokensOfText: Int32Array): SignalValues {
  return Float32Array.from(pairs.text, (text) => (text < 0 || tokensOfText[text]! < 0 ? NaN : tokensOfText[text]!));
}
