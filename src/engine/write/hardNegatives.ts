import type { RelatedPair, StatedRelation } from "../../core/relations.ts";
import type { Sample } from "../../core/sample.ts";
import { findCaption } from "../../core/selection.ts";
import { captionHash } from "../store/dotWinnow.ts";
import type { ExportItem, ExportPair } from "./exportItems.ts";

/** Items with the hard negatives of each caption, as far as they go out too. */
export function markHardNegatives(
  items: readonly ExportItem[],
  samples: readonly Sample[],
  relations: readonly StatedRelation[],
): readonly ExportItem[] {
  const stated = relations.filter(({ relation }) => relation === "hardNegative");
  if (stated.length === 0) return items;
  const named = new Set(stated.flatMap(({ left, right }) => [left.sample, right.sample]));
  const hashes = new Map(
    samples.filter(({ id }) => named.has(id)).map(({ id, captions }) => [id as string, captions.map(({ text }) => captionHash(text))]),
  );
  const outgoing = new Map(
    items.filter(({ sample }) => named.has(sample)).map(({ sample, captions }) => [sample, new Set(captions.map(({ index }) => index))]),
  );
  const pairsOf = (pair: RelatedPair): ExportPair[] => {
    const own = hashes.get(pair.sample) ?? [];
    const found = pair.captionIndex === undefined ? [...own.keys()] : [findCaption(pair, own) ?? -1];
    return found.filter((index) => outgoing.get(pair.sample)?.has(index)).map((captionIndex) => ({ sample: pair.sample, captionIndex }));
  };
  const partners = new Map<string, ExportPair[]>();
  const add = (of: ExportPair, partner: ExportPair): void => {
    const known = partners.get(keyOf(of));
    if (known === undefined) partners.set(keyOf(of), [partner]);
    else known.push(partner);
  };
  for (const { left, right } of stated) {
    for (const one of pairsOf(left))
      for (const other of pairsOf(right)) {
        add(one, other);
        add(other, one);
      }
  }
  return items.map((item) => ({
    ...item,
    captions: item.captions.map((caption) => {
      const hardNegatives = partners.get(keyOf({ sample: item.sample, captionIndex: caption.index }));
      return hardNegatives === undefined ? caption : { ...caption, hardNegatives };
    }),
  }));
}

function keyOf({ sample, captionIndex }: ExportPair): string {
  return JSON.stringify([sample, captionIndex]);
}
