import type { Group } from "../group.ts";
import type { DecideInput } from "./policy.ts";
import { codes, pairsOfRow, sampleCode, sampleStandpoint, pairStandpoint, type Standing } from "./standing.ts";

/** What makes one of several copies the best: each sample's value (greater is better, NaN is unknown), and words for why it is. */
export interface BestBy {
  readonly valueOf: (row: number) => number;
  /** Such as "640 × 480 is the largest". */
  readonly phraseOf: (row: number) => string;
  /** Such as "no picture's size is known". */
  readonly unknown: string;
}

/** Which sample of a group stays and why, and which go, as rows. */
export interface BestOfGroup {
  readonly keeper: number;
  readonly why: string;
  readonly dropped: readonly number[];
}

/**
 * Chooses the best of copies. A sample that can't be dropped (evaluation split, a person's or a model's word) stays before all others; else the
 * one of the greatest value, unknown ones last, ties by the sample's id. What is dropped already plays no part; undefined where nothing is left.
 */
export function chooseBest(
  input: DecideInput,
  standing: Standing,
  { rows, by }: { rows: readonly number[]; by: BestBy },
): BestOfGroup | undefined {
  const idOf = (row: number): string => input.samples[row]!.id;
  const present = rows.filter((row) => sampleCode(standing, row) !== codes.drop).sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
  const fixed = present.filter((row) => whyFixed(standing, row) !== undefined);
  const candidates = fixed.length > 0 ? fixed : present;
  const value = (row: number): number => (Number.isNaN(by.valueOf(row)) ? -Infinity : by.valueOf(row));
  const [first] = candidates;
  if (first === undefined) return undefined;
  const keeper = candidates.reduce((best, row) => (value(row) > value(best) ? row : best), first);
  const ties = candidates.filter((row) => value(row) === value(keeper)).length - 1;
  const dropped = present.filter((row) => row !== keeper && whyFixed(standing, row) === undefined);
  return { keeper, why: whyFixed(standing, keeper) ?? whyBest(by, keeper, { ties, left: present.length }), dropped };
}

/** The groups of copies of a kind as rows, each with the copies of its members of the narrower kinds, so that what stays is one of all. */
export function copiesOf(groups: readonly Group[], kind: CopyKind): { readonly group: Group; readonly rows: readonly number[] }[] {
  const narrower = copyKinds.slice(0, copyKinds.indexOf(kind));
  const copies = new Map<number, readonly number[]>();
  for (const narrow of narrower)
    for (const { kind: own, members } of groups) {
      if (own !== narrow) continue;
      const rows = [...new Set(members.flatMap(({ row }) => copies.get(row) ?? [row]))];
      for (const row of rows) copies.set(row, rows);
    }
  return groups
    .filter((group) => group.kind === kind)
    .map((group) => ({ group, rows: [...new Set(group.members.flatMap(({ row }) => copies.get(row) ?? [row]))] }));
}

/** The kinds of groups of which one sample can stay, the narrowest first. */
export const copyKinds = ["duplicate", "pixelDuplicate", "nearDuplicate"] as const;

/** One of them. */
export type CopyKind = (typeof copyKinds)[number];

/** Why a sample must stay; undefined where it need not. */
function whyFixed(standing: Standing, row: number): string | undefined {
  if (standing.frozen[row] === 1) return "it belongs to the evaluation split";
  const words = [sampleStandpoint(standing, row), ...Array.from(pairsOfRow(standing, row), (pair) => pairStandpoint(standing, pair))];
  const word = words.find((standpoint) => standpoint !== undefined && standpoint.actor !== "rule" && standpoint.decision !== "drop");
  return word === undefined ? undefined : `a ${word.actor}'s verdict keeps it`;
}

function whyBest({ valueOf, phraseOf, unknown }: BestBy, keeper: number, { ties, left }: { ties: number; left: number }): string {
  if (left === 1) return "the others are dropped already";
  const isKnown = !Number.isNaN(valueOf(keeper));
  const phrase = isKnown ? phraseOf(keeper) : unknown;
  if (ties === 0) return phrase;
  return isKnown
    ? `${phrase}, as of ${ties === 1 ? "another" : `${ties} others`}, and it comes first by name`
    : `${phrase}, and it comes first by name`;
}
