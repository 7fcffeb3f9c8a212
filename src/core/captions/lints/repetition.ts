import type { Lint } from "./lint.ts";

/** A phrase counts as a loop when it stands this often in a row; of one word more often, for "very, very" is no loop. */
const leastPhrases = 3;
const leastWords = 4;
const longestPhrase = 20;

interface Word {
  readonly word: string;
  readonly from: number;
  readonly to: number;
}

/** The same phrase again and again, as captioning models do when they get stuck. */
export const repetition: Lint = {
  id: "repetition",
  title: "Repetition loop",
  about: "The same phrase several times in a row",
  check: (text) => {
    const words = [...text.matchAll(/[\p{L}\p{N}'’]+/gu)].map(({ 0: word, index }): Word => ({
      word: word.toLowerCase(),
      from: index,
      to: index + word.length,
    }));
    const loop = findLoop(words);
    if (loop === undefined) return [];
    const { from, phrase, times } = loop;
    const start = words[from]!.from;
    const firstEnd = words[from + phrase - 1]!.to;
    const end = words[from + phrase * times - 1]!.to;
    const fixed = `${text.slice(0, firstEnd)}${text.slice(end)}`.trim();
    return [
      {
        from: firstEnd,
        to: end,
        severity: "warning",
        message: `"${text.slice(start, firstEnd)}" stands here ${times} times in a row`,
        fix: { title: "Keep it once", fixed },
      },
    ];
  },
};

/** The first loop of the shortest phrase, with all its rounds. */
function findLoop(words: readonly Word[]): { from: number; phrase: number; times: number } | undefined {
  for (let phrase = 1; phrase <= Math.min(longestPhrase, words.length / 2); phrase += 1) {
    const least = phrase === 1 ? leastWords : leastPhrases;
    let same = 0;
    for (let at = phrase; at < words.length; at += 1) {
      same = words[at]!.word === words[at - phrase]!.word ? same + 1 : 0;
      if (same < phrase * (least - 1)) continue;
      let end = at + 1;
      while (end < words.length && words[end]!.word === words[end - phrase]!.word) end += 1;
      const from = at - same + 1 - phrase;
      return { from, phrase, times: Math.floor((end - from) / phrase) };
    }
  }
  return undefined;
}
