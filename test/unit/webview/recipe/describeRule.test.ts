import { describe, expect, it } from "vitest";
import { parseRule, policies } from "../../../../src/core/prune/policies.ts";
import type { Rule } from "../../../../src/core/prune/policy.ts";
import type { ListedOperation } from "../../../../src/protocol/operations.ts";
import { sourcesBefore } from "../../../../webview/views/recipe/comparison.ts";
import { describePolicy, describeRule } from "../../../../webview/views/recipe/describeRule.ts";

const told = (policy: string, given: Record<string, unknown> = {}): string =>
  describeRule(parseRule(policy, given) as Rule, (id) => (id === "clipScore" ? "CLIP score" : id));

describe("a rule in words", () => {
  it.each([
    ["threshold", { min: 0.25 }, "Keep pairs whose CLIP score is at least 0.25"],
    ["threshold", { min: 0.2, max: 0.4 }, "Keep pairs whose CLIP score is at least 0.2 and at most 0.4"],
    ["threshold", { max: 0 }, "Keep pairs whose CLIP score is at most 0"],
    [
      "threshold",
      { min: 0.2, unit: "sample", aggregate: "min" },
      "Keep pictures whose CLIP score (the least of their captions) is at least 0.2",
    ],
    ["keepTop", { keep: "70%" }, "Keep the best 70 % of pairs by CLIP score"],
    ["keepTop", { keep: "700", per: "folder" }, "Keep the best 700 pairs by CLIP score, in each folder"],
    ["deduplicate", {}, "Keep the first of each group of near-duplicates"],
    [
      "deduplicate",
      { of: "duplicate", best: "clipScore", mergeCaptions: true },
      "Keep the best by CLIP score of each group of files with the same bytes; it takes over the captions that it lacks",
    ],
    ["unreadable", {}, "Drop pictures that can’t be decoded"],
  ])("%s %j", (policy, given, sentence) => expect(told(policy, given)).toBe(sentence));

  it("is there for every policy", () => {
    for (const { id } of policies) expect(describePolicy(id)).toMatch(/^[A-Z]/);
  });
});

describe("selections before operations", () => {
  const operation = (id: string, time: string): ListedOperation => ({
    operation: id,
    time,
    by: "person",
    kind: "prune",
    summary: id,
    files: 1,
    state: "done",
  });
  const [first, second, third] = [operation("a", "2026-01-01"), operation("b", "2026-01-02"), operation("c", "2026-01-03")];

  it.each([[[third, second, first]], [[first, second, third]]])("are those after the operation before, the newest first", (operations) => {
    expect(sourcesBefore(operations).map(({ title, source }) => [title, source])).toEqual([
      ["before “c”", { kind: "operation", operation: "b" }],
      ["before “b”", { kind: "operation", operation: "a" }],
      ["before “a”", { kind: "operation", operation: null }],
    ]);
  });

  it("are none without operations", () => expect(sourcesBefore([])).toEqual([]));
});
