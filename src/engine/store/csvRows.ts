import { parse } from "csv-parse/sync";
import { stringify } from "csv-stringify/sync";
import type { Pause } from "./inTurns.ts";

/** A row of a CSV file as text, by the names in its first line. */
export type TextRecord = Readonly<Record<string, string>>;

/** Characters that are parsed, and rows that are written, before others have their turn: some 3 ms of work. */
const pieceLength = 1 << 15;
const rowsAPiece = 500;

/** Reads the rows of a CSV with names in its first line, each with its line in the file, from 1. Throws what is wrong with it in a sentence of csv-parse. */
export async function eachCsvRow(text: string, onRow: (record: TextRecord, line: number) => void, pause: Pause): Promise<void> {
  let names: string[] = [];
  let linesBefore = 0;
  for (const piece of cutAtRows(text.replace(/^\uFEFF/, ""))) {
    const columns = linesBefore === 0 ? (header: string[]) => (names = header) : names;
    const rows: { record: TextRecord; info: { lines: number } }[] = parse(piece, { columns, skip_empty_lines: true, info: true });
    for (const { record, info } of rows) onRow(record, linesBefore + info.lines);
    linesBefore += countOf(piece, "\n");
    const pausing = pause();
    if (pausing !== undefined) await pausing;
  }
}

/** RFC 4180 but for the line ends, which are plain line feeds for the sake of diffs. */
export function formatCsv(columns: readonly string[], rows: readonly object[]): string {
  return stringify([...rows], { header: true, columns: [...columns], record_delimiter: "\n" });
}

/** `formatCsv` of rows that are made as they are needed, in pieces. */
export async function formatCsvPieces(columns: readonly string[], rows: Iterable<object>, pause: Pause): Promise<string[]> {
  const pieces = [formatCsv(columns, [])];
  let some: object[] = [];
  const write = (): void => {
    pieces.push(stringify(some, { columns: [...columns], record_delimiter: "\n" }));
    some = [];
  };
  for (const row of rows) {
    if (some.push(row) < rowsAPiece) continue;
    write();
    const pausing = pause();
    if (pausing !== undefined) await pausing;
  }
  write();
  return pieces;
}

/** Cuts a text at ends of lines that are no part of a quoted field. */
function* cutAtRows(text: string): Generator<string> {
  let [from, seen, quotes] = [0, 0, 0];
  for (let end = text.indexOf("\n", pieceLength); end >= 0;) {
    quotes += countOf(text.slice(seen, end), '"');
    seen = end;
    const isBetweenRows = quotes % 2 === 0;
    if (isBetweenRows) {
      yield text.slice(from, end + 1);
      from = end + 1;
    }
    end = text.indexOf("\n", isBetweenRows ? from + pieceLength : end + 1);
  }
  yield text.slice(from);
}

function countOf(text: string, sign: string): number {
  let count = 0;
  for (let at = text.indexOf(sign); at >= 0; at = text.indexOf(sign, at + 1)) count += 1;
  return count;
}
