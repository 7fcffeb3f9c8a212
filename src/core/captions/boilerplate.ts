import { eachStep, type Steps } from "../steps.ts";

/** An opening or ending counts as boilerplate from this share of the texts on, and from so many texts: fewer share one by chance. */
export const boilerplateShare = 0.05;
const fewestTexts = 10;
/** Words of an opening or ending. Three words, such as "a man in", are how a language begins its sentences. */
const [fewestWords, mostWords] = [4, 8];
/** Texts that are counted before others have their turn. */
const textsAStep = 1024;
/** Counters of the first pass; some phrases share one, so that what it counts is an upper bound. */
const counterBits = 20;

/** What many texts begin or end with; `share` is of the texts, in [0, 1]. */
export interface SharedPhrase {
  readonly at: "opening" | "ending";
  readonly phrase: string;
  readonly share: number;
}

/**
 * Finds openings and endings that many of some texts (each once) share, the longest of each text, in linear time and bounded memory: longer ones are only looked for where a shorter
 * one is shared (the a priori rule of Agrawal and Srikant, 1994), and counted exactly only where hashed counters say that enough may stand there (Park et al., 1995). A text that is
 * nothing else is left out: that is a text that stands often. One entry a text, undefined where it shares none.
 */
export function* findBoilerplate(texts: readonly string[], share = boilerplateShare): Steps<(SharedPhrase | undefined)[]> {
  const found = new Array<SharedPhrase | undefined>(texts.length).fill(undefined);
  const least = Math.max(fewestTexts, share * texts.length);
  for (const at of ["ending", "opening"] as const) {
    let alive: readonly number[] = [...texts.keys()];
    for (let words = fewestWords; words <= mostWords && alive.length >= least; words += 1) {
      const counts = yield* countPhrases(texts, alive, { at, words, least });
      const left: number[] = [];
      yield* eachStep(
        alive.length,
        (from, to) => {
          for (const text of alive.slice(from, to)) {
            const phrase = phraseOf(texts[text]!, at, words);
            const count = counts.get(keyOf(phrase)) ?? 0;
            if (count < least) continue;
            left.push(text);
            found[text] = { at, phrase, share: count / texts.length };
          }
        },
        textsAStep,
      );
      alive = left;
    }
  }
  return found;
}

interface Counting {
  readonly at: SharedPhrase["at"];
  readonly words: number;
  readonly least: number;
}

/** How often the openings or endings of some texts stand among them, those that can't stand often left out. */
function* countPhrases(
  texts: readonly string[],
  some: readonly number[],
  { at, words, least }: Counting,
): Steps<ReadonlyMap<string, number>> {
  const counters = new Int32Array(1 << counterBits);
  const counts = new Map<string, number>();
  const forEach = (work: (key: string) => void) =>
    eachStep(
      some.length,
      (from, to) => {
        for (const text of some.slice(from, to)) work(keyOf(phraseOf(texts[text]!, at, words)));
      },
      textsAStep,
    );
  yield* forEach((key) => {
    counters[hashOf(key)]! += 1;
  });
  yield* forEach((key) => {
    if (key !== "" && counters[hashOf(key)]! >= least) counts.set(key, (counts.get(key) ?? 0) + 1);
  });
  return counts;
}

/** The first or last words of a text; "" where nothing else would be left. */
function phraseOf(text: string, at: SharedPhrase["at"], words: number): string {
  const all = text.match(/\S+/g) ?? [];
  if (all.length <= words) return "";
  return (at === "opening" ? all.slice(0, words) : all.slice(-words)).join(" ");
}

/** Case and the sign at the end don't tell a phrase from another. */
function keyOf(phrase: string): string {
  return phrase.toLowerCase().replace(/[\p{P}\s]+$/u, "");
}

function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at += 1) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  return hash >>> (32 - counterBits);
}
