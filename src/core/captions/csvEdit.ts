import type { CsvRecord } from "../formats/csv.ts";
import { findCsvCell, quoteCsvCell, readCsv, sniffSeparator } from "../formats/csv.ts";
import type { Steps } from "../steps.ts";
import type { CaptionChange, PlannedEdit, Replacement } from "./replacement.ts";
import { applyReplacement, refuseChanged, refuseUnfit } from "./replacement.ts";

/**
 * Changes a cell of a CSV or TSV that has a header: `row` counts the other records that can be read, from 0; of columns with one name the last
 * holds. The cell is quoted where it was, or must be by RFC 4180. Pauses after every some thousand records.
 */
export function* editCsvCell(
  text: string,
  { row, column }: { readonly row: number; readonly column: string },
  change: CaptionChange,
): Steps<PlannedEdit> {
  const separator = sniffSeparator(text);
  const where = `in row ${row + 1}`;
  let header: readonly string[] | undefined;
  let rows = 0;
  const found = yield* findRecord(text, separator, (record) => {
    if (header !== undefined) return rows++ === row;
    header = record.cells.map((name) => name.trim());
    return false;
  });
  const at = header?.lastIndexOf(column) ?? -1;
  if (found === undefined || at < 0 || found.record.cells.length !== header?.length) return refuseChanged(where, undefined);
  return yield* replaceCsvCell(text, { ...found, separator, column: at, where }, change);
}

/** A record of a table; `isDamaged` where something before it can't be read. */
export interface FoundRecord {
  readonly record: CsvRecord;
  readonly isDamaged: boolean;
}

/** The first record that passes a test, which is given all before it too. Pauses after every some thousand records. */
export function* findRecord(text: string, separator: "," | "\t", isWanted: (record: CsvRecord) => boolean): Steps<FoundRecord | undefined> {
  let [records, isDamaged] = [0, false];
  for (const record of readCsv(text, separator)) {
    records += 1;
    if (records % recordsPerTurn === 0) yield;
    if (record.kind === "damage") isDamaged = true;
    else if (isWanted(record)) return { record, isDamaged };
  }
  return undefined;
}

/** Changes one cell of a record that was found in the text. */
export function* replaceCsvCell(
  text: string,
  cell: FoundRecord & { readonly separator: "," | "\t"; readonly column: number; readonly where: string },
  { before, after }: CaptionChange,
): Steps<PlannedEdit> {
  const { record, isDamaged, separator, column, where } = cell;
  const found = record.cells[column];
  if (found !== before) return refuseChanged(where, found);
  const place = findCsvCell(text, record.from, { separator, column });
  if (place === undefined) return refuseChanged(where, undefined);
  const needsQuotes = after.includes(separator) || /["\r\n]/.test(after);
  const written = place.isQuoted || needsQuotes ? quoteCsvCell(after) : after;
  const replacement: Replacement = { kind: "replacement", from: place.from, to: place.to, text: written, caption: after };
  const isSafe = isDamaged ? yield* leavesTheRest(text, replacement, cell) : leavesTheRecord(text, replacement, cell);
  return isSafe ? replacement : refuseUnfit("the table can't hold this text so that every row is read again as it is: write it otherwise");
}

/** Records between two pauses. */
const recordsPerTurn = 1024;

interface ChangedCell {
  readonly record: CsvRecord;
  readonly separator: "," | "\t";
  readonly column: number;
}

/** Reads the changed record again: a cell can be longer than the reader believes. */
function leavesTheRecord(
  text: string,
  { from, to, text: inserted, caption }: Replacement,
  { record, separator, column }: ChangedCell,
): boolean {
  const inner = { from: from - record.from, to: to - record.from, text: inserted };
  const [again] = readCsv(applyReplacement(text.slice(record.from, record.to), inner), separator);
  return again?.kind === "record" && areCells(again.cells, withCell(record.cells, column, caption));
}

/** Reads the whole table again: behind a quotation mark that nobody closed, a new one can give other rows another meaning. */
function* leavesTheRest(text: string, replacement: Replacement, { record, separator, column }: ChangedCell): Steps<boolean> {
  const again = readCsv(applyReplacement(text, replacement), separator);
  let records = 0;
  for (const before of readCsv(text, separator)) {
    const { value: after } = again.next() as IteratorResult<typeof before, undefined>;
    if (after?.kind !== before.kind) return false;
    if (before.kind === "record" && after.kind === "record") {
      const expected = before.from === record.from ? withCell(before.cells, column, replacement.caption) : before.cells;
      if (!areCells(after.cells, expected)) return false;
    }
    records += 1;
    if (records % recordsPerTurn === 0) yield;
  }
  return again.next().done === true;
}

function withCell(cells: readonly string[], column: number, text: string): readonly string[] {
  return cells.map((cell, index) => (index === column ? text : cell));
}

function areCells(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((cell, index) => cell === right[index]);
}
