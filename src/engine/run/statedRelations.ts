import type { PlacedRelations, StatedRelation } from "../../core/relations.ts";
import { noRelations, placeRelations } from "../../core/relations.ts";
import type { Sample } from "../../core/sample.ts";
import { captionHash } from "../store/dotWinnow.ts";

/** What a person said of samples and captions, as rows of the samples and places of their pairs (one caption after the other, sample by sample). */
export function placeStated(samples: readonly Sample[], relations: readonly StatedRelation[]): PlacedRelations {
  if (relations.length === 0) return noRelations;
  const named = new Set(relations.flatMap(({ left, right }) => [left.sample, right.sample]));
  const rows = new Map<string, number>();
  const firstPairs = new Map<number, number>();
  let pair = 0;
  samples.forEach(({ id, captions }, row) => {
    if (named.has(id)) rows.set(id, row);
    if (named.has(id)) firstPairs.set(row, pair);
    pair += captions.length;
  });
  return placeRelations(relations, {
    rowOf: (sample) => rows.get(sample),
    firstPairOf: (row) => firstPairs.get(row)!,
    hashesOf: (row) => samples[row]!.captions.map(({ text }) => captionHash(text)),
  });
}
