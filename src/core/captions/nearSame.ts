import { normaliseCaption } from "../clusters/sameCaption.ts";
import { distinctiveWordsOf } from "../clusters/words.ts";
import type { Pairs } from "../signals/pairs.ts";
import { eachStep, type Steps } from "../steps.ts";

/** The share of content words in common from which two captions count as nearly the same. */
export const usualOverlap = 0.85;
/** Below this, sets of three words would share too few for the search. */
const leastOverlap = 0.7;
/** Captions of fewer content words are alike by chance; the search needs as many in common. */
const sharedWords = 3;
/** So many texts of the same words are tried as the partner of one. */
const mostTried = 32;
/** Captions that are worked on before others have their turn. */
const textsAStep = 512;

/** For each unique text one of another picture that is like it by its content words (−1 for none), and how much: |A ∩ B| / |A ∪ B|. */
export interface NearSame {
  readonly partner: Int32Array;
  readonly overlap: Float32Array;
}

/** Which pairs hold the texts: `duplicateOf` is each sample's class of copies. */
export interface TextUse {
  readonly texts: readonly string[];
  readonly pairs: Pick<Pairs, "count" | "image" | "text">;
  readonly duplicateOf: Int32Array;
}

/**
 * Finds captions that say nearly the same of different pictures. Captions that are equal but for case, spaces and the stop are left out: those are `sameCaption`
 * groups. A set-similarity join by triples of rare words: two sets that share enough share three of the first |A| − ⌈least · |A|⌉ + 3 in the order of
 * rarity (the prefix filter of Bayardo et al., Scaling Up All Pairs Similarity Search, 2007, lengthened as in Wang et al., AdaptJoin, 2012), so that
 * comparing the sets of each triple misses none. Throws a `RangeError` for an overlap outside of [0.7, 1].
 */
export function* findNearSame(use: TextUse, least = usualOverlap): Steps<NearSame> {
  if (!(least >= leastOverlap && least <= 1)) throw new RangeError(`Expected an overlap from ${leastOverlap} to 1 but received ${least}`);
  const sets = yield* wordSets(use.texts);
  const groups = groupEqual(sets);
  const classes = classesOf(use);
  const best: Best = { ...createBest(groups.length), places: placesOf(groups, classes) };
  const first = groups.map((members) => sets[members[0]!]!);
  const triples = yield* sortedTriples(first, least);
  for (let from = 0, to = 0; from < triples.length; from = to) {
    const key = keyOf(triples[from]!);
    for (to = from + 1; to < triples.length && keyOf(triples[to]!) === key;) to += 1;
    for (let a = from; a < to; a += 1) {
      for (let b = a + 1; b < to; b += 1) compare(first, best, { a: groupOf(triples[a]!), b: groupOf(triples[b]!), least });
      if ((a - from) % 64 === 63) yield;
    }
    if (from % textsAStep === 0) yield;
  }
  return yield* choosePartners(use.texts, { groups, best, classes });
}

/** The content words of each text as numbers, ascending by rarity. */
function* wordSets(texts: readonly string[]): Steps<Int32Array[]> {
  const numbers = new Map<string, number>();
  const counts: number[] = [];
  const sets: Int32Array[] = [];
  const read = (from: number, to: number): void => {
    for (const text of texts.slice(from, to)) {
      const words = [...new Set(distinctiveWordsOf(text))].map((word) => {
        const number = numbers.get(word) ?? numbers.size;
        numbers.set(word, number);
        counts[number] = (counts[number] ?? 0) + 1;
        return number;
      });
      sets.push(Int32Array.from(words));
    }
  };
  yield* eachStep(texts.length, read, textsAStep);
  const rank = new Int32Array(counts.length);
  const byRarity = Int32Array.from(counts.keys()).sort((a, b) => counts[a]! - counts[b]! || a - b);
  byRarity.forEach((word, place) => (rank[word] = place));
  const order = (from: number, to: number): void => {
    for (const set of sets.slice(from, to)) {
      set.forEach((word, at) => (set[at] = rank[word]!));
      set.sort();
    }
  };
  yield* eachStep(sets.length, order, textsAStep);
  return sets;
}

/** Texts by equal sets of words, those of too few words left out; in the order of their first. */
function groupEqual(sets: readonly Int32Array[]): number[][] {
  const groups = new Map<string, number[]>();
  sets.forEach((set, text) => {
    if (set.length < sharedWords) return;
    const key = set.join();
    const members = groups.get(key);
    if (members === undefined) groups.set(key, [text]);
    else members.push(text);
  });
  return [...groups.values()];
}

/** A triple's hash and a group in one number, so that sorting numbers brings equal triples together. */
const groupBits = 2 ** 25;

function keyOf(packed: number): number {
  return Math.floor(packed / groupBits);
}

function groupOf(packed: number): number {
  return packed % groupBits;
}

/** All triples of the rarest words of each set, sorted by their hash; sets of equal hash are compared, so a collision costs a comparison and no more. */
function* sortedTriples(sets: readonly Int32Array[], least: number): Steps<Float64Array> {
  const prefixes = sets.map((set) => Math.min(set.length, set.length - Math.ceil(least * set.length - 1e-9) + sharedWords));
  const triples = new Float64Array(prefixes.reduce((sum, length) => sum + (length * (length - 1) * (length - 2)) / 6, 0));
  let next = 0;
  const write = (from: number, to: number): void => {
    for (let group = from; group < to; group += 1) {
      const [set, length] = [sets[group]!, prefixes[group]!];
      for (let a = 0; a < length; a += 1)
        for (let b = a + 1; b < length; b += 1)
          for (let c = b + 1; c < length; c += 1) triples[next++] = hashTriple(set[a]!, set[b]!, set[c]!) * groupBits + group;
    }
  };
  yield* eachStep(sets.length, write, textsAStep);
  return triples.sort();
}

/** 28 bits. */
function hashTriple(a: number, b: number, c: number): number {
  let hash = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13) ^ b, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 16) ^ c, 0x27d4eb2f);
  return (hash ^ (hash >>> 15)) >>> 4;
}

/** For each group the most like other group whose pictures are others; of several the first. */
interface Best {
  readonly group: Int32Array;
  readonly overlap: Float32Array;
  /** The classes of copies that hold each group's texts. */
  readonly places: Classes;
}

function createBest(groups: number): Pick<Best, "group" | "overlap"> {
  return { group: new Int32Array(groups).fill(-1), overlap: new Float32Array(groups) };
}

function placesOf(groups: readonly number[][], { least, greatest }: Classes): Classes {
  return {
    least: Int32Array.from(groups, (members) => members.reduce((low, text) => Math.min(low, least[text]!), 2 ** 31 - 1)),
    greatest: Int32Array.from(groups, (members) => members.reduce((high, text) => Math.max(high, greatest[text]!), -1)),
  };
}

function compare(sets: readonly Int32Array[], best: Best, { a, b, least }: { a: number; b: number; least: number }): void {
  const [left, right] = [sets[a]!, sets[b]!];
  if (a === b || left.length < least * right.length - 1e-9 || right.length < least * left.length - 1e-9) return;
  const overlap = overlapOf(left, right);
  if (overlap < least - 1e-9 || !isElsewhere(best.places, a, b)) return;
  keepBest(best, a, { other: b, overlap });
  keepBest(best, b, { other: a, overlap });
}

function keepBest({ group, overlap: known }: Best, own: number, { other, overlap }: { other: number; overlap: number }): void {
  const difference = overlap - known[own]!;
  if (difference < -1e-6 || (difference < 1e-6 && group[own]! >= 0 && group[own]! <= other)) return;
  group[own] = other;
  known[own] = overlap;
}

/** |A ∩ B| / |A ∪ B| of ascending sets. */
function overlapOf(a: Int32Array, b: Int32Array): number {
  let [left, right, both] = [0, 0, 0];
  while (left < a.length && right < b.length) {
    const difference = a[left]! - b[right]!;
    if (difference === 0) both += 1;
    if (difference <= 0) left += 1;
    if (difference >= 0) right += 1;
  }
  return both / (a.length + b.length - both);
}

/** For each text one of another picture: of its own words where there is one, else of the most like words. */
function* choosePartners(
  texts: readonly string[],
  { groups, best, classes }: { readonly groups: readonly number[][]; readonly best: Best; readonly classes: Classes },
): Steps<NearSame> {
  const found: NearSame = { partner: new Int32Array(texts.length).fill(-1), overlap: new Float32Array(texts.length) };
  const isOther = (text: number, other: number): boolean =>
    other !== text && isElsewhere(classes, text, other) && normaliseCaption(texts[text]!) !== normaliseCaption(texts[other]!);
  const choose = (from: number, to: number): void => {
    for (let group = from; group < to; group += 1) {
      const same = groups[group]!.slice(0, mostTried);
      const like = (groups[best.group[group]!] ?? []).slice(0, mostTried);
      for (const text of groups[group]!) {
        const own = same.find((other) => isOther(text, other));
        const partner = own ?? like.find((other) => isOther(text, other));
        if (partner === undefined) continue;
        found.partner[text] = partner;
        found.overlap[text] = own === undefined ? best.overlap[group]! : 1;
      }
    }
  };
  yield* eachStep(groups.length, choose, textsAStep);
  return found;
}

/** The least and the greatest class of copies that hold each text. */
interface Classes {
  readonly least: Int32Array;
  readonly greatest: Int32Array;
}

function classesOf({ texts, pairs: { count, image, text }, duplicateOf }: TextUse): Classes {
  const classes: Classes = { least: new Int32Array(texts.length).fill(2 ** 31 - 1), greatest: new Int32Array(texts.length).fill(-1) };
  for (let pair = 0; pair < count; pair += 1) {
    const [row, own] = [text[pair]!, duplicateOf[image[pair]!]!];
    if (row < 0) continue;
    classes.least[row] = Math.min(classes.least[row]!, own);
    classes.greatest[row] = Math.max(classes.greatest[row]!, own);
  }
  return classes;
}

/** Whether some pictures of the two texts are no copies of each other. */
function isElsewhere({ least, greatest }: Classes, a: number, b: number): boolean {
  return least[a] !== greatest[b] || greatest[a] !== least[b];
}
