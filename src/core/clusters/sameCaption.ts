import type { Group, GroupMember } from "../group.ts";
import type { Pairs } from "../signals/pairs.ts";
import { numberGroups } from "./groupIds.ts";
import { compareText } from "./keepers.ts";

/** What captions are compared from: the unique texts themselves, the samples' ids and each sample's class of duplicates. */
export interface CaptionFacts {
  readonly pairs: Pairs;
  readonly textOf: readonly string[];
  readonly ids: readonly string[];
  readonly duplicateOf: Int32Array;
}

/** A text without what doesn't change what it says: case, kinds of spaces, the stop at the end, and how accents are composed. */
export function normaliseCaption(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/\s+/gu, " ")
    .trim()
    .replace(/[\s.!]+$/u, "");
}

/** For each unique text the number, from 0, of its normalised form. */
export function normalisedTexts(textOf: readonly string[]): Int32Array {
  const numbers = new Map<string, number>();
  return Int32Array.from(textOf, (text) => {
    const normalised = normaliseCaption(text);
    const known = numbers.get(normalised);
    if (known !== undefined) return known;
    numbers.set(normalised, numbers.size);
    return numbers.size - 1;
  });
}

/** Captions that stand, normalised, under different pictures: vague ones, or copied by mistake. Named by the caption; ordered by it. */
export function findSameCaptions(facts: CaptionFacts): Group[] {
  const { pairs, duplicateOf, textOf } = facts;
  const normalised = normalisedTexts(textOf);
  const groups = groupPairs(facts, (pair) => (pairs.text[pair]! < 0 ? -1 : normalised[pairs.text[pair]!]!));
  const different = groups.filter((members) => new Set(members.map((pair) => duplicateOf[pairs.image[pair]!]!)).size > 1);
  const named = different.map((members) => ({
    kind: "sameCaption" as const,
    name: textOf[pairs.text[members[0]!]!]!,
    members: members.map((pair) => memberOf(pairs, pair)),
  }));
  return numberGroups(
    "sameCaption",
    named.sort((a, b) => compareText(a.name, b.name)),
  );
}

/**
 * Different captions under one picture that lies there more than once (`sameAs`: the class of equal pixels of each sample): they could be
 * put together under one file. Samples whose captions are the same are duplicates and nothing more.
 */
export function findSameImages(facts: CaptionFacts, sameAs: Int32Array): Group[] {
  const { pairs, textOf, ids } = facts;
  const normalised = normalisedTexts(textOf);
  const textSetOf = (members: readonly number[], image: number): string =>
    [...new Set(members.filter((pair) => pairs.image[pair] === image).map((pair) => normalised[pairs.text[pair]!]!))]
      .sort((a, b) => a - b)
      .join();
  const groups = groupPairs(facts, (pair) => (pairs.text[pair]! < 0 ? -1 : sameAs[pairs.image[pair]!]!));
  const different = groups.filter((members) => {
    const images = [...new Set(members.map((pair) => pairs.image[pair]!))];
    return images.length > 1 && new Set(images.map((image) => textSetOf(members, image))).size > 1;
  });
  const named = different.map((members) => ({
    kind: "sameImage" as const,
    name: `${members.length} captions of ${ids[pairs.image[members[0]!]!]!}`,
    members: members.map((pair) => memberOf(pairs, pair)),
  }));
  return numberGroups("sameImage", named);
}

/** The texts of all pairs, one after the other; empty captions are left out. */
export function* captionsOf({ text }: Pairs, textOf: readonly string[]): Generator<string> {
  for (const row of text) if (row >= 0) yield textOf[row]!;
}

/** The pair as a member of a group. */
export function memberOf({ image, captionIndex }: Pairs, pair: number): GroupMember {
  return { row: image[pair]!, captionIndex: captionIndex[pair]! };
}

/** Pairs of one key (−1 is none), at least two, by the samples' ids and the captions' places; groups by their first pair. */
function groupPairs({ pairs, ids }: CaptionFacts, keyOf: (pair: number) => number): number[][] {
  const byKey = new Map<number, number[]>();
  for (let pair = 0; pair < pairs.count; pair += 1) {
    const key = keyOf(pair);
    if (key < 0) continue;
    const same = byKey.get(key);
    if (same === undefined) byKey.set(key, [pair]);
    else same.push(pair);
  }
  const compare = (a: number, b: number): number =>
    compareText(ids[pairs.image[a]!]!, ids[pairs.image[b]!]!) || pairs.captionIndex[a]! - pairs.captionIndex[b]!;
  const groups = [...byKey.values()].filter((same) => same.length > 1);
  for (const same of groups) same.sort(compare);
  return groups.sort((a, b) => compare(a[0]!, b[0]!));
}
