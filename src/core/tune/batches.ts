import { createRandom, shuffle } from "../random.ts";

/** What is dealt: `classOf` tells of every item which others show the same image, `together` are items that belong into one batch, such as confusable groups. */
export interface Deck {
  readonly classOf: Int32Array;
  readonly together: readonly (readonly number[])[];
}

/** How it is dealt; the same for the same seed and epoch. */
export interface Deal {
  readonly seed: number;
  readonly epoch: number;
  readonly size: number;
}

/** A contrast needs another one. */
const leastItems = 2;

/**
 * Deals all items into batches in a seeded order, no two of one class in a batch: the second waits for the next. What is left over when only copies wait is not dealt in this
 * epoch.
 */
export function dealBatches({ classOf, together }: Deck, { seed, epoch, size }: Deal): readonly Int32Array[] {
  const random = createRandom(mixSeeds(seed, epoch));
  const grouped = new Set(together.flat());
  const units = [...together, ...Array.from(classOf.keys(), (item) => [item]).filter(([item]) => !grouped.has(item!))];
  shuffle(units, random);
  const batches: Int32Array[] = [];
  let waiting = [...new Set(units.flat())];
  while (waiting.length > 0) {
    const { batch, left } = fillBatch(waiting, classOf, size);
    if (batch.length >= leastItems) batches.push(batch);
    waiting = left;
  }
  return batches;
}

/** One seed of two. */
export function mixSeeds(seed: number, other: number): number {
  return (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(other + 1, 0xc2b2ae35)) >>> 0;
}

function fillBatch(waiting: readonly number[], classOf: Int32Array, size: number): { batch: Int32Array; left: number[] } {
  const batch: number[] = [];
  const skipped: number[] = [];
  const classes = new Set<number>();
  let at = 0;
  for (; at < waiting.length && batch.length < size; at += 1) {
    const item = waiting[at]!;
    const own = classOf[item]!;
    if (classes.has(own)) skipped.push(item);
    else {
      classes.add(own);
      batch.push(item);
    }
  }
  return { batch: Int32Array.from(batch), left: [...skipped, ...waiting.slice(at)] };
}
