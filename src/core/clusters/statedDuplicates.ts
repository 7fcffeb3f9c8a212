import type { KeeperFacts } from "./keepers.ts";
import { compareKeepers, compareText } from "./keepers.ts";

/** Rows of two samples each. */
export type RowPairs = readonly (readonly [number, number])[];

/** A group of copies as rows, the keeper first; `isFound` where a search found some of them, not a person alone. */
export interface CopyGroup {
  readonly rows: readonly number[];
  readonly isFound: boolean;
}

/**
 * Puts groups together that hold two samples of which a person said that they are one picture, and makes new ones of what is in none. Of each
 * two the first stays: so a group's keeper is, before all others, one that no word puts behind another. Groups by their keepers' ids.
 */
export function joinStated(facts: KeeperFacts, found: readonly (readonly number[])[], stated: RowPairs): CopyGroup[] {
  if (stated.length === 0) return found.map((rows) => ({ rows, isFound: true }));
  const groupOf = new Map<number, OpenGroup>();
  const groups = new Set<OpenGroup>();
  for (const rows of found) addGroup({ rows: [...rows], isFound: true, isStated: false }, groups, groupOf);
  for (const [stays, goes] of stated) {
    const one = groupOf.get(stays) ?? addGroup({ rows: [stays], isFound: false, isStated: true }, groups, groupOf);
    const other = groupOf.get(goes) ?? addGroup({ rows: [goes], isFound: false, isStated: true }, groups, groupOf);
    one.isStated = true;
    if (one === other) continue;
    groups.delete(other);
    one.isFound ||= other.isFound;
    for (const row of other.rows) {
      one.rows.push(row);
      groupOf.set(row, one);
    }
  }
  const goes = new Set(stated.map(([, row]) => row));
  const preferred = (a: number, b: number): number => Number(goes.has(a)) - Number(goes.has(b)) || compareKeepers(facts, a, b);
  const joined = [...groups].map(({ rows, isFound, isStated }) => ({
    rows: isStated ? sortBehindKeeper(facts, rows, preferred) : rows,
    isFound,
  }));
  return joined.sort((a, b) => compareText(facts.ids[a.rows[0]!]!, facts.ids[b.rows[0]!]!));
}

interface OpenGroup {
  readonly rows: number[];
  isFound: boolean;
  isStated: boolean;
}

function addGroup(group: OpenGroup, groups: Set<OpenGroup>, groupOf: Map<number, OpenGroup>): OpenGroup {
  groups.add(group);
  for (const row of group.rows) groupOf.set(row, group);
  return group;
}

function sortBehindKeeper(facts: KeeperFacts, rows: readonly number[], preferred: (a: number, b: number) => number): number[] {
  const keeper = rows.reduce((best, row) => (preferred(row, best) < 0 ? row : best));
  return [keeper, ...rows.filter((row) => row !== keeper).sort((a, b) => compareKeepers(facts, a, b))];
}
