import { createRandom, drawDistinct, drawInteger } from "../random.ts";
import type { Steps } from "../steps.ts";
import { stepLength } from "../steps.ts";
import type { Ranked, Stratum } from "./strata.ts";
import { strataOf } from "./strata.ts";

/** What is drawn: how many pairs, by which seed, and which have a label already (one entry a pair, 0 is none). */
export interface DrawOptions {
  readonly size: number;
  readonly seed: number;
  readonly labelOf: Uint8Array;
}

/**
 * Draws pairs to be looked at, by their places, in an order that tells nothing of their scores.
 *
 * Both sides of the cut have equal parts, and on each side a stratum of N pairs has one in proportion to √N, labels that are there already
 * included: so near the cut, where a shifted cut would change the outcome, pairs are some seven times as likely as far from it, and still the
 * intervals of `estimateSpotCheck` are only a tenth wider than with equal chances. Within a stratum all pairs without a label have the same
 * chance. Only when none is left without a label are labelled ones drawn again.
 */
export function* drawSpotCheck(ranked: Ranked, { size, seed, labelOf }: DrawOptions): Steps<number[]> {
  const random = createRandom(seed);
  const open: { stratum: Stratum; unlabelled: Uint32Array; labelled: Uint32Array }[] = [];
  for (const stratum of strataOf(ranked)) {
    const pairs = ranked.order.subarray(stratum.from, stratum.to);
    open.push({
      stratum,
      unlabelled: yield* choose(pairs, (pair) => labelOf[pair] === 0),
      labelled: yield* choose(pairs, (pair) => labelOf[pair] !== 0),
    });
  }
  const counts = allocate(
    open.map(({ stratum, unlabelled, labelled }) => ({ stratum, room: unlabelled.length, taken: labelled.length })),
    size,
  );
  const drawn = open.flatMap(({ unlabelled }, at) =>
    drawDistinct(random, counts[at]!, unlabelled.length).map((place) => unlabelled[place]!),
  );
  const again = open.flatMap(({ labelled }) => [...labelled]);
  const missing = drawDistinct(random, Math.min(size - drawn.length, again.length), again.length);
  return shuffle([...drawn, ...missing.map((place) => again[place]!)], random);
}

/** One after the other goes to the stratum that is furthest behind its part (Webster's method of highest averages), as long as it has room. */
function allocate(strata: readonly { stratum: Stratum; room: number; taken: number }[], size: number): number[] {
  const root = ({ from, to }: Stratum): number => Math.sqrt(to - from);
  const partOf = strata.map(
    ({ stratum }) =>
      root(stratum) / strata.reduce((sum, other) => sum + (other.stratum.side === stratum.side ? root(other.stratum) : 0), 0),
  );
  const counts = strata.map(() => 0);
  for (let given = 0; given < size; given += 1) {
    let next = -1;
    let furthest = 0;
    strata.forEach(({ room, taken }, at) => {
      const behind = counts[at]! < room ? partOf[at]! / (taken + counts[at]! + 0.5) : 0;
      if (behind > furthest) [next, furthest] = [at, behind];
    });
    if (next < 0) break;
    counts[next] = counts[next]! + 1;
  }
  return counts;
}

function* choose(pairs: Uint32Array, test: (pair: number) => boolean): Steps<Uint32Array> {
  const chosen = new Uint32Array(pairs.length);
  let count = 0;
  for (const [at, pair] of pairs.entries()) {
    if (at % stepLength === stepLength - 1) yield;
    if (test(pair)) chosen[count++] = pair;
  }
  return chosen.subarray(0, count);
}

/** Fisher and Yates. */
function shuffle(items: number[], random: () => number): number[] {
  for (let last = items.length - 1; last > 0; last -= 1) {
    const other = drawInteger(random, last + 1);
    [items[last], items[other]] = [items[other]!, items[last]!];
  }
  return items;
}
