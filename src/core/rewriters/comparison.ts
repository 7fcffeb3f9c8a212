import { distinctiveWordsOf } from "../clusters/words.ts";

/** How a caption differs from the one before: content words and numbers that it has more often, and that it has less often, and the ratio of their lengths in words (NaN without any before). */
export interface CaptionComparison {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly addedNumbers: readonly string[];
  readonly removedNumbers: readonly string[];
  readonly lengthRatio: number;
}

const numberWords =
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty".split(
    " ",
  );

/** Compares two captions by their words; "2" and "two" are one number. Case and order don't count. */
export function compareCaptions(before: string, after: string): CaptionComparison {
  const [old, now] = [contentWords(before), contentWords(after)];
  const [oldNumbers, nowNumbers] = [numbersOf(before), numbersOf(after)];
  return {
    added: lacking(now, old),
    removed: lacking(old, now),
    addedNumbers: lacking(nowNumbers, oldNumbers),
    removedNumbers: lacking(oldNumbers, nowNumbers),
    lengthRatio: wordCount(before) === 0 ? Number.NaN : wordCount(after) / wordCount(before),
  };
}

/** Whether a word says something of what a picture shows, and not only holds a sentence together; numbers do. */
export function isContentWord(word: string): boolean {
  return distinctiveWordsOf(word).length > 0 || numbersOf(word).length > 0;
}

function contentWords(text: string): string[] {
  return [...new Set(distinctiveWordsOf(text).filter((word) => !numberWords.includes(word)))];
}

/** Digits, and words for numbers up to twenty as digits. "One" is left out: it is a pronoun as often. */
function numbersOf(text: string): string[] {
  const words = text.toLowerCase().match(/\d+(?:[.,]\d+)*|\p{L}+/gu) ?? [];
  return words.flatMap((word) => {
    if (/^\d/.test(word)) return [word];
    const number = numberWords.indexOf(word);
    return number < 0 || number === 1 ? [] : [String(number)];
  });
}

/** What `some` has more often than `others`, in its order. */
function lacking(some: readonly string[], others: readonly string[]): string[] {
  const left = [...others];
  return some.filter((word) => {
    const at = left.indexOf(word);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

function wordCount(text: string): number {
  return text.match(/\S+/g)?.length ?? 0;
}
