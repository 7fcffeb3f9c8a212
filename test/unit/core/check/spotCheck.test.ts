import { describe, expect, it } from "vitest";
import { drawSpotCheck } from "../../../../src/core/check/draw.ts";
import type { Estimate, SpotEstimate } from "../../../../src/core/check/estimate.ts";
import { codeOfLabel, estimateSpotCheck } from "../../../../src/core/check/estimate.ts";
import type { Ranked } from "../../../../src/core/check/strata.ts";
import { rankAroundCut, strataOf } from "../../../../src/core/check/strata.ts";
import { createRandom } from "../../../../src/core/random.ts";
import { finish } from "../../../../src/core/steps.ts";

const [match, mismatch, unsure] = [codeOfLabel("match"), codeOfLabel("mismatch"), codeOfLabel("unsure")];

/** Pairs whose place is their rank: the first `dropped` of `count` fall to the cut. */
function ranked(count: number, dropped: number): Ranked {
  const values = Float32Array.from({ length: count }, (_, at) => at);
  return finish(rankAroundCut({ values, better: "higher", cut: dropped }, new Uint8Array(count).fill(1)));
}

function draw(of: Ranked, size: number, seed: number, labelOf: Uint8Array = new Uint8Array(of.order.length)): number[] {
  return finish(drawSpotCheck(of, { size, seed, labelOf }));
}

function estimate(of: Ranked, labelOf: Uint8Array): SpotEstimate {
  return finish(estimateSpotCheck(of, labelOf));
}

function labelled(count: number, wrong: Iterable<number>, right: Iterable<number>): Uint8Array {
  const labelOf = new Uint8Array(count);
  for (const pair of right) labelOf[pair] = match;
  for (const pair of wrong) labelOf[pair] = mismatch;
  return labelOf;
}

function* from(first: number, end: number): Generator<number> {
  for (let at = first; at < end; at += 1) yield at;
}

describe("a cut", () => {
  it("drops what is worse, ranks the worst first, ties by place, and leaves out the unknown and what may not be judged", () => {
    const values = Float32Array.of(0.3, 0.1, NaN, 0.2, 0.1, 0.9, -0);
    const isAllowed = Uint8Array.of(1, 1, 1, 1, 1, 0, 1);
    const higher = finish(rankAroundCut({ values, better: "higher", cut: 0.2 }, isAllowed));
    expect([[...higher.order], higher.dropped]).toEqual([[6, 1, 4, 3, 0], 3]);
    const lower = finish(rankAroundCut({ values, better: "lower", cut: 0.1 }, isAllowed));
    expect([[...lower.order], lower.dropped]).toEqual([[0, 3, 1, 4, 6], 2]);
  });

  it.each([
    [0, 0],
    [1, 0],
    [1, 1],
    [7, 3],
    [1000, 1000],
    [1000, 64],
  ])("cuts each side of %i pairs with %i dropped into strata that cover it once", (count, dropped) => {
    const strata = strataOf(ranked(count, dropped));
    const covered = strata.flatMap((stratum) => [...from(stratum.from, stratum.to)]).sort((a, b) => a - b);
    expect(covered).toEqual([...from(0, count)]);
    for (const { side, from: first, to } of strata) expect(side === "dropped" ? to <= dropped : first >= dropped).toBe(true);
  });
});

describe("a draw", () => {
  it("is the same for the same seed and another for another, and names no pair twice", () => {
    const of = ranked(5000, 1000);
    expect(draw(of, 60, 1)).toEqual(draw(of, 60, 1));
    expect(draw(of, 60, 1)).not.toEqual(draw(of, 60, 2));
    expect(new Set(draw(of, 60, 1)).size).toBe(60);
  });

  it("takes half from each side, denser near the cut, in an order that tells nothing", () => {
    const of = ranked(20_000, 4000);
    const drawn = Array.from({ length: 40 }, (_, seed) => draw(of, 100, seed)).flat();
    const share = (test: (pair: number) => boolean) => drawn.filter(test).length / drawn.length;
    expect(share((pair) => pair < 4000)).toBeCloseTo(0.5, 2);
    const densityNear = share((pair) => pair >= 4000 && pair < 4250) / 250;
    const densityFar = share((pair) => pair >= 8000) / 12_000;
    expect(densityNear / densityFar).toBeGreaterThan(4);
    expect(densityFar).toBeGreaterThan(0);
    const firstHalves = Array.from({ length: 40 }, (_, seed) => draw(of, 100, seed).slice(0, 50)).flat();
    expect(firstHalves.filter((pair) => pair < 4000).length / firstHalves.length).toBeCloseTo(0.5, 1);
  });

  it("gives every pair of a stratum the same chance", () => {
    const of = ranked(80, 16);
    const counts = new Array<number>(80).fill(0);
    for (let seed = 0; seed < 4000; seed += 1) for (const pair of draw(of, 12, seed)) counts[pair] = counts[pair]! + 1;
    for (const stratum of strataOf(of)) {
      const own = counts.slice(stratum.from, stratum.to);
      const mean = own.reduce((sum, count) => sum + count, 0) / own.length;
      // Five standard deviations of a binomial count.
      for (const count of own) expect(Math.abs(count - mean)).toBeLessThan(5 * Math.sqrt(mean + 1));
    }
  });

  it("passes over labelled pairs while there are others, and draws them again after", () => {
    const of = ranked(40, 10);
    const labelOf = labelled(40, from(0, 5), from(20, 35));
    const drawn = draw(of, 20, 3, labelOf);
    expect(drawn.filter((pair) => labelOf[pair] !== 0)).toEqual([]);
    const more = draw(of, 30, 3, labelOf);
    expect(new Set(more).size).toBe(30);
    expect(more.filter((pair) => labelOf[pair] === 0)).toHaveLength(20);
    expect(draw(of, 100, 3, labelOf)).toHaveLength(40);
  });

  it("counts the labels that are there to the parts of the strata", () => {
    const of = ranked(1000, 500);
    const labelOf = labelled(1000, from(0, 40), []);
    const kept = (pairs: readonly number[]) => pairs.filter((pair) => pair >= 500).length;
    expect(kept(draw(of, 40, 1))).toBe(20);
    expect(kept(draw(of, 40, 1, labelOf))).toBeGreaterThan(24);
  });

  it("of a cut that drops nothing, or everything, is of the other side", () => {
    expect(draw(ranked(100, 0), 10, 1)).toHaveLength(10);
    expect(draw(ranked(100, 100), 10, 1)).toHaveLength(10);
    expect(draw(ranked(0, 0), 10, 1)).toEqual([]);
  });
});

describe("an estimate", () => {
  it("weighs each stratum by its size", () => {
    const of = ranked(128, 64);
    // Dropped, from the cut: 1, 3, 12 and 48 pairs; the far 48 are all wrong where they are labelled, the others all right.
    const labelOf = labelled(128, [0, 5, 40, 70], [50, 60, 61, 63, 65, 127]);
    const { precision, droppedLabelled, keptLabelled } = estimate(of, labelOf);
    expect(precision!.value).toBeCloseTo(48 / 64, 9);
    expect([droppedLabelled, keptLabelled]).toEqual([7, 3]);
  });

  it("knows what was looked at as a whole", () => {
    const of = ranked(60, 20);
    const labelOf = labelled(60, [...from(0, 15), ...from(55, 60)], [...from(15, 55)]);
    const exactly = (value: number): Estimate => ({
      value: expect.closeTo(value, 6) as number,
      low: expect.closeTo(value, 6) as number,
      high: expect.closeTo(value, 6) as number,
    });
    expect(estimate(of, labelOf)).toEqual({
      precision: exactly(0.75),
      recall: exactly(0.75),
      mismatchRate: exactly(20 / 60),
      labelled: { match: 40, mismatch: 20, unsure: 0 },
      droppedLabelled: 20,
      keptLabelled: 40,
    });
  });

  it("is unknown, and never 0, where a side has no label, or nothing wrong was found", () => {
    const of = ranked(100, 50);
    expect(estimate(of, new Uint8Array(100))).toMatchObject({ precision: null, recall: null, mismatchRate: null });
    const one = estimate(of, labelled(100, [3], [4]));
    expect([one.precision!.value, one.recall, one.mismatchRate]).toEqual([0.5, null, null]);
    const other = estimate(of, labelled(100, [70], [71]));
    expect([other.precision, other.recall, other.mismatchRate]).toEqual([null, null, null]);
    const right = estimate(of, labelled(100, [], [3, 70]));
    expect([right.precision!.value, right.recall, right.mismatchRate!.value]).toEqual([0, null, 0]);
    expect(right.precision!.high).toBeGreaterThan(0.3);
    expect(estimate(ranked(50, 0), labelled(50, [1], [2])).mismatchRate!.value).toBe(0.5);
    expect(estimate(ranked(0, 0), new Uint8Array())).toMatchObject({ precision: null, recall: null, mismatchRate: null });
  });

  it("tells the unsure and leaves them out", () => {
    const of = ranked(100, 50);
    const labelOf = labelled(100, [1, 2], [3, 60]);
    const before = estimate(of, labelOf);
    labelOf[4] = labelOf[61] = unsure;
    expect(estimate(of, labelOf)).toEqual({ ...before, labelled: { match: 2, mismatch: 2, unsure: 2 } });
  });

  it("has intervals around its values and within 0 and 1, narrower with more labels", () => {
    const of = ranked(4000, 1000);
    const random = createRandom(4);
    const isWrong = Uint8Array.from({ length: 4000 }, (_, at) => (random() < (at < 1000 ? 0.8 : 0.05) ? 1 : 0));
    const widths = [20, 80, 320].map((size) => {
      const { precision, recall, mismatchRate } = estimate(of, labelAs(draw(of, size, 7), isWrong));
      for (const { value, low, high } of [precision!, recall!, mismatchRate!]) {
        expect(0 <= low && low <= value && value <= high && high <= 1).toBe(true);
      }
      return precision!.high - precision!.low + recall!.high - recall!.low;
    });
    expect(widths).toEqual([...widths].sort((a, b) => b - a));
  });
});

function labelAs(drawn: readonly number[], isWrong: Uint8Array, labelOf: Uint8Array = new Uint8Array(isWrong.length)): Uint8Array {
  for (const pair of drawn) labelOf[pair] = isWrong[pair] === 1 ? mismatch : match;
  return labelOf;
}

describe("the intervals of 95 %", () => {
  const draws = 600;
  /** The share of wrong pairs by rank (0 to 1) and the share that is dropped. */
  const worlds: Readonly<Record<string, (rank: number, cut: number) => number>> = {
    "hardly any wrong": () => 0.01,
    "half wrong": () => 0.5,
    "nearly all wrong": () => 0.98,
    "a good cut": (rank, cut) => (rank < cut ? 0.95 : 0.02),
    "a perfect cut": (rank, cut) => (rank < cut ? 1 : 0),
    "a slope": (rank) => 0.6 * Math.exp(-4 * rank),
    "a cut that is too low": (rank, cut) => 1 / (1 + Math.exp((rank - 1.5 * cut) * 25)),
    "few but many in all among the kept": (rank, cut) => (rank < cut ? 0.5 : 0.003),
    "wrong far from the cut": (rank, cut) => (rank < cut * 0.7 ? 0.4 : rank > cut + 0.3 * (1 - cut) ? 0.08 : 0.01),
  };

  function coverage(world: (rank: number) => number, of: Ranked, drawAndLabel: (isWrong: Uint8Array, seed: number) => Uint8Array) {
    const random = createRandom(99);
    const count = of.order.length;
    const held = { precision: 0, recall: 0, mismatchRate: 0 };
    const known = { precision: 0, recall: 0, mismatchRate: 0 };
    for (let seed = 0; seed < draws; seed += 1) {
      const isWrong = Uint8Array.from({ length: count }, (_, at) => (random() < world(at / count) ? 1 : 0));
      const all = isWrong.reduce((sum, wrong) => sum + wrong, 0);
      const dropped = isWrong.subarray(0, of.dropped).reduce((sum, wrong) => sum + wrong, 0);
      const truth = { precision: dropped / of.dropped, recall: dropped / all, mismatchRate: all / count };
      const found = estimate(of, drawAndLabel(isWrong, seed));
      for (const name of ["precision", "recall", "mismatchRate"] as const) {
        const interval = found[name];
        if (interval === null || Number.isNaN(truth[name])) continue;
        known[name] += 1;
        if (interval.low - 1e-9 <= truth[name] && truth[name] <= interval.high + 1e-9) held[name] += 1;
      }
    }
    return Object.fromEntries(Object.entries(held).map(([name, count]) => [name, count / known[name as keyof typeof known]]));
  }

  const cases = Object.keys(worlds).flatMap((world) =>
    [
      [2000, 0.3, 40],
      [2000, 0.05, 120],
      [150, 0.3, 14],
    ].map(([count, share, size]) => [world, count!, share!, size!] as const),
  );
  it.each(cases)("hold the truth in nine of ten draws at least: %s, %i pairs, %d dropped, %i labels", (name, count, share, size) => {
    const of = ranked(count, count * share);
    const found = coverage(
      (rank) => worlds[name]!(rank, share),
      of,
      (isWrong, seed) => labelAs(draw(of, size, seed), isWrong),
    );
    for (const [what, share] of Object.entries(found)) expect(share, what).toBeGreaterThanOrEqual(0.9);
  });

  it.each(["a good cut", "a slope", "half wrong", "hardly any wrong"])(
    "hold it also with labels of an earlier draw at another cut: %s",
    (name) => {
      const [of, earlier] = [ranked(2000, 600), ranked(2000, 300)];
      const found = coverage(
        (rank) => worlds[name]!(rank, 0.3),
        of,
        (isWrong, seed) => {
          const labelOf = labelAs(draw(earlier, 60, seed), isWrong);
          return labelAs(draw(of, 60, seed + 1_000_000, labelOf), isWrong, labelOf);
        },
      );
      for (const [what, share] of Object.entries(found)) expect(share, what).toBeGreaterThanOrEqual(0.9);
    },
  );
});
