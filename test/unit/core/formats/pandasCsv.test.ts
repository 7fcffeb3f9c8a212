import { describe, expect, it } from "vitest";
import { readPandasCsv } from "../../../../src/core/formats/pandasCsv.ts";
import { formatPythonFloat, linesAsPython, stripAsPython } from "../../../../src/core/formats/pythonText.ts";

const titles = (text: string, separator = ","): unknown => {
  const table = readPandasCsv(text, separator);
  return table.kind === "error" ? table.message : table.columns.map(({ values }) => values);
};

// That pandas itself reads so is what test/engine/readAs.python.test.ts checks; here are the words of the rules.
describe("pandas.read_csv", () => {
  it("makes numbers, truths and gaps of what looks like them", () => {
    expect(titles("t\n007\n8\n")).toEqual([["7", "8"]]);
    expect(titles("t\n1\nNA\n")).toEqual([["1.0", undefined]]);
    expect(titles("t\nTRUE\nfalse\n")).toEqual([["True", "False"]]);
    expect(titles("t\n7\na\n")).toEqual([["7", "a"]]);
  });

  it("takes quotes at the start of a cell alone, and ends where they never close", () => {
    expect(titles('t\n"hi" she\na "b"\n')).toEqual([["hi she", 'a "b"']]);
    expect(titles('t\n"hi\n')).toMatch(/EOF inside string/);
  });

  it("fails at a row with too many cells, fills a short one, and moves the names where the first has one more", () => {
    expect(titles("a,b\n1,2\n3,4,5\n")).toMatch(/Expected 2 fields in line 3, saw 3/);
    expect(titles("a,b\nx\ny,z\n")).toEqual([
      ["x", "y"],
      [undefined, "z"],
    ]);
    expect(readPandasCsv("a,b\n1,x,y\n", ",")).toMatchObject({ indexed: 1, columns: [{ values: ["x"] }, { values: ["y"] }] });
  });

  it("reads an empty file as an error and a header alone as no rows", () => {
    expect(titles("")).toBe("No columns to parse from file");
    expect(titles("a,b\n")).toEqual([[], []]);
  });
});

describe("Python's words", () => {
  it.each([
    [1, "1.0"],
    [1e-5, "1e-05"],
    [1.5e16, "1.5e+16"],
    [123456789012345680, "1.2345678901234568e+17"],
    [0.0001, "0.0001"],
    [-0, "-0.0"],
    [Infinity, "inf"],
  ])("for %f are %s", (value, text) => {
    expect(formatPythonFloat(value)).toBe(text);
  });

  it("strip and split as Python does", () => {
    expect(stripAsPython("\u001c a\u00a0\u2003")).toBe("a");
    expect(stripAsPython("\ufeffa")).toBe("\ufeffa");
    expect(linesAsPython("a\r\nb\rc\n")).toEqual(["a", "b", "c"]);
    expect(linesAsPython("")).toEqual([]);
  });
});
