import type { DecideInput } from "../../core/prune/policy.ts";
import type { RelatedPair } from "../../core/relations.ts";
import { pairsOfRow, pairsOfRows, rowsById } from "../../core/prune/standing.ts";
import type { Steps } from "../../core/steps.ts";

/** Where samples and their captions lie in the columns that policies judge. */
export interface PairPlaces {
  readonly rows: ReadonlyMap<string, number>;
  /** The pairs of a row, by their captions' places. */
  readonly pairsOf: (row: number) => Uint32Array;
  readonly hashesOf: (row: number) => string[];
}

/** A pair that a person named, or a whole sample where `captionIndex` is null. */
interface Named {
  readonly sample: string;
  readonly captionIndex: number | null;
}

/** Finds where everything lies. */
export function* findPlaces(input: DecideInput): Steps<PairPlaces> {
  const layout = yield* pairsOfRows(input);
  const pairsOf = (row: number): Uint32Array => pairsOfRow(layout, row);
  return {
    rows: yield* rowsById(input),
    pairsOf,
    hashesOf: (row) => Array.from(pairsOf(row), (pair) => input.pairs.captionHash[pair]!),
  };
}

/** A named pair with the hash of its caption; throws a sentence where the dataset has no such sample or caption. */
export function relatedFromName({ rows, hashesOf }: PairPlaces, { sample, captionIndex }: Named): RelatedPair {
  const row = rows.get(sample);
  if (row === undefined) throw new Error(`The dataset has no sample ${sample}`);
  if (captionIndex === null) return { sample };
  const hashes = hashesOf(row);
  const captionHash = hashes[captionIndex];
  if (captionHash === undefined) throw new Error(`${sample} has no caption ${captionIndex}, only ${hashes.length} (counted from 0)`);
  return { sample, captionIndex, captionHash };
}
