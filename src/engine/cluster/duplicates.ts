import type { SameFacts } from "../../core/clusters/duplicates.ts";
import { duplicateClasses, findDuplicates, findPixelDuplicates, representatives } from "../../core/clusters/duplicates.ts";
import type { NearDuplicateInput } from "../../core/clusters/nearDuplicates.ts";
import { findNearDuplicates } from "../../core/clusters/nearDuplicates.ts";
import type { RowPairs } from "../../core/clusters/statedDuplicates.ts";
import type { Group } from "../../core/group.ts";

/**
 * What duplicates are found from; without `near` (no vectors) only those of equal bytes and equal pixels. `stated` are rows of samples of which
 * a person said that they are one picture (the first stays), `apart` those that must not be taken for one.
 */
export interface DuplicateInput {
  readonly facts: SameFacts;
  readonly near?: Omit<NearDuplicateInput, "facts" | "rows" | "stated" | "apart"> | undefined;
  readonly stated?: RowPairs;
  readonly apart?: RowPairs;
}

/** Groups of duplicates of the three kinds, and the classes that they make; one entry a sample, from 0. */
export interface Duplicates {
  readonly groups: readonly Group[];
  /** Samples that any of the groups joins are of one class: what ranks leave out. */
  readonly duplicateOf: Int32Array;
  /** Samples of equal bytes or pixels, or said to be one picture, are of one class. */
  readonly samePixelsAs: Int32Array;
}

/** How a stage is watched and cancelled; `total` is known from the first report. */
export interface ClusterOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * Finds all duplicates. It needs no scores, and ranks need it: so it comes before scoring. Near-duplicates are looked for among one sample
 * of each group of equal pixels. What a person said to be one picture is one class for every purpose, and a near-duplicate group (of equal
 * bytes or pixels it is not, so those groups don't name it).
 */
export async function clusterDuplicates(
  { facts, near, stated = [], apart = [] }: DuplicateInput,
  options: ClusterOptions = {},
): Promise<Duplicates> {
  const count = facts.ids.length;
  const same = [...findDuplicates(facts), ...findPixelDuplicates(facts)];
  const rows = representatives(count, same);
  const words = {
    stated: betweenRepresentatives(stated, { count, same, rows }),
    apart: betweenRepresentatives(apart, { count, same, rows }),
  };
  const nearDuplicates = near === undefined ? [] : await findNearDuplicates({ ...near, facts, rows, ...words }, options);
  const groups = [...same, ...nearDuplicates];
  const asGroups = stated.map((two) => ({ members: two.map((row) => ({ row })) }));
  return {
    groups,
    duplicateOf: duplicateClasses(count, [...groups, ...asGroups]),
    samePixelsAs: duplicateClasses(count, [...same, ...asGroups]),
  };
}

/** Pairs of rows as pairs of those that stand for them; two of equal pixels fall out, which are one picture already. */
function betweenRepresentatives(
  pairs: RowPairs,
  { count, same, rows }: { count: number; same: readonly Group[]; rows: Int32Array },
): RowPairs {
  if (pairs.length === 0) return [];
  const classes = duplicateClasses(count, same);
  const representativeOf = new Map([...rows].map((row) => [classes[row]!, row]));
  return pairs
    .map(([one, other]) => [representativeOf.get(classes[one]!)!, representativeOf.get(classes[other]!)!] as const)
    .filter(([one, other]) => one !== other);
}
