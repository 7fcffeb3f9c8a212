import { describe, expect, it } from "vitest";
import { parseWhere, WhereError } from "../../../src/core/where.ts";

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

  it.each(["", "clipScore", "clipScore <", "< 3", "a = 1 b = 2", "(a = 1", "a in ()", "a is known", "a = 1 and", "a ; b", "a = 'x"])(
    "refuses %j and says where",
    (text) => {
      expect(() => parseWhere(text)).toThrow(WhereError);
      expect(() => parseWhere(text)).toThrow(/at character \d+ of the filter/);
    },
  );
});
