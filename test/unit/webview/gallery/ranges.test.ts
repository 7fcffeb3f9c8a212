import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Ranges } from "../../../../src/protocol/gallery.ts";
import { countRanges, hasPosition, rangeOf, subtractRanges, toggleRange, uniteRanges } from "../../../../webview/views/gallery/ranges.ts";

const most = 60;
const positions = fc.uniqueArray(fc.integer({ min: 0, max: most - 1 })).map((list) => new Set(list));

function rangesOf(members: ReadonlySet<number>): Ranges {
  return [...members].sort((left, right) => left - right).reduce<Ranges>((ranges, at) => uniteRanges(ranges, rangeOf(at, at + 1)), []);
}

function membersOf(ranges: Ranges): number[] {
  return ranges.flatMap(([from, to]) => Array.from({ length: to - from }, (_, at) => from + at));
}

/** Ascending, apart and none empty: what the engine expects of them. */
function expectProper(ranges: Ranges): void {
  ranges.forEach(([from, to], at) => {
    expect(to).toBeGreaterThan(from);
    if (at > 0) expect(from).toBeGreaterThan(ranges[at - 1]![1]);
  });
}

describe("ranges of positions", () => {
  it("are united as sets are", () => {
    fc.assert(
      fc.property(positions, positions, (left, right) => {
        const united = uniteRanges(rangesOf(left), rangesOf(right));
        expectProper(united);
        expect(new Set(membersOf(united))).toEqual(new Set([...left, ...right]));
      }),
    );
  });

  it("are subtracted as sets are", () => {
    fc.assert(
      fc.property(positions, positions, (left, right) => {
        const rest = subtractRanges(rangesOf(left), rangesOf(right));
        expectProper(rest);
        expect(membersOf(rest)).toEqual([...left].filter((at) => !right.has(at)).sort((one, other) => one - other));
      }),
    );
  });

  it("know their number and their members", () => {
    fc.assert(
      fc.property(positions, (members) => {
        const ranges = rangesOf(members);
        expect(countRanges(ranges)).toBe(members.size);
        for (let at = 0; at < most; at += 1) expect(hasPosition(ranges, at)).toBe(members.has(at));
      }),
    );
  });

  it("are as before when one position is toggled twice", () => {
    fc.assert(
      fc.property(positions, fc.integer({ min: 0, max: most - 1 }), (members, at) => {
        const once = toggleRange(rangesOf(members), at);
        expectProper(once);
        expect(hasPosition(once, at)).toBe(!members.has(at));
        expect(toggleRange(once, at)).toEqual(rangesOf(members));
      }),
    );
  });

  it("hold a million positions in one range", () => {
    const all = rangeOf(0, 1_000_000);
    expect(countRanges(subtractRanges(all, rangeOf(5, 7)))).toBe(999_998);
  });
});
