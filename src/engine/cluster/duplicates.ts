import type { SameFacts } from "../../core/clusters/duplicates.ts";
import { duplicateClasses, findDuplicates, findPixelDuplicates, representatives } from "../../core/clusters/duplicates.ts";
import type { NearDuplicateInput } from "../../core/clusters/nearDuplicates.ts";
import { findNearDuplicates } from "../../core/clusters/nearDuplicates.ts";
import type { Group } from "../../core/group.ts";

/** What duplicates are found from; without `near` (no vectors) only those of equal bytes and equal pixels. */
export interface DuplicateInput {
  readonly facts: SameFacts;
  readonly near?: Omit<NearDuplicateInput, "facts" | "rows"> | undefined;
}

/** Groups of duplicates of the three kinds, and the classes that they make; one entry a sample, from 0. */
export interface Duplicates {
  readonly groups: readonly Group[];
  /** Samples that any of the groups joins are of one class: what ranks leave out. */
  readonly duplicateOf: Int32Array;
  /** Samples of equal bytes or pixels are of one class. */
  readonly samePixelsAs: Int32Array;
}

/** How a stage is watched and cancelled; `total` is known from the first report. */
export interface ClusterOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * Finds all duplicates. It needs no scores, and ranks need it: so it comes before scoring. Near-duplicates are looked for among one sample
 * of each group of equal pixels.
 */
export async function clusterDuplicates({ facts, near }: DuplicateInput, options: ClusterOptions = {}): Promise<Duplicates> {
  const count = facts.ids.length;
  const same = [...findDuplicates(facts), ...findPixelDuplicates(facts)];
  const samePixelsAs = duplicateClasses(count, same);
  const nearDuplicates =
    near === undefined ? [] : await findNearDuplicates({ ...near, facts, rows: representatives(count, same) }, options);
  const groups = [...same, ...nearDuplicates];
  return { groups, duplicateOf: duplicateClasses(count, groups), samePixelsAs };
}
