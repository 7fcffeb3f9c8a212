import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decide } from "../../../../src/core/prune/decide.ts";
import { parseRule } from "../../../../src/core/prune/policies.ts";
import type { DecideInput, Rule } from "../../../../src/core/prune/policy.ts";
import { codes } from "../../../../src/core/prune/standing.ts";
import { boundForFilter, countBelow, countCut, cutOfShare, nextValue, shortestFloat } from "../../../../webview/views/scores/cut.ts";

/** Values with many ties, as ranks and short scores have them. */
const values = fc.oneof(
  fc.array(fc.float({ noNaN: true, min: -1, max: 1 }), { maxLength: 60 }),
  fc.array(
    fc.integer({ min: 0, max: 6 }).map((step) => Math.fround(step / 10)),
    { maxLength: 60 },
  ),
);
const bound = fc.option(
  fc.oneof(
    fc.integer({ min: -1, max: 7 }).map((step) => step / 10),
    fc.double({ min: -1, max: 1, noNaN: true }),
  ),
);

describe("what a cut keeps", () => {
  it("is what the policy threshold keeps", () => {
    fc.assert(
      fc.property(values, bound, bound, (list, min, max) => {
        const sorted = Float32Array.from(list).sort();
        const { below, kept, above } = countCut(sorted, { min, max });
        expect(below + kept + above).toBe(list.length);
        expect(kept).toBe(keptByRule(list, { policy: "threshold", ...(min === null ? {} : { min }), ...(max === null ? {} : { max }) }));
      }),
    );
  });

  it("is counted on each side as brute force counts", () => {
    fc.assert(
      fc.property(values, bound, bound, (list, min, max) => {
        fc.pre(min === null || max === null || min <= max);
        const { below, above } = countCut(Float32Array.from(list).sort(), { min, max });
        expect(below).toBe(list.filter((value) => min !== null && Math.fround(value) < Math.fround(min)).length);
        expect(above).toBe(list.filter((value) => max !== null && Math.fround(value) > Math.fround(max)).length);
      }),
    );
  });

  it("holds a value that equals the bound in decimals", () => {
    const sorted = Float32Array.from([0.1, 0.7, 0.9]);
    expect(countCut(sorted, { min: 0.7, max: null })).toEqual({ below: 1, kept: 2, above: 0, isExact: true });
    expect(countCut(sorted, { min: null, max: 0.7 })).toEqual({ below: 0, kept: 2, above: 1, isExact: true });
  });
});

describe("the cut of a share", () => {
  it("keeps what the policy keepTop keeps", () => {
    fc.assert(
      fc.property(
        values,
        fc.integer({ min: 1, max: 100 }),
        fc.constantFrom("higher" as const, "lower" as const),
        (list, percent, better) => {
          const sorted = Float32Array.from(list).sort();
          const ruled = keptByRule(list, { policy: "keepTop", keep: `${percent}%` }, better);
          fc.pre(ruled > 0); // a share of nearly nothing keeps nothing, which no cut at a value does
          expect(countCut(sorted, cutOfShare(sorted, percent, better)).kept).toBe(ruled);
        },
      ),
    );
  });

  it("is no cut where there is nothing", () => {
    expect(cutOfShare(new Float32Array(0), 70, "higher")).toEqual({ min: null, max: null });
  });
});

describe("numbers of a cut", () => {
  it("are as short as the same float32 allows", () => {
    expect(shortestFloat(Math.fround(0.28))).toBe(0.28);
    fc.assert(
      fc.property(fc.float({ noNaN: true }), (value) => {
        expect(Math.fround(shortestFloat(value)) === value).toBe(true); // −0 is as good as 0
      }),
    );
  });

  it("part the values as a filter in float64 as the cut does in float32", () => {
    fc.assert(
      fc.property(values, fc.double({ min: -1, max: 1, noNaN: true }), (list, cut) => {
        const sorted = Float32Array.from(list).sort();
        const literal = boundForFilter(sorted, cut);
        expect(sorted.filter((value) => value < literal).length).toBe(countBelow(sorted, Math.fround(cut)));
        expect(sorted.filter((value) => value > literal).length).toBe(sorted.length - countBelow(sorted, Math.fround(cut), true));
      }),
    );
    expect(boundForFilter(Float32Array.from([0.7]), 0.7)).toBe(Math.fround(0.7));
    expect(boundForFilter(Float32Array.from([0.6]), 0.7)).toBe(0.7);
  });

  it("step from one different value to the next", () => {
    const sorted = Float32Array.from([0.1, 0.2, 0.2, 0.3]);
    expect(nextValue(sorted, 0.2, 1)).toBe(0.3);
    expect(nextValue(sorted, 0.2, -1)).toBe(0.1);
    expect(nextValue(sorted, 0.15, 1)).toBe(0.2);
    expect(nextValue(sorted, 0.3, 1)).toBe(0.3);
  });
});

/** How many pairs a rule keeps of a dataset that has one caption a sample. */
function keptByRule(list: readonly number[], given: Rule, better: "higher" | "lower" = "higher"): number {
  const { policy, ...options } = given;
  const rule = parseRule(policy, options);
  if (typeof rule === "string") return list.length; // neither bound
  const rows = Uint32Array.from(list, (_, row) => row);
  const input: DecideInput = {
    samples: list.map((_, row) => ({ id: String(row), folder: "" })),
    pairs: { row: rows, captionIndex: new Uint32Array(list.length), captionHash: list.map(String) },
    signals: { clipScore: { of: "pair", values: Float32Array.from(list), better } },
    groups: [],
    verdicts: [],
  };
  return decide(input, [rule]).standing.pairs.decision.filter((code) => code === codes.open).length;
}
