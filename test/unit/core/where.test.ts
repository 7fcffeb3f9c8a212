import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Literal, Where } from "../../../src/core/where.ts";
import { fieldsOfWhere, formatWhere, parseWhere, WhereError } from "../../../src/core/where.ts";

describe("parseWhere", () => {
  it("reads a comparison of a field with a number", () => {
    expect(parseWhere("clipScore < 0.25")).toEqual({ kind: "compare", field: "clipScore", operator: "<", value: 0.25 });
    expect(parseWhere("clipScore>=-1e-3")).toEqual({ kind: "compare", field: "clipScore", operator: ">=", value: -0.001 });
  });

  it("binds and tighter than or, and not tightest", () => {
    expect(parseWhere("a = 1 or not b = 2 and c = 3")).toEqual({
      kind: "or",
      parts: [
        { kind: "compare", field: "a", operator: "=", value: 1 },
        {
          kind: "and",
          parts: [
            { kind: "not", part: { kind: "compare", field: "b", operator: "=", value: 2 } },
            { kind: "compare", field: "c", operator: "=", value: 3 },
          ],
        },
      ],
    });
  });

  it("reads brackets, lists and unknown", () => {
    expect(parseWhere("(split IN (train, 'test')) AND clipScore IS NOT unknown")).toEqual({
      kind: "and",
      parts: [
        { kind: "in", field: "split", values: ["train", "test"] },
        { kind: "not", part: { kind: "unknown", field: "clipScore" } },
      ],
    });
  });

  it("reads texts with quotes, brackets and backslashes inside", () => {
    expect(parseWhere(String.raw`caption ~ "a \"dog\" (or c:\\x)"`)).toEqual({
      kind: "compare",
      field: "caption",
      operator: "~",
      value: String.raw`a "dog" (or c:\x)`,
    });
  });

  it("reads true and false, dotted words and names with numbers", () => {
    expect(parseWhere("truncated = true")).toMatchObject({ value: true });
    expect(parseWhere("group = nearDuplicate-0001")).toMatchObject({ value: "nearDuplicate-0001" });
  });

  it("reads the beginning of a text", () => {
    expect(parseWhere("folder ^= 'garden/'")).toEqual({ kind: "compare", field: "folder", operator: "^=", value: "garden/" });
  });

  it.each(["", "clipScore", "clipScore <", "< 3", "a = 1 b = 2", "(a = 1", "a in ()", "a is known", "a = 1 and", "a ; b", "a = 'x"])(
    "refuses %j and says where",
    (text) => {
      expect(() => parseWhere(text)).toThrow(WhereError);
      expect(() => parseWhere(text)).toThrow(/at character \d+ of the filter/);
    },
  );
});

const field = fc.constantFrom("clipScore", "caption", "a.b-c", "größe");
const literal: fc.Arbitrary<Literal> = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.boolean(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value)),
);
const { tree } = fc.letrec<{ tree: Where }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    fc.record({ kind: fc.constant("unknown" as const), field }),
    fc.record({
      kind: fc.constant("compare" as const),
      field,
      operator: fc.constantFrom(
        "=" as const,
        "!=" as const,
        "<" as const,
        "<=" as const,
        ">" as const,
        ">=" as const,
        "~" as const,
        "^=" as const,
      ),
      value: literal,
    }),
    fc.record({ kind: fc.constant("in" as const), field, values: fc.array(literal, { minLength: 1, maxLength: 3 }) }),
    fc.record({ kind: fc.constant("not" as const), part: tie("tree") }),
    fc.record({ kind: fc.constantFrom("and" as const, "or" as const), parts: fc.array(tie("tree"), { minLength: 2, maxLength: 3 }) }),
  ),
}));

describe("formatWhere", () => {
  it("writes what parseWhere reads as the same filter", () => {
    fc.assert(
      fc.property(tree, (where) => {
        expect(parseWhere(formatWhere(where))).toEqual(where);
      }),
    );
  });

  it("writes what a person would", () => {
    const text = 'clipScore < 0.2 and (folder = "night" or folder ^= "night/") and caption is not unknown';
    expect(formatWhere(parseWhere(text))).toBe(text);
  });
});

describe("fieldsOfWhere", () => {
  it("gives each field once", () => {
    expect([...fieldsOfWhere(parseWhere("a = 1 or not (b is unknown and a in (2, 3)) or c ~ x"))]).toEqual(["a", "b", "c"]);
  });
});
