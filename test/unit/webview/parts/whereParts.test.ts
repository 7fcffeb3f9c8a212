import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { signals } from "../../../../src/core/signals/signals.ts";
import { formatWhere, parseWhere, type Where } from "../../../../src/core/where.ts";
import type { Field } from "../../../../src/protocol/overview.ts";
import type { Vocabulary } from "../../../../webview/parts/filterBar/vocabulary.ts";
import { describePart, joinParts, partsOf, rangeOf, replacePart } from "../../../../webview/parts/filterBar/whereParts.ts";

const clipScore = signals.find(({ id }) => id === "clipScore")!;
const fields: readonly Field[] = [{ name: "clipScore", type: "float", signal: clipScore, values: null }];

const vocabulary: Vocabulary = {
  fields,
  choices: new Map([
    ["truncated", [{ value: "true", label: "yes" }]],
    ["concept", [{ value: "concept-7", label: "small cats" }]],
  ]),
  buckets: [],
};

const operators = ["=", "!=", "<", "<=", ">", ">="] as const;
const comparison = fc.record({
  kind: fc.constant("compare" as const),
  field: fc.constantFrom("a", "b"),
  operator: fc.constantFrom(...operators),
  value: fc.integer({ min: 0, max: 4 }),
});
const { tree } = fc.letrec<{ tree: Where }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3 },
    comparison,
    fc.record({ kind: fc.constant("not" as const), part: tie("tree") }),
    fc.record({ kind: fc.constantFrom("and" as const, "or" as const), parts: fc.array(tie("tree"), { minLength: 2, maxLength: 4 }) }),
  ),
}));

function fits(where: Where, row: Readonly<Record<string, number>>): boolean {
  switch (where.kind) {
    case "and":
      return where.parts.every((part) => fits(part, row));
    case "or":
      return where.parts.some((part) => fits(part, row));
    case "not":
      return !fits(where.part, row);
    case "compare": {
      const [left, right] = [row[where.field]!, where.value as number];
      const answers = { "=": left === right, "!=": left !== right, "<": left < right, "<=": left <= right, ">": left > right };
      return where.operator === ">=" ? left >= right : answers[where.operator as keyof typeof answers];
    }
    default:
      throw new Error(`Unexpected ${where.kind}`);
  }
}

describe("parts of a filter", () => {
  it("mean together what the filter means", () => {
    const row = fc.record({ a: fc.integer({ min: 0, max: 4 }), b: fc.integer({ min: 0, max: 4 }) });
    fc.assert(
      fc.property(tree, row, (where, values) => {
        const joined = joinParts(partsOf(where))!;
        expect(fits(joined, values)).toBe(fits(where, values));
        expect(partsOf(joined)).toEqual(partsOf(where));
      }),
    );
  });

  it("are none for no filter", () => {
    expect(partsOf(null)).toEqual([]);
    expect(joinParts([])).toBeNull();
  });

  it("bring the two bounds of a field together, in either order, and no more than two", () => {
    const parts = partsOf(parseWhere("a <= 2 and b = 1 and a > 1 and a > 0"));
    expect(parts.map((part) => describePart(part, vocabulary))).toEqual(["1 < a ≤ 2", "b is 1", "a > 0"]);
    expect(rangeOf(parts[0]!)).toEqual({
      field: "a",
      least: { value: 1, inclusive: false },
      greatest: { value: 2, inclusive: true },
    });
  });

  it("are replaced, removed and added one by one", () => {
    const where = parseWhere("a >= 1 and b = 1 and a <= 2");
    const written = (changed: Where | null): string => (changed === null ? "" : formatWhere(changed));
    expect(written(replacePart(where, 0, parseWhere("a > 3")))).toBe("a > 3 and b = 1");
    expect(written(replacePart(where, 0, null))).toBe("b = 1");
    expect(written(replacePart(where, 2, parseWhere("c ~ x or c ~ y")))).toBe('a >= 1 and a <= 2 and b = 1 and (c ~ "x" or c ~ "y")');
    expect(written(replacePart(parseWhere("b = 1"), 0, null))).toBe("");
    expect(written(replacePart(null, 0, parseWhere("b = 1")))).toBe("b = 1");
  });

  it.each([
    ["clipScore < 0.2", "CLIP score < 0.2"],
    ["caption ~ dog", "Caption contains “dog”"],
    ["folder ^= train", "Folder begins with “train”"],
    ["verdict != drop", "Verdict is not drop"],
    ["truncated = true", "truncated is yes"],
    ['concept in ("concept-7", other)', "Concept is small cats or other"],
    ["split in (train, test)", "Split is train or test"],
    ["clipScore is unknown", "CLIP score is unknown"],
    ["clipScore is not unknown", "CLIP score is known"],
    ["not (caption ~ a or caption ~ b)", "not (Caption contains “a” or Caption contains “b”)"],
    ['set = "s1"', "Selection from the map"],
  ])("are said in words: %s", (where, words) => {
    expect(describePart(parseWhere(where), vocabulary)).toBe(words);
  });
});
