import type { TextRange } from "./lints/lint.ts";

/** Vectors of length 1, one after the other: values.length / dim of them. */
export interface UnitVectors {
  readonly values: Float32Array;
  readonly dim: number;
}

/**
 * How well each token is found in a picture: its greatest cosine with any patch (Yao et al., FILIP, 2022, the maximum of the text's side). A token without a direction,
 * or a picture without patches, is unknown (NaN).
 */
export function bestPatches(tokens: UnitVectors, patches: UnitVectors): Float32Array {
  const { dim } = tokens;
  const [tokenCount, patchCount] = [tokens.values.length / dim, patches.values.length / dim];
  const best = new Float32Array(tokenCount).fill(Number.NaN);
  for (let token = 0; token < tokenCount; token += 1) {
    for (let patch = 0; patch < patchCount; patch += 1) {
      let sum = 0;
      for (let at = 0; at < dim; at += 1) sum += tokens.values[token * dim + at]! * patches.values[patch * dim + at]!;
      if (sum > best[token]! || Number.isNaN(best[token]!)) best[token] = sum;
    }
  }
  return best;
}

/** Which tokens a word is made of, half-open. */
export interface TokenRange {
  readonly first: number;
  readonly end: number;
}

/**
 * The tokens of each word of a text, whose `pieces` are the text as its tokenizer reads it: lower-cased, perhaps, and with other white space, which both don't count.
 * Undefined where the pieces say something else, so that nobody knows which token is whose.
 */
export function tokensOfWords(text: string, words: readonly TextRange[], pieces: readonly string[]): TokenRange[] | undefined {
  const tokenOfLetter = pieces.flatMap((piece, token) => Array.from(lettersOf(piece), () => token));
  if (lettersOf(pieces.join("")) !== lettersOf(text)) return undefined;
  return words.map(({ from, to }) => {
    const start = Array.from(lettersOf(text.slice(0, from))).length;
    const length = Array.from(lettersOf(text.slice(from, to))).length;
    const [first, last] = [tokenOfLetter[start], tokenOfLetter[start + length - 1]];
    return first === undefined || last === undefined ? { first: 0, end: 0 } : { first, end: last + 1 };
  });
}

function lettersOf(text: string): string {
  return text.toLowerCase().replaceAll(/\s+/g, "");
}

/** The mean of a word's tokens; NaN where one of them is unknown or was never read. */
export function meanOfTokens(values: Float32Array, { first, end }: TokenRange): number {
  if (end <= first || end > values.length) return Number.NaN;
  let sum = 0;
  for (let token = first; token < end; token += 1) sum += values[token]!;
  return sum / (end - first);
}

/** How strongly a picture supports a word, beside the best supported word of its caption. `against`: the caption fits better without it. */
export type SupportLevel = "unknown" | "against" | "little" | "some" | "much";

/** Vectors are stored as float16: smaller differences of a cosine are rounding. */
const roundingOfScores = 5e-4;
/** Shares of the best supported word's value. */
const [leastSome, leastMuch] = [0.25, 0.6];

/** The level of each word of a caption; null is unknown. */
export function supportLevels(supports: readonly (number | null)[]): SupportLevel[] {
  const greatest = Math.max(...supports.map((support) => support ?? 0), roundingOfScores);
  return supports.map((support) => {
    if (support === null) return "unknown";
    if (support < -roundingOfScores) return "against";
    const share = support / greatest;
    return share >= leastMuch ? "much" : share >= leastSome ? "some" : "little";
  });
}
