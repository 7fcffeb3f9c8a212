import type { Encoder } from "./encoderFolder.ts";
import { selectTokens, type Tokens } from "./tokenizer.ts";

/** Texts as an encoder takes them, a row a text: as wide as it reads at most where padding reaches a vector or its graph takes nothing else, else as wide as the longest. */
export function encoderTokens({ tokenizer, descriptor: { contextLength, padding } }: Encoder, texts: readonly string[]): Tokens {
  const tokens = tokenizer.tokenize(texts, contextLength);
  // A text without any token of its own still needs a column.
  const width = padding === "max_length" ? contextLength : Math.max(1, Math.min(contextLength, tokens.width));
  return selectTokens(tokens, [...texts.keys()], { width, padId: tokenizer.padId });
}
