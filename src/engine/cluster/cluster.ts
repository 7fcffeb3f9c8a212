import { findConcepts } from "../../core/clusters/concepts.ts";
import { findSameCaptions, findSameImages } from "../../core/clusters/sameCaption.ts";
import type { Group } from "../../core/group.ts";
import type { ConfusableInput } from "../../core/negatives/confusable.ts";
import { findConfusables } from "../../core/negatives/confusable.ts";
import { suspectedMismatches } from "../../core/negatives/eligible.ts";
import type { ClusterOptions, Duplicates } from "./duplicates.ts";

/**
 * What grouping takes: the scored pairs, and the duplicates that `clusterDuplicates` found. `conceptCount` is chosen by the number of
 * samples where it is absent.
 */
export interface ClusterInput extends Omit<ConfusableInput, "duplicateOf"> {
  readonly duplicates: Duplicates;
  readonly conceptCount?: number | undefined;
}

/** All groups, and what goes into columns. */
export interface Clustered {
  /** By kind, in the order of `groupKinds`; ids count from 1 within a kind. */
  readonly groups: readonly Group[];
  /** Each sample's concept group's id, undefined without a vector. */
  readonly conceptOf: readonly (string | undefined)[];
  /** Each sample's duplicate group's id (the narrowest kind that it is in), undefined where it has none. */
  readonly duplicateGroupOf: readonly (string | undefined)[];
  /** Pairs that may be wrong, worst first. */
  readonly suspectedMismatches: Int32Array;
  /** The margin of confusable groups as a cosine; undefined where there was too little to measure it by. */
  readonly marginCosine: number | undefined;
}

/** Groups a scored dataset. Progress counts the blocks of the search for confusable pairs. */
export async function cluster(input: ClusterInput, { signal, onProgress }: ClusterOptions = {}): Promise<Clustered> {
  const { pairs, textOf, ids, images, gemm, seed, duplicates } = input;
  const facts = { pairs, textOf, ids, duplicateOf: duplicates.duplicateOf };
  const concepts = await findConcepts({ images, facts }, { seed, gemm, signal, k: input.conceptCount });
  const { confusable, falseNegative, marginCosine } = await findConfusables(
    { ...input, duplicateOf: duplicates.duplicateOf },
    { signal, onProgress },
  );
  const same = [...findSameCaptions(facts), ...findSameImages(facts, duplicates.samePixelsAs)];
  return {
    groups: [...duplicates.groups, ...same, ...confusable, ...concepts.groups, ...falseNegative],
    conceptOf: Array.from(concepts.conceptOf, (concept) => concepts.groups[concept]?.id),
    duplicateGroupOf: groupOfEach(ids.length, duplicates.groups),
    suspectedMismatches: suspectedMismatches(input.columns),
    marginCosine,
  };
}

function groupOfEach(count: number, groups: readonly Group[]): (string | undefined)[] {
  const found: (string | undefined)[] = Array.from({ length: count });
  for (const { id, members } of groups) for (const { row } of members) found[row] ??= id;
  return found;
}
