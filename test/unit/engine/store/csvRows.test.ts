import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eachCsvRow, formatCsv, formatCsvPieces } from "../../../../src/engine/store/csvRows.ts";

const never = (): undefined => undefined;

async function read(text: string, onPause = never): Promise<[record: unknown, line: number][]> {
  const rows: [unknown, number][] = [];
  await eachCsvRow(text, (record, line) => rows.push([record, line]), onPause);
  return rows;
}

describe("rows of a CSV", () => {
  it("are read in pieces as the whole is, with their lines, whatever is quoted", async () => {
    const cell = fc.oneof(fc.string(), fc.constantFrom("a\nb", 'say "x"', "", ",", "\r\n", "\n\n\n"));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ a: cell, b: cell }), { minLength: 1, maxLength: 8 }), async (some) => {
        // Long enough to be cut, at other places each time.
        const rows = Array.from({ length: 9000 }, (_, at) => some[at % some.length]!).filter(({ a, b }) => a !== "" || b !== "");
        const text = formatCsv(["a", "b"], rows);
        const whole: { record: unknown; info: { lines: number } }[] = parse(text, { columns: true, skip_empty_lines: true, info: true });
        const found = await read(text);
        expect(found.length).toBe(whole.length);
        // csv-parse counts a quoted "\r\n" as two lines, so that only the rows are equal there.
        const told = (record: unknown, line: number): string => JSON.stringify([record, text.includes("\r") ? 0 : line]);
        const wrong = found.findIndex(([record, line], at) => told(record, line) !== told(whole[at]!.record, whole[at]!.info.lines));
        expect(wrong).toBe(-1);
      }),
      { numRuns: 20 },
    );
  });

  it("are told where they are broken", async () => {
    const text = `${formatCsv(
      ["a", "b"],
      Array.from({ length: 9000 }, (_, at) => ({ a: at, b: "x" })),
    )}1,2,3\n`;
    await expect(read(text)).rejects.toThrow(/Invalid Record Length/);
    await expect(read('a,b\n1,"2\n')).rejects.toThrow(/Quote Not Closed/);
    expect(await read("")).toEqual([]);
    expect(await read("\uFEFFa,b\r\n1,2\r\n")).toEqual([[{ a: "1", b: "2" }, 2]]);
  });

  it("are written in pieces as the whole is", async () => {
    const rows = Array.from({ length: 1234 }, (_, at) => ({ a: `x${at},`, b: '"' }));
    let pauses = 0;
    const pieces = await formatCsvPieces(["a", "b"], rows, () => void (pauses += 1));
    expect(pieces.join("")).toBe(formatCsv(["a", "b"], rows));
    expect(pauses).toBe(2);
    expect((await formatCsvPieces(["a"], [], never)).join("")).toBe(formatCsv(["a"], []));
  });
});
