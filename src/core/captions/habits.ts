import { type Steps, eachStep } from "../steps.ts";

/** What a dataset's captions have in common, for lints that tell a caption by its difference. Counts are of pairs, words in lower case. */
export interface CaptionHabits {
  /** The share of captions that end with a stop or the like, in [0, 1]. */
  readonly stopped: number;
  /** How often a word stands anywhere, and at the end of a caption. */
  readonly countOf: (word: string) => number;
  readonly endsOf: (word: string) => number;
  /** How often longer words stand that begin with this one. */
  readonly longerOf: (beginning: string) => number;
}

/** Letters, digits, and signs within a word. */
const wordPattern = /[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*/gu;
const stop = /[.!?…。！？]["'”’)\]]*\s*$/u;
/** Captions that are counted before others have their turn. */
const captionsAStep = 2048;

/** Whether a caption ends as a sentence does. */
export function endsWithStop(caption: string): boolean {
  return stop.test(caption);
}

/** The words of a caption in lower case. */
export function plainWordsOf(caption: string): string[] {
  return caption.toLowerCase().match(wordPattern) ?? [];
}

/** Learns the habits of captions, given one a pair; a text that stands often counts as often. */
export function* learnHabits(captions: readonly string[]): Steps<CaptionHabits> {
  const [counts, ends] = [new Map<string, number>(), new Map<string, number>()];
  let stopped = 0;
  yield* eachStep(
    captions.length,
    (from, to) => {
      for (const caption of captions.slice(from, to)) {
        const words = plainWordsOf(caption);
        for (const word of words) add(counts, word, 1);
        const last = words.at(-1);
        if (last !== undefined) add(ends, last, 1);
        if (endsWithStop(caption)) stopped += 1;
      }
    },
    captionsAStep,
  );
  const longer = new Map<string, number>();
  for (const [word, times] of counts) for (let length = 1; length < word.length; length += 1) add(longer, word.slice(0, length), times);
  return {
    stopped: captions.length === 0 ? 0 : stopped / captions.length,
    countOf: (word) => counts.get(word) ?? 0,
    endsOf: (word) => ends.get(word) ?? 0,
    longerOf: (beginning) => longer.get(beginning) ?? 0,
  };
}

function add(counts: Map<string, number>, key: string, times: number): void {
  counts.set(key, (counts.get(key) ?? 0) + times);
}
