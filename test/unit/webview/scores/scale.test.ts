import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countCut } from "../../../../webview/views/scores/cut.ts";
import {
  binsOfAnswer,
  binsOfSorted,
  boundAt,
  edgesOf,
  estimateCut,
  niceStep,
  positionOf,
  positionOfBound,
  scaleFor,
  ticksOf,
  valueAt,
} from "../../../../webview/views/scores/scale.ts";

const unit = fc.constantFrom("cosine" as const, "rank" as const, "tokens" as const, "count" as const, "share" as const);
const known = fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 80 });

describe("the axis", () => {
  it("puts every value at a place that gives the value back", () => {
    fc.assert(
      fc.property(unit, known, (of, list) => {
        const scale = scaleFor(of, Math.min(...list), Math.max(...list));
        for (const value of list) expect(valueAt(scale, positionOf(scale, value))).toBeCloseTo(value, 6);
      }),
    );
  });

  it("is logarithmic for ranks that reach far, and only for them", () => {
    expect(scaleFor("rank", 1, 20_000).kind).toBe("log");
    expect(scaleFor("rank", 1, 20).kind).toBe("linear");
    expect(scaleFor("cosine", 0.0001, 1).kind).toBe("linear");
  });

  it("has room where all values are one", () => {
    const scale = scaleFor("cosine", 0.3, 0.3);
    expect(scale.from).toBeLessThan(0.3);
    expect(positionOf(scale, 0.3)).toBeCloseTo(0.5);
  });

  it("has ticks within it", () => {
    fc.assert(
      fc.property(unit, known, (of, list) => {
        const scale = scaleFor(of, Math.min(...list), Math.max(...list));
        const ticks = ticksOf(scale, 8);
        expect(ticks.length).toBeLessThan(20);
        for (const tick of ticks) expect(tick >= scale.from && tick <= scale.to).toBe(true);
      }),
    );
    expect(ticksOf(scaleFor("cosine", 0.05, 0.35), 6)).toEqual([0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35]);
    expect([0.03, 0.2, 7, 50].map(niceStep)).toEqual([0.05, 0.2, 10, 50]);
  });
});

describe("bins", () => {
  it("hold every value once", () => {
    fc.assert(
      fc.property(unit, known, fc.integer({ min: 2, max: 150 }), (of, list, count) => {
        const sorted = Float32Array.from(list).sort();
        const edges = edgesOf(scaleFor(of, sorted[0]!, sorted.at(-1)!), count);
        const { counts } = binsOfSorted(sorted, edges);
        expect(counts.reduce((sum, value) => sum + value, 0)).toBe(list.length);
        counts.forEach((inBin, at) => {
          const isLast = at === counts.length - 1;
          const brute = list.filter((value) => value >= edges[at]! && (isLast ? value <= edges[at + 1]! : value < edges[at + 1]!)).length;
          expect(inBin).toBe(brute);
        });
      }),
    );
  });

  it("of whole numbers lie between them", () => {
    expect([...edgesOf(scaleFor("tokens", 3, 6), 100)]).toEqual([2.5, 3.5, 4.5, 5.5, 6.5]);
    for (const edge of edgesOf(scaleFor("rank", 1, 100_000), 100)) expect(Math.abs(edge % 1)).toBe(0.5);
  });
});

describe("an estimate from bins", () => {
  it("is off by at most what lies in the bins that the bounds cut", () => {
    fc.assert(
      fc.property(known, fc.double({ min: 0, max: 5000, noNaN: true }), (list, min) => {
        const sorted = Float32Array.from(list, (value) => value / 7).sort();
        const [least, greatest] = [sorted[0]!, sorted.at(-1)!];
        fc.pre(greatest > least);
        const binned = binsOfSorted(sorted, edgesOf(scaleFor("cosine", least, greatest), 50));
        const most = Math.max(...binned.counts);
        const estimate = estimateCut(binned, { min, max: null }, false);
        expect(estimate.isExact).toBe(false);
        expect(Math.abs(estimate.below - countCut(sorted, { min, max: null }).below)).toBeLessThanOrEqual(most);
      }),
    );
  });

  it.each([2, 200])("counts flags exactly, in %d bins", (bins) => {
    const counts = new Uint32Array(bins);
    counts[0] = 950;
    counts[bins - 1] = 50;
    const binned = binsOfAnswer({ least: 0, greatest: 1, counts });
    expect(estimateCut(binned, { min: 1, max: null }, true)).toMatchObject({ below: 950, kept: 50 });
    expect(estimateCut(binned, { min: null, max: 0 }, true)).toMatchObject({ kept: 950, above: 50 });
  });
});

describe("the engine's bins", () => {
  it("of whole numbers are exact where each number has its own", () => {
    const binned = binsOfAnswer({ least: 3, greatest: 6, counts: Uint32Array.of(4, 0, 2, 1) });
    expect([...binned.edges]).toEqual([2.5, 3.5, 4.5, 5.5, 6.5]);
    expect(estimateCut(binned, { min: 5, max: 5 }, true)).toEqual({ below: 4, kept: 2, above: 1, isExact: false });
  });
});

describe("a bound at a place", () => {
  it("is rounded to what the pixels tell apart, and stays within the axis", () => {
    const scale = scaleFor("cosine", 0.0512, 0.3487);
    const options = { which: "min", pixels: 600 } as const;
    expect(boundAt(scale, 0.5001, options)).toBe(0.2);
    expect(boundAt(scale, -1, options)).toBe(0.0512);
    expect(boundAt(scale, 2, options)).toBe(0.3487);
  });

  it("of whole numbers is the number on whose kept side the line is", () => {
    const scale = scaleFor("tokens", 3, 20);
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 20 }), fc.constantFrom("min" as const, "max" as const), (value, which) => {
        expect(boundAt(scale, positionOfBound(scale, value, which), { which, pixels: 600 })).toBe(value);
      }),
    );
  });
});
