import type { TextRange, TokenCount } from "../../core/captions/lints/lint.ts";
import { tokenLimits } from "../../core/captions/tokenLimits.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** What texts are counted with: a tokenizer, the length that its encoder takes, and one of `tokenLimits` in its place (null for none). */
export interface Counting {
  readonly tokenizer: Tokenizer;
  readonly contextLength: number;
  readonly limit: number | null;
}

/**
 * How a text's tokens fall under a limit. Where it is cut is told to the word: one that is read in part counts as cut off. Throws a RangeError for a limit that isn't
 * known.
 */
export function countTokens(text: string, { tokenizer, contextLength, limit }: Counting): TokenCount {
  const whole = limit === null ? contextLength : tokenLimits.get(limit);
  if (whole === undefined) throw new RangeError(`Expected one of ${[...tokenLimits.keys()].join(", ")} tokens but received ${limit}`);
  const lengthOf = (part: string): number => tokenizer.tokenize([part], Number.MAX_SAFE_INTEGER).lengths[0]!;
  const length = lengthOf(text);
  const uncounted = whole - (limit ?? whole); // special tokens that the reader's own figure leaves out
  return {
    reader: limit === null ? "the encoder" : "the trainer",
    count: length - uncounted,
    limit: whole - uncounted,
    cutAt: length > whole ? findCut(text, (part) => lengthOf(part) <= whole) : undefined,
    unknown: wordsOf(text).filter(({ from, to }) => tokenizer.hasUnknown(text.slice(from, to))),
  };
}

/** The end of the last word up to which a text fits, found by halving: a longer beginning has no fewer tokens. */
function findCut(text: string, fits: (part: string) => boolean): number {
  const ends = [0, ...wordsOf(text).map(({ to }) => to)];
  let [low, high] = [0, ends.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (fits(text.slice(0, ends[middle]))) low = middle;
    else high = middle;
  }
  return ends[low]!;
}

function wordsOf(text: string): TextRange[] {
  return [...text.matchAll(/\S+/gu)].map(({ 0: word, index }) => ({ from: index, to: index + word.length }));
}
