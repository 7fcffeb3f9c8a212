import fc from "fast-check";
import { parse } from "csv-parse/sync";
import { describe, expect, it } from "vitest";
import { quoteCsvCell, readCsv } from "../../../../src/core/formats/csv.ts";

function cellsOf(text: string, separator: "," | "\t" = ","): (readonly string[] | string)[] {
  return [...readCsv(text, separator)].map((record) => (record.kind === "record" ? record.cells : `line ${record.line}: ${record.reason}`));
}

describe("readCsv", () => {
  it("reads back exactly what was quoted, whatever is in it", () => {
    const cell = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom('"', ",", "\n", "\r", "a", "é", "😀", " ") }));
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1 }), (rows) => {
        const text = rows.map((row) => row.map(quoteCsvCell).join(",")).join("\r\n");
        expect(cellsOf(text)).toEqual(rows);
      }),
    );
  });

  it("agrees with csv-parse on well-formed tables with bare and quoted cells", () => {
    const bare = fc.string({ unit: fc.constantFrom("a", " ", "é", "'", "|"), minLength: 1 });
    const quoted = fc.string({ unit: fc.constantFrom("a", '"', ",", "\n") }).map(quoteCsvCell);
    fc.assert(
      fc.property(fc.array(fc.array(fc.oneof(bare, quoted), { minLength: 2, maxLength: 3 }), { minLength: 1 }), (rows) => {
        const text = rows.map((row) => row.join(",")).join("\n");
        expect(cellsOf(text)).toEqual(parse(text, { relax_column_count: true }));
      }),
    );
  });

  it("loses one line to a quotation mark that is never closed", () => {
    expect(cellsOf('a.jpg,"never closed\nb.jpg,a dog\nc.jpg,a cat')).toEqual([
      "line 0: a quotation mark is opened and never closed",
      ["b.jpg", "a dog"],
      ["c.jpg", "a cat"],
    ]);
  });

  it("loses one line to a quotation mark that only a later line closes", () => {
    expect(cellsOf('a\t"open\nb\t"so" she said\nc\td', "\t")).toEqual([
      "line 0: a quotation mark is opened and closed in the midst of a later line",
      ["b", '"so" she said'],
      ["c", "d"],
    ]);
  });

  it("takes a cell that is quoted in part as it stands, and says so", () => {
    expect([...readCsv('a,"hi" she said\n', ",")]).toMatchObject([{ cells: ["a", '"hi" she said'], literalQuotes: true, from: 0, to: 15 }]);
  });

  it("counts the lines of the text, not the records", () => {
    expect([...readCsv('a,"1\n2"\n\nb,c\n', ",")].map(({ line }) => line)).toEqual([0, 3]);
  });

  it("stays linear where every line opens a quotation mark", () => {
    const rows = [...readCsv('a,"open\n'.repeat(20_000), ",")];
    expect(rows.length).toBeGreaterThan(9_999);
  });
});
