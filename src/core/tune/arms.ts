import { createRandom, drawDistinct } from "../random.ts";
import { rowsAt } from "./rows.ts";
import type { TuneSet } from "./tuneSet.ts";

/** Flags for the captions of each item, in the order of `textsOf`. */
export type PairFlags = readonly Uint8Array[];

/** The places of the captions of each item that are flagged; what is held out has all of its own. */
export function flaggedPlaces({ textsOf, heldOut }: TuneSet, flags: PairFlags): readonly (readonly number[])[] {
  return textsOf.map((texts, item) => Array.from(texts.keys()).filter((place) => heldOut[item] === 1 || flags[item]![place] === 1));
}

/** The set with those pairs alone to train on that are flagged: an item that is left with none goes. What is held out stays as it is. */
export function takePairs(set: TuneSet, flags: PairFlags): TuneSet {
  const textsOf = flaggedPlaces(set, flags).map((places, item) => Int32Array.from(places, (place) => set.textsOf[item]![place]!));
  const items = Int32Array.from(textsOf.keys()).filter((item) => textsOf[item]!.length > 0);
  const placeOf = new Map(Array.from(items, (item, place) => [item, place]));
  return {
    ...set,
    images: rowsAt(set.images, items),
    textsOf: Array.from(items, (item) => textsOf[item]!),
    classOf: items.map((item) => set.classOf[item]!),
    heldOut: Uint8Array.from(items, (item) => set.heldOut[item]!),
    together: set.together.map((group) => group.flatMap((item) => placeOf.get(item) ?? [])),
  };
}

/** How many of the flagged pairs are trained on. */
export function countPairs({ heldOut }: TuneSet, flags: PairFlags): number {
  return flags.reduce((sum, own, item) => (heldOut[item] === 1 ? sum : sum + own.reduce((count, flag) => count + flag, 0)), 0);
}

/** Draws `count` of the flagged pairs that are trained on, by the seed. */
export function drawPairs({ heldOut }: TuneSet, flags: PairFlags, { count, seed }: { count: number; seed: number }): PairFlags {
  const pairs = flags.flatMap((own, item) =>
    heldOut[item] === 1 ? [] : Array.from(own.keys(), (place) => [item, place] as const).filter(([, place]) => own[place] === 1),
  );
  const drawn = flags.map((own) => new Uint8Array(own.length));
  for (const at of drawDistinct(createRandom(seed), count, pairs.length)) {
    const [item, place] = pairs[at]!;
    drawn[item]![place] = 1;
  }
  return drawn;
}
