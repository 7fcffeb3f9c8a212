/** A seeded generator of numbers in [0, 1): mulberry32 (Tommy Ettinger, public domain), the same sequence on every machine. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** A seeded integer in [0, below). */
export function drawInteger(random: () => number, below: number): number {
  return Math.floor(random() * below);
}

/** `count` distinct integers of [0, below), in the order drawn (Floyd's method); all of them when `count` ≥ `below`. */
export function drawDistinct(random: () => number, count: number, below: number): number[] {
  const drawn = new Set<number>();
  for (let last = Math.max(0, below - count); last < below; last += 1) {
    const candidate = drawInteger(random, last + 1);
    drawn.add(drawn.has(candidate) ? last : candidate);
  }
  return [...drawn];
}

/** Puts items in a seeded order, in place (Fisher and Yates). */
export function shuffle<Item>(items: { readonly length: number; [at: number]: Item }, random: () => number): void {
  for (let last = items.length - 1; last > 0; last -= 1) {
    const other = drawInteger(random, last + 1);
    [items[last], items[other]] = [items[other]!, items[last]!];
  }
}
