import { compareText } from "./keepers.ts";
import { distinctiveWordsOf } from "./words.ts";

const mostWords = 3;
/** About 1 in 40 words reaches this by chance. */
const leastScore = 1.96;

/** How often words occur, a word counting once a caption. */
interface Counts {
  readonly words: Map<string, number>;
  total: number;
}

/** Gives names to groups of captions: up to three distinctive words. Counts the whole dataset's captions once. */
export function createNaming(captions: Iterable<string>): (captionsOfGroup: Iterable<string>) => string {
  const all = countWords(captions);
  return (captionsOfGroup) => nameOf(countWords(captionsOfGroup), all);
}

/**
 * The words that set a group off most, by the z-score of their log-odds against all other captions, with all captions as the prior (Monroe,
 * Colaresi and Quinn, Fightin' Words, 2008): a rare word needs more evidence than a common one. A word of a single caption names a group only
 * where all its words are such. Equal scores by the alphabet; a group without distinctive words has its most frequent ones.
 */
function nameOf(own: Counts, all: Counts): string {
  const scored = [...own.words].map(([word, count]) => ({ word, count, score: logOdds(word, own, all) }));
  scored.sort((a, b) => b.score - a.score || b.count - a.count || compareText(a.word, b.word));
  const least = scored.some(({ count }) => count > 1) ? 2 : 1;
  const distinctive = scored.filter(({ count, score }) => count >= least && score >= leastScore);
  const frequent = scored.filter(({ count }) => count >= least);
  const chosen = (distinctive.length > 0 ? distinctive : frequent).slice(0, mostWords);
  return chosen.map(({ word }) => word).join(", ") || "without words";
}

function logOdds(word: string, own: Counts, all: Counts): number {
  const prior = all.words.get(word) ?? 0;
  const inside = own.words.get(word) ?? 0;
  const outside = prior - inside;
  const odds = (count: number, total: number): number => Math.log((count + prior) / (total + all.total - count - prior));
  return (odds(inside, own.total) - odds(outside, all.total - own.total)) / Math.sqrt(1 / (inside + prior) + 1 / (outside + prior));
}

function countWords(captions: Iterable<string>): Counts {
  const counts: Counts = { words: new Map(), total: 0 };
  for (const caption of captions) {
    for (const word of new Set(distinctiveWordsOf(caption))) {
      counts.words.set(word, (counts.words.get(word) ?? 0) + 1);
      counts.total += 1;
    }
  }
  return counts;
}
