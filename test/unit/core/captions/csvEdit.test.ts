import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planEdits } from "../../../../src/core/captions/edit.ts";
import type { CaptionChange, PlannedEdit } from "../../../../src/core/captions/replacement.ts";
import { applyReplacement } from "../../../../src/core/captions/replacement.ts";
import { readCsv } from "../../../../src/core/formats/csv.ts";
import { finish } from "../../../../src/core/steps.ts";

function edit(text: string, place: { row: number; column: string }, change: CaptionChange): PlannedEdit {
  return finish(planEdits(text, [{ place: { kind: "cell", ...place }, ...change }], { asciiOnly: false }))[0]!;
}

const cells = fc.string({ unit: fc.constantFrom("a", " ", "é", "🦊", ",", "\t", '"', "\n", "\r"), maxLength: 8 });

describe("a cell of a table", () => {
  it("is read as the new text, and every other as before, also in a damaged table", () => {
    const raw = fc.string({ unit: fc.constantFrom("x", ",", '"', "\n", "\r\n"), maxLength: 40 });
    const clean = fc
      .array(fc.tuple(cells, cells, fc.boolean()), { minLength: 1, maxLength: 5 })
      .map((rows) => rows.map(([image, caption, quoted]) => `"${image.replaceAll('"', '""')}",${quote(caption, quoted)}`).join("\r\n"));
    fc.assert(
      fc.property(fc.tuple(clean, fc.oneof(fc.constant(""), raw), clean), cells, fc.nat(), ([head, middle, tail], after, pick) => {
        const text = `file,caption\r\n${head}\r\n${middle}\n${tail}`;
        const read = [...readCsv(text, ",")];
        const records = read.filter((part) => part.kind === "record");
        if (records[0]?.cells.join() !== "file,caption") return;
        const rows = records.slice(1);
        const row = pick % rows.length;
        const before = rows[row]!.cells[1] ?? "";
        const edited = edit(text, { row, column: "caption" }, { before, after });
        if (edited.kind === "refusal") {
          expect(rows[row]!.cells.length !== 2 || read.length > records.length).toBe(true);
          return;
        }
        const changed = applyReplacement(text, edited);
        const again = [...readCsv(changed, ",")];
        const expected = read.map((part) =>
          part === rows[row] ? [part.cells[0], after] : part.kind === "record" ? part.cells : part.kind,
        );
        expect(again.map((part) => (part.kind === "record" ? part.cells : part.kind))).toEqual(expected);
        expect(changed.slice(0, edited.from) + changed.slice(edited.from + edited.text.length)).toBe(
          text.slice(0, edited.from) + text.slice(edited.to),
        );
      }),
      { numRuns: 4000 },
    );
  });

  it("is quoted where it was, and where it must be", () => {
    const text = 'file,caption\na.jpg,plain\nb.jpg,"quoted"\n';
    const changed = (row: number, before: string, after: string): string => {
      const edited = edit(text, { row, column: "caption" }, { before, after });
      return edited.kind === "refusal" ? edited.reason : applyReplacement(text, edited);
    };
    expect(changed(0, "plain", "simple")).toBe('file,caption\na.jpg,simple\nb.jpg,"quoted"\n');
    expect(changed(0, "plain", 'a, "b"')).toBe('file,caption\na.jpg,"a, ""b"""\nb.jpg,"quoted"\n');
    expect(changed(1, "quoted", "simple")).toBe('file,caption\na.jpg,plain\nb.jpg,"simple"\n');
    expect(changed(1, "other", "simple")).toBe('the caption in row 2 says "quoted" now: look at it again and change that');
  });

  it("is not written where a quotation mark that nobody closed would swallow rows", () => {
    const text = 'file,caption\n"open,x\na.jpg,plain\nb.jpg,y\n';
    expect(edit(text, { row: 0, column: "caption" }, { before: "plain", after: ',"z' })).toMatchObject({ kind: "refusal", code: "unfit" });
    expect(edit(text, { row: 0, column: "caption" }, { before: "plain", after: "z" })).toMatchObject({ kind: "replacement", text: "z" });
  });

  it("behind damage is changed together with the others or not at all, and not where others are planned elsewhere", () => {
    const text = 'file,caption\n"open,x\na.jpg,plain\nb.jpg,y\n';
    const changes = (first: string) => [
      { place: { kind: "cell", row: 0, column: "caption" } as const, before: "plain", after: first },
      { place: { kind: "cell", row: 1, column: "caption" } as const, before: "y", after: "w" },
    ];
    const kinds = (first: string, isPart: boolean) =>
      finish(planEdits(text, changes(first), { asciiOnly: false, isPart })).map(({ kind }) => kind);
    expect(kinds("z", false)).toEqual(["replacement", "replacement"]);
    expect(kinds(',"z', false)).toEqual(["refusal", "refusal"]);
    expect(kinds("z", true)).toEqual(["refusal", "refusal"]);
  });

  it("is changed once where it is asked for twice", () => {
    const text = "file,caption\na.jpg,plain\n";
    const change = { place: { kind: "cell", row: 0, column: "caption" } as const, before: "plain", after: "z" };
    expect(finish(planEdits(text, [change, change], { asciiOnly: false }))).toMatchObject([
      { kind: "replacement" },
      { kind: "refusal", reason: "it would be changed twice at once" },
    ]);
  });

  it("of a TSV with two columns of one name is the last", () => {
    const text = "file\tcaption\tcaption\na\tx\ty, z\n";
    expect(edit(text, { row: 0, column: "caption" }, { before: "y, z", after: "y, w" })).toMatchObject({ text: "y, w", from: 25 });
  });
});

function quote(text: string, always: boolean): string {
  return always || /[",\r\n\t]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
