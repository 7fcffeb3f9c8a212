import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeSplits } from "../../../src/core/splits.ts";
import type { Split } from "../../../src/core/sample.ts";
import { groupOf } from "./prune/fixtures.ts";

const samples = Array.from({ length: 1000 }, (_, at) => ({ id: `s${at}.jpg` }));
const plan = { seed: 1, validation: "10%", test: "50" };

describe("splits", () => {
  it("have the sizes that were asked for, the same for the same seed", () => {
    const first = makeSplits({ samples, groups: [], ...plan });
    expect(first.counts).toEqual({ train: 850, validation: 100, test: 50 });
    expect(makeSplits({ samples, groups: [], ...plan }).splits).toEqual(first.splits);
    expect(makeSplits({ samples, groups: [], ...plan, seed: 2 }).splits).not.toEqual(first.splits);
  });

  it("do not depend on the order of the samples", () => {
    const reversed = makeSplits({ samples: samples.toReversed(), groups: [], ...plan }).splits.toReversed();
    expect(reversed).toEqual(makeSplits({ samples, groups: [], ...plan }).splits);
  });

  it("never cut a duplicate group, also through several groups", () => {
    const some = fc.array(fc.array(fc.integer({ min: 0, max: 59 }), { minLength: 2, maxLength: 4 }), { maxLength: 20 });
    fc.assert(
      fc.property(some, fc.integer(), (groups, seed) => {
        const kinds = ["duplicate", "pixelDuplicate", "nearDuplicate"] as const;
        const made = groups.map((rows, at) => groupOf(kinds[at % 3] ?? "duplicate", rows));
        const { splits } = makeSplits({ samples: samples.slice(0, 60), groups: made, seed, validation: "20%", test: "20%" });
        for (const rows of groups) expect(new Set(rows.map((row) => splits[row])).size).toBe(1);
      }),
    );
  });

  it("keep what the format says, count it, and tell groups that it cuts", () => {
    const given: { id: string; split?: Split }[] = [{ id: "a", split: "test" }, { id: "b", split: "train" }, { id: "c" }, { id: "d" }];
    const { splits, counts, leaks } = makeSplits({
      samples: given,
      groups: [groupOf("duplicate", [0, 1, 2])],
      seed: 0,
      validation: "0",
      test: "50%",
    });
    expect(splits.slice(0, 3)).toEqual(["test", "train", "test"]);
    expect(counts.test).toBe(2);
    expect(leaks).toEqual([[0, 1, 2]]);
  });

  it("refuse a size that is none", () => {
    expect(() => makeSplits({ samples, groups: [], seed: 0, validation: "half", test: "1" })).toThrow(/received half/);
  });
});
