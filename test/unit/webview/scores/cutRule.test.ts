import { describe, expect, it } from "vitest";
import { parseRule } from "../../../../src/core/prune/policies.ts";
import type { Rule } from "../../../../src/core/prune/policy.ts";
import { clipScore } from "../../../../src/core/signals/clipScore.ts";
import { pixels } from "../../../../src/core/signals/pixels.ts";
import { parseWhere } from "../../../../src/core/where.ts";
import type { TriedRules } from "../../../../src/protocol/recipes.ts";
import { cutOfRules, ruleOfCut, rulesWithCut, tellTried } from "../../../../webview/views/scores/cutRule.ts";
import { droppedWhere, flagWhere, unknownWhere } from "../../../../webview/views/scores/cutWhere.ts";
import { parseDetail } from "../../../../webview/views/scores/detail.ts";
import { readBound, whyNoSpotCheck } from "../../../../webview/views/scores/signalCut.ts";

const rule = (policy: string, given: Record<string, unknown> = {}): Rule => parseRule(policy, given) as Rule;

describe("the rule of a cut", () => {
  it("judges pairs by a pair's signal and samples by a sample's", () => {
    expect(ruleOfCut(clipScore, { min: 0.2, max: null })).toMatchObject({
      policy: "threshold",
      signal: "clipScore",
      unit: "pair",
      min: 0.2,
    });
    expect(ruleOfCut(pixels, { min: 10_000, max: null })).toMatchObject({ signal: "pixels", unit: "sample" });
    expect(ruleOfCut(clipScore, { min: null, max: null })).toMatch(/^Expected min or max/);
  });

  it("takes the place of the rule on the same signal, and keeps all others", () => {
    const rules = [rule("unreadable"), rule("threshold", { min: 0.1 }), rule("threshold", { signal: "captionRank", max: 10 })];
    const next = ruleOfCut(clipScore, { min: 0.3, max: null }) as Rule;
    expect(rulesWithCut(rules, next)).toEqual({ rules: [rules[0], next, rules[2]], at: 1 });
    expect(rulesWithCut([], next)).toEqual({ rules: [next], at: 0 });
  });

  it("is found again in a recipe", () => {
    const rules = [rule("threshold", { min: 0.1, max: 0.4 }), rule("threshold", { signal: "captionRank", max: 10 })];
    expect(cutOfRules(rules, "clipScore")).toEqual({ mode: "both", min: 0.1, max: 0.4 });
    expect(cutOfRules(rules, "captionRank")).toEqual({ mode: "max", min: null, max: 10 });
    expect(cutOfRules(rules, "pixels")).toBeUndefined();
  });

  it("is told with what it does before it is applied", () => {
    const counts = { samples: 1, captions: 2 };
    const tried: TriedRules = {
      effects: [{ dropped: 1204, droppedSamples: 40, review: 12, message: null }],
      kept: { samples: 900, captions: 1000 },
      dropped: { samples: 40, captions: 1204 },
      review: counts,
      frozen: { samples: 50, captions: 51 },
      imagesWithNoCaptionLeft: 1,
      conceptsThatVanish: ["a", "b", "c", "d", "e", "f", "g"],
      foldersThatVanish: [],
      captionsToMove: 0,
      operation: null,
    };
    const told = tellTried(tried, 0);
    for (const part of [
      "drops 1,204 pairs",
      "puts 12 in review",
      "1,000 pairs of 900 pictures",
      "51 pairs of the evaluation split",
      "a, b, c, d, e and 2 more",
      "Undo",
    ])
      expect(told).toContain(part);
    expect(told).not.toContain("Folders");
  });
});

describe("the filter of a cut", () => {
  const sorted = Float32Array.from([0.1, 0.25, 0.7]);
  it("is joined with the filter in force", () => {
    expect(droppedWhere("clipScore", { min: 0.25, max: null }, { within: "", sorted })).toBe("clipScore < 0.25");
    const within = "folder = a or folder = b";
    const joined = parseWhere(droppedWhere("clipScore", { min: 0.25, max: 0.5 }, { within, sorted }));
    expect(joined).toMatchObject({ kind: "and", parts: [{ kind: "or" }, { kind: "or" }] });
    expect(parseWhere(unknownWhere("clipScore", "folder = a and split = train"))).toMatchObject({
      kind: "and",
      parts: [{}, {}, { kind: "unknown" }],
    });
  });

  it("is written so that it parts the stored float32 alike", () => {
    expect(droppedWhere("clipScore", { min: 0.7, max: null }, { within: "", sorted })).toBe(`clipScore < ${Math.fround(0.7)}`);
  });

  it("asks flags for what they are", () => {
    expect(flagWhere("truncated", true, { within: "", isBoolean: true })).toBe("truncated = true");
    expect(flagWhere("truncated", true, { within: "", isBoolean: false })).toBe("truncated = 1");
  });
});

describe("a cut that a person gives", () => {
  it("is read from what people type", () => {
    expect(readBound(" 0,25 ", null)).toBe(0.25);
    expect(readBound("5 %", null)).toBe(5);
    expect(readBound("", 0.2)).toBeNull();
    expect(readBound("a lot", 0.2)).toBe(0.2);
  });

  it("can be spot-checked at the bad end alone", () => {
    expect(whyNoSpotCheck(clipScore, { mode: "min", min: 0.2, max: null })).toBeUndefined();
    expect(whyNoSpotCheck(clipScore, { mode: "both", min: 0.2, max: 0.3 })).toBeDefined();
    expect(whyNoSpotCheck(clipScore, { mode: "min", min: null, max: null })).toBeDefined();
  });

  it("is remembered, and not trusted when it comes back", () => {
    const detail = { signal: "clipScore", isLog: true, cuts: { clipScore: { mode: "min", min: 0.2, max: null } } };
    expect(parseDetail(structuredClone(detail))).toEqual(detail);
    expect(
      parseDetail({ signal: 3, isLog: "yes", cuts: { a: { mode: "sideways" }, b: { mode: "max", min: "0", max: Infinity } } }),
    ).toEqual({
      signal: null,
      isLog: false,
      cuts: { b: { mode: "max", min: null, max: null } },
    });
    expect(parseDetail(null).cuts).toEqual({});
  });
});
