import { keysFromFloats, orderByKeys } from "../order.ts";
import type { Steps } from "../steps.ts";
import { eachStep } from "../steps.ts";

/** A cut through a signal: what is worse than `cut` is dropped. */
export interface Cut {
  readonly values: Float32Array;
  readonly better: "higher" | "lower";
  readonly cut: number;
}

/** Pairs by their places, the worst first, ties by place; the first `dropped` of them fall to the cut. */
export interface Ranked {
  readonly order: Uint32Array;
  readonly dropped: number;
}

/** A piece of one side of a cut: the ranks `from` ≤ rank < `to`. */
export interface Stratum {
  readonly side: "dropped" | "kept";
  readonly from: number;
  readonly to: number;
}

/**
 * Where the strata of a side end, as shares of it by their distance from the cut in rank: the nearest 64th, what is left to the 16th, to the
 * quarter, and the rest. Ranks and not scores, so that the strata of any signal of any encoder hold enough pairs.
 */
const ends = [1 / 64, 1 / 16, 1 / 4, 1];

/** Ranks the pairs that may be looked at (`isAllowed` 1) and whose value is known. The cut is rounded to float32, as the values are. */
export function* rankAroundCut({ values, better, cut }: Cut, isAllowed: Uint8Array): Steps<Ranked> {
  const known = new Uint32Array(values.length);
  const limit = Math.fround(cut);
  let [count, dropped] = [0, 0];
  yield* eachStep(values.length, (from, to) => {
    for (let pair = from; pair < to; pair += 1) {
      const value = values[pair]!;
      if (isAllowed[pair] === 0 || Number.isNaN(value)) continue;
      known[count++] = pair;
      if (better === "higher" ? value < limit : value > limit) dropped += 1;
    }
  });
  const keys = yield* keysFromFloats(values, better === "lower");
  return { order: yield* orderByKeys(keys, known.subarray(0, count)), dropped };
}

/** The strata on both sides of a cut, on each side the nearest first; empty ones are left out. */
export function strataOf({ order, dropped }: Ranked): Stratum[] {
  const strata: Stratum[] = [];
  for (const side of ["dropped", "kept"] as const) {
    const size = side === "dropped" ? dropped : order.length - dropped;
    let near = 0;
    for (const end of ends) {
      const far = Math.ceil(size * end);
      if (far > near)
        strata.push(
          side === "dropped" ? { side, from: dropped - far, to: dropped - near } : { side, from: dropped + near, to: dropped + far },
        );
      near = far;
    }
  }
  return strata;
}
