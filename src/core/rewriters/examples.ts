import { distinctiveWordsOf } from "../clusters/words.ts";
import { createRandom, drawInteger } from "../random.ts";
import type { RewriteExample } from "./rewriter.ts";

/** A pair of the dataset that may be shown as an example; `others` are further captions of its picture. An unknown score is NaN. */
export interface ExampleCandidate {
  readonly caption: string;
  readonly score: number;
  readonly others: readonly string[];
}

/** Examples are short, so that a small model takes them in and they cost little. */
const mostWords = 30;
const leastWords = 4;

/** How many candidates there are for each example that is wanted: enough for variety, few enough to be the best. */
const poolPerExample = 10;

/**
 * Chooses examples from the best pairs: short, by score, and diverse (each next one shares the fewest content words with those before; of equal ones the seed draws).
 * Where a picture has other captions, one of them becomes the source. The same candidates and seed give the same examples.
 */
export function chooseExamples(
  candidates: readonly ExampleCandidate[],
  { count, seed }: { readonly count: number; readonly seed: number },
): RewriteExample[] {
  const random = createRandom(seed);
  const short = candidates.filter(({ caption, score }) => !Number.isNaN(score) && isShort(caption));
  short.sort((one, other) => other.score - one.score || (one.caption < other.caption ? -1 : 1));
  const pool = short
    .slice(0, count * poolPerExample)
    .map((candidate) => ({ candidate, words: new Set(distinctiveWordsOf(candidate.caption)) }));
  const chosen: ExampleCandidate[] = [];
  const used = new Set<string>();
  while (chosen.length < count && pool.length > 0) {
    const shared = pool.map(({ words }) => [...words].filter((word) => used.has(word)).length / Math.max(1, words.size));
    const least = Math.min(...shared);
    const best = [...shared.keys()].filter((at) => shared[at] === least);
    const [taken] = pool.splice(best[drawInteger(random, best.length)]!, 1);
    chosen.push(taken!.candidate);
    for (const word of taken!.words) used.add(word);
  }
  return chosen.map(({ caption, others }) => {
    const sources = others.filter((other) => other !== caption && isShort(other));
    return sources.length === 0 ? { target: caption } : { source: sources[drawInteger(random, sources.length)]!, target: caption };
  });
}

function isShort(caption: string): boolean {
  const words = caption.match(/\S+/g)?.length ?? 0;
  return words >= leastWords && words <= mostWords && !caption.includes("\n");
}
