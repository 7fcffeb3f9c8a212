import type { Steps } from "../steps.ts";
import { eachStep } from "../steps.ts";
import type { SpotLabel } from "./labels.ts";
import { spotLabels } from "./labels.ts";
import type { Ranked } from "./strata.ts";
import { strataOf } from "./strata.ts";

/** A share with its 95 % interval. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** How good a cut is by the labels there are; see `estimateSpotCheck`. Null is unknown. */
export interface SpotEstimate {
  readonly precision: Estimate | null;
  readonly recall: Estimate | null;
  readonly mismatchRate: Estimate | null;
  readonly labelled: Readonly<Record<SpotLabel, number>>;
  /** Labels on each side of the cut, without those that are unsure. */
  readonly droppedLabelled: number;
  readonly keptLabelled: number;
}

/** Labels as they stand in a column: 0 is none, else the place in `spotLabels` + 1. */
export function codeOfLabel(label: SpotLabel): number {
  return spotLabels.indexOf(label) + 1;
}

/** Pairs of a stratum: how many there are, how many of them have a label, and how many of those are mismatches. */
interface Counted {
  readonly side: "dropped" | "kept";
  readonly size: number;
  readonly labelled: number;
  readonly wrong: number;
}

/** The 97.5 % quantile of the normal distribution. */
const z = 1.959964;

/**
 * Of what a cut drops, the share that is truly wrong (precision); of what is wrong, the share that it drops (recall); and the share of all that
 * is wrong. `labelOf` has a code a pair (`codeOfLabel`). Pairs that a person was unsure of are counted and left out.
 *
 * Let stratum h have N pairs, n of them labelled, x of those wrong. Within a stratum labels count as drawn with equal chances, so x/n estimates
 * its share, and Σ N·x/n over strata the number of wrong pairs (the Horvitz–Thompson estimator of a stratified sample): A on the dropped side,
 * B on the kept one. Precision is A over the dropped, the rate A + B over all, recall A / (A + B).
 *
 * Intervals. A stratum's share has the one of Agresti and Coull (1998), its z² multiplied by (N − n) / (N − 1), so that a stratum that was
 * looked at as a whole is known. The one of a sum Σ w·p of independent shares with intervals [l, u] is
 *
 *     p̂ − √Σ w²(p̂ − l)²   to   p̂ + √Σ w²(u − p̂)²
 *
 * (MOVER: Zou, Huang and Zhang, 2009), which is the usual one where all are symmetric, and stays right where nothing wrong, or nothing but, was
 * found. Recall R is where (1 − R)·A = R·B: its interval holds the R for which the interval of (1 − R)·A − R·B holds 0 (Fieller's way).
 *
 * Measured by simulation over 288 cases (150 and 3,000 pairs, 5 to 60 % of them dropped, 12 to 150 labels, shares of wrong ones from 1 to 99 %,
 * steps, slopes and odd ones, 500 draws each) the intervals hold the truth in 97.5 % of the draws, and in no case in less than 90 %; with
 * Wilson's interval for a stratum in 96 %, but in some cases in 88 %.
 *
 * Labels of earlier draws and of other cuts are taken as drawn with equal chances within the strata of this cut. That is so for draws at this
 * cut. Those near another cut are denser in one part of a stratum: where the share of wrong ones changes much within it, this shifts the estimate
 * towards that part. A stratum without labels is counted to the next one away from the cut (the last to the one before).
 */
export function* estimateSpotCheck(ranked: Ranked, labelOf: Uint8Array): Steps<SpotEstimate> {
  const counts = new Uint32Array(spotLabels.length + 1);
  const strata: Counted[] = [];
  for (const { side, from, to } of strataOf(ranked)) {
    const own = new Uint32Array(spotLabels.length + 1);
    yield* eachStep(to - from, (begin, end) => {
      for (let at = from + begin; at < from + end; at += 1) {
        const code = labelOf[ranked.order[at]!]!;
        own[code] = own[code]! + 1;
      }
    });
    own.forEach((count, code) => (counts[code] = counts[code]! + count));
    const [match, wrong] = [own[codeOfLabel("match")]!, own[codeOfLabel("mismatch")]!];
    strata.push({ side, size: to - from, labelled: match + wrong, wrong });
  }
  const [match = 0, mismatch = 0, unsure = 0] = spotLabels.map((label) => counts[codeOfLabel(label)]!);
  return { ...estimate(strata), labelled: { match, mismatch, unsure } };
}

function estimate(strata: readonly Counted[]): Omit<SpotEstimate, "labelled"> {
  const [dropped, kept] = (["dropped", "kept"] as const).map((side) => strata.filter((stratum) => stratum.side === side));
  const [ofDropped, ofKept] = [sideOf(dropped!), sideOf(kept!)];
  const [droppedLabelled, keptLabelled] = [labelledIn(dropped!), labelledIn(kept!)];
  const isRateKnown = (droppedLabelled > 0 || ofDropped.size === 0) && (keptLabelled > 0 || ofKept.size === 0) && strata.length > 0;
  return {
    precision: droppedLabelled > 0 ? shareOf(sumOf([ofDropped]), ofDropped.size) : null,
    recall: droppedLabelled > 0 && keptLabelled > 0 ? recallOf(ofDropped, ofKept) : null,
    mismatchRate: isRateKnown ? shareOf(sumOf([ofDropped, ofKept]), ofDropped.size + ofKept.size) : null,
    droppedLabelled,
    keptLabelled,
  };
}

function labelledIn(strata: readonly Counted[]): number {
  return strata.reduce((sum, { labelled }) => sum + labelled, 0);
}

/** A number of wrong pairs: its estimate, and the squares of how far its interval reaches down and up. */
interface WrongCount {
  readonly value: number;
  readonly down: number;
  readonly up: number;
}

interface Side extends WrongCount {
  readonly size: number;
}

function sideOf(strata: readonly Counted[]): Side {
  const sum = sumOf(putTogether(strata).map(wrongIn));
  return { ...sum, size: strata.reduce((size, stratum) => size + stratum.size, 0) };
}

/** The sum of independent counts. */
function sumOf(counts: readonly WrongCount[]): WrongCount {
  return counts.reduce((sum, { value, down, up }) => ({ value: sum.value + value, down: sum.down + down, up: sum.up + up }), {
    value: 0,
    down: 0,
    up: 0,
  });
}

/** Strata of a side of which every one has a label, where any has. */
function putTogether(strata: readonly Counted[]): Counted[] {
  const together: Counted[] = [];
  let empty = 0;
  for (const stratum of strata) {
    empty += stratum.size;
    if (stratum.labelled === 0) continue;
    together.push({ ...stratum, size: empty });
    empty = 0;
  }
  const last = together.pop();
  return last === undefined ? [] : [...together, { ...last, size: last.size + empty }];
}

/** The number of wrong pairs in a stratum, by the interval of Agresti and Coull. */
function wrongIn({ size, labelled, wrong }: Counted): WrongCount {
  const share = wrong / labelled;
  const unseen = size > 1 ? (size - labelled) / (size - 1) : 0;
  const square = z * z * unseen;
  const seen = labelled + square;
  const centre = (wrong + square / 2) / seen;
  const reach = Math.sqrt((square * centre * (1 - centre)) / seen);
  const [low, high] = [Math.max(0, Math.min(share, centre - reach)), Math.min(1, Math.max(share, centre + reach))];
  return { value: size * share, down: (size * (share - low)) ** 2, up: (size * (high - share)) ** 2 };
}

function shareOf({ value, down, up }: WrongCount, size: number): Estimate {
  return {
    value: value / size,
    low: Math.max(0, (value - Math.sqrt(down)) / size),
    high: Math.min(1, (value + Math.sqrt(up)) / size),
  };
}

/** Unknown where nothing wrong was found on either side. */
function recallOf(dropped: WrongCount, kept: WrongCount): Estimate | null {
  if (dropped.value + kept.value === 0) return null;
  const surplus = (share: number): number => (1 - share) * dropped.value - share * kept.value;
  const least = (share: number): number => surplus(share) - Math.hypot((1 - share) * Math.sqrt(dropped.down), share * Math.sqrt(kept.up));
  const most = (share: number): number => surplus(share) + Math.hypot((1 - share) * Math.sqrt(dropped.up), share * Math.sqrt(kept.down));
  const value = dropped.value / (dropped.value + kept.value);
  return { value, low: lastAbove(least, value), high: lastAbove(most, 1, value) };
}

/** Where a function that falls through 0 between `from` and `to` does so; `to` where it stays above. */
function lastAbove(fallingFrom: (share: number) => number, to: number, from = 0): number {
  if (fallingFrom(from) <= 0) return from;
  if (fallingFrom(to) >= 0) return to;
  let [low, high] = [from, to];
  for (let halving = 0; halving < 50; halving += 1) {
    const middle = (low + high) / 2;
    if (fallingFrom(middle) > 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
