import type { CsvRecord } from "../formats/csv.ts";
import { findCsvCell, quoteCsvCell, readCsv, sniffSeparator } from "../formats/csv.ts";
import type { Steps } from "../steps.ts";
import type { FoundCaption, FoundCaptions } from "./found.ts";
import { positionsOf } from "./found.ts";
import type { PlannedEdit, Replacement } from "./replacement.ts";
import { applyReplacement, applyReplacements, refuseUnfit } from "./replacement.ts";

/** A cell of a table that has a header: `row` counts the other records that can be read, from 0; of columns with one name the last holds. */
export interface CsvPlace {
  readonly row: number;
  readonly column: string;
}

/**
 * Finds cells of a CSV or TSV that has a header, all in one walk. A cell that is changed is quoted where it was, or must be by RFC 4180. Pauses after every some
 * thousand records.
 */
export function* findCsvCells(text: string, places: readonly CsvPlace[]): Steps<FoundCaptions> {
  const separator = sniffSeparator(text);
  const wanted = positionsOf(places.map(({ row }) => row));
  const captions = new Array<FoundCaption | undefined>(places.length).fill(undefined);
  const fragile = new Map<number, ChangedCell>();
  let header: readonly string[] | undefined;
  let [row, left] = [0, wanted.size];
  for (const { record, isDamaged } of yieldingRecords(text, separator)) {
    if (record === undefined) {
      yield;
      continue;
    }
    if (header === undefined) {
      header = record.cells.map((name) => name.trim());
      continue;
    }
    const asked = wanted.get(row++);
    if (asked === undefined) continue;
    for (const index of asked) {
      const column = header.lastIndexOf(places[index]!.column);
      if (column < 0 || record.cells.length !== header.length) continue;
      const cell: CsvCell = { record, isDamaged, separator, column };
      captions[index] = { ...foundCell(text, cell, fragile), columns: columnsOf(header, record) };
    }
    left -= 1;
    if (left === 0) break;
  }
  return { captions, check: (replacements) => leavesTheRest(text, replacements, { separator, fragile }) };
}

/** A record of a table; `isDamaged` where something before it can't be read. */
export interface CsvCell {
  readonly record: CsvRecord;
  readonly isDamaged: boolean;
  readonly separator: "," | "\t";
  readonly column: number;
}

/** A record with whether something before it can't be read; undefined after every some thousand, for a pause. */
export function* yieldingRecords(
  text: string,
  separator: "," | "\t",
): Generator<{ readonly record: CsvRecord | undefined; readonly isDamaged: boolean }> {
  let [records, isDamaged] = [0, false];
  for (const record of readCsv(text, separator)) {
    records += 1;
    if (records % recordsPerTurn === 0) yield { record: undefined, isDamaged };
    if (record.kind === "damage") isDamaged = true;
    else yield { record, isDamaged };
  }
}

/** A cell of a record that was found in the text. Cells behind damage are noted in `fragile` by where their replacements begin. */
export function foundCell(text: string, cell: CsvCell, fragile: Map<number, ChangedCell>): FoundCaption {
  const { from, to } = cell.record;
  return {
    caption: cell.record.cells[cell.column]!,
    row: { from, to },
    isFragile: cell.isDamaged,
    replace: (after) => {
      const planned = replaceCell(text, cell, after);
      if (cell.isDamaged && planned.kind === "replacement") fragile.set(planned.from, cell);
      return planned;
    },
  };
}

function replaceCell(text: string, cell: CsvCell, after: string): PlannedEdit {
  const { record, isDamaged, separator, column } = cell;
  const place = findCsvCell(text, record.from, { separator, column });
  if (place === undefined) return refuseUnfit(unreadable);
  const needsQuotes = after.includes(separator) || /["\r\n]/.test(after);
  const written = place.isQuoted || needsQuotes ? quoteCsvCell(after) : after;
  const replacement: Replacement = { kind: "replacement", from: place.from, to: place.to, text: written, caption: after };
  return isDamaged || leavesTheRecord(text, replacement, cell) ? replacement : refuseUnfit(unreadable);
}

/** Why a cell is not changed where the table would be read otherwise. */
export const unreadable = "the table can't hold this text so that every row is read again as it is: write it otherwise";

/** Records between two pauses. */
export const recordsPerTurn = 1024;

/** A cell as far as a change of it is checked. */
export type ChangedCell = Pick<CsvCell, "record" | "separator" | "column">;

/** Reads the changed record again: a cell can be longer than the reader believes. */
function leavesTheRecord(
  text: string,
  { from, to, text: inserted, caption }: Replacement,
  { record, separator, column }: ChangedCell,
): boolean {
  const inner = { from: from - record.from, to: to - record.from, text: inserted };
  const [again] = readCsv(applyReplacement(text.slice(record.from, record.to), inner), separator);
  return again?.kind === "record" && areCells(again.cells, withCells(record.cells, new Map([[column, caption]])));
}

/** Reads the whole table again: behind a quotation mark that nobody closed, a new one can give other rows another meaning. */
export function* leavesTheRest(
  text: string,
  replacements: readonly Replacement[],
  { separator, fragile }: { readonly separator: "," | "\t"; readonly fragile: ReadonlyMap<number, ChangedCell> },
): Steps<boolean> {
  const changed = new Map<number, Map<number, string>>();
  for (const { from, caption } of replacements) {
    const cell = fragile.get(from);
    if (cell === undefined) return false;
    const known = changed.get(cell.record.from) ?? new Map<number, string>();
    changed.set(cell.record.from, known.set(cell.column, caption));
  }
  const again = readCsv(applyReplacements(text, replacements), separator);
  let records = 0;
  for (const before of readCsv(text, separator)) {
    const { value: after } = again.next() as IteratorResult<typeof before, undefined>;
    if (after?.kind !== before.kind) return false;
    if (before.kind === "record" && after.kind === "record") {
      if (!areCells(after.cells, withCells(before.cells, changed.get(before.from)))) return false;
    }
    records += 1;
    if (records % recordsPerTurn === 0) yield;
  }
  return again.next().done === true;
}

function withCells(cells: readonly string[], changed: ReadonlyMap<number, string> | undefined): readonly string[] {
  return changed === undefined ? cells : cells.map((cell, index) => changed.get(index) ?? cell);
}

function areCells(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((cell, index) => cell === right[index]);
}

function columnsOf(header: readonly string[], { cells }: CsvRecord): () => Readonly<Record<string, string>> {
  return () => Object.fromEntries(header.map((name, index) => [name, cells[index] ?? ""]));
}
