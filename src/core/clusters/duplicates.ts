import type { Group } from "../group.ts";
import { numberGroups } from "./groupIds.ts";
import type { KeeperFacts } from "./keepers.ts";
import { compareKeepers, compareText } from "./keepers.ts";

/** Hashes of all samples, undefined where there is none (broken image). */
export interface SameFacts extends KeeperFacts {
  readonly contentHashes: readonly (string | undefined)[];
  readonly pixelHashes: readonly (string | undefined)[];
}

/** Samples with the same bytes. The first member is the keeper; groups come by its id. */
export function findDuplicates(facts: SameFacts): Group[] {
  const groups = groupRows(facts, [...facts.ids.keys()], (row) => facts.contentHashes[row]);
  return numberGroups(
    "duplicate",
    groups.map((rows) => ({ kind: "duplicate", name: `${rows.length} files with the same bytes`, members: rows.map((row) => ({ row })) })),
  );
}

/** Samples with the same pixels in different bytes: of those with the same bytes only one, so that no two groups say the same. */
export function findPixelDuplicates(facts: SameFacts): Group[] {
  const different = representatives(facts.ids.length, findDuplicates(facts));
  const groups = groupRows(facts, [...different], (row) => facts.pixelHashes[row]);
  return numberGroups(
    "pixelDuplicate",
    groups.map((rows) => ({
      kind: "pixelDuplicate",
      name: `${rows.length} files with the same pixels`,
      members: rows.map((row) => ({ row })),
    })),
  );
}

/** The rows that no group of duplicates would drop: keepers and those in no group, ascending. */
export function representatives(count: number, groups: readonly Group[]): Int32Array {
  const isDropped = new Uint8Array(count);
  for (const { members } of groups) for (const { row } of members.slice(1)) isDropped[row] = 1;
  return Int32Array.from({ length: count }, (_, row) => row).filter((row) => isDropped[row] === 0);
}

/** The class of each sample, from 0: samples that any group of duplicates joins are in one class. */
export function duplicateClasses(count: number, groups: readonly Pick<Group, "members">[]): Int32Array {
  const keeperOf = Int32Array.from({ length: count }, (_, row) => row);
  // Exact groups come before those of their keepers, so keepers are looked up until one keeps itself.
  const lastKeeper = (row: number): number => {
    let at = row;
    while (keeperOf[at] !== at) at = keeperOf[at]!;
    return at;
  };
  for (const { members } of groups) {
    const keeper = lastKeeper(members[0]!.row);
    for (const { row } of members) keeperOf[lastKeeper(row)] = keeper;
  }
  const classes = new Map<number, number>();
  return keeperOf.map((_, row) => {
    const keeper = lastKeeper(row);
    if (!classes.has(keeper)) classes.set(keeper, classes.size);
    return classes.get(keeper)!;
  });
}

function groupRows(facts: KeeperFacts, rows: readonly number[], keyOf: (row: number) => string | undefined): number[][] {
  const byKey = new Map<string, number[]>();
  for (const row of rows) {
    const key = keyOf(row);
    if (key === undefined) continue;
    const same = byKey.get(key);
    if (same === undefined) byKey.set(key, [row]);
    else same.push(row);
  }
  const groups = [...byKey.values()].filter((same) => same.length > 1);
  for (const same of groups) same.sort((a, b) => compareKeepers(facts, a, b));
  return groups.sort((a, b) => compareText(facts.ids[a[0]!]!, facts.ids[b[0]!]!));
}
