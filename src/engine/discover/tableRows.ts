import { setImmediate as nextTurn } from "node:timers/promises";
import { readCsv, sniffSeparator } from "../../core/formats/csv.ts";
import type { Problem } from "../../core/problem.ts";
import { eachParquetRow, listParquetColumns } from "../store/parquetFile.ts";
import type { ListedFile } from "./listing.ts";
import { extensionOf } from "./listing.ts";
import type { ReadContext } from "./reader.ts";
import { absolutePathOf } from "./samples.ts";
import { messageOf, readTableText } from "./tableText.ts";

/** A row by its column names; `line` (of text tables) and `row` count from 0, `row` without the header. */
export interface TableRow {
  readonly kind: "row";
  readonly row: number;
  readonly line?: number;
  readonly cells: Readonly<Record<string, unknown>>;
  /** The row has a cell that begins with a quotation mark and is no quoted cell. */
  readonly literalQuotes?: boolean;
}

/** What a table gives: its rows, and its problems in their places. */
export type TablePart = TableRow | { readonly kind: "problem"; readonly problem: Problem };

/** Rows between two pauses, in which other work of the process goes on. */
const rowsPerTurn = 2048;

/**
 * Rows of a CSV, TSV, JSON Lines or Parquet file, told apart by its extension. A row that can't be read is a problem, and the rest goes
 * on.
 */
export async function* readTableRows(context: ReadContext, file: ListedFile): AsyncGenerator<TablePart> {
  let count = 0;
  for await (const part of partsOf(context, file)) {
    yield part;
    count += 1;
    if (count % rowsPerTurn === 0) await nextTurn();
    context.signal?.throwIfAborted();
  }
}

/** Rows in the first part of a CSV, TSV or JSON Lines file; the last line is left out where the file goes on behind it. */
export function headRows(file: ListedFile, head: string): TableRow[] {
  const isWhole = Buffer.byteLength(head) >= file.sizeBytes;
  const text = isWhole ? head : head.slice(0, head.lastIndexOf("\n") + 1);
  return [...textParts(file, text)].filter((part) => part.kind === "row");
}

/** Tells whether a value of JSON is an object, neither null nor an array. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Says that a row could not be read; `line` or `row` count from 0 and are told from 1. */
export function malformedRow(file: ListedFile, place: { readonly line?: number; readonly row?: number }, reason: string): Problem {
  return {
    code: "malformedRow",
    severity: "error",
    file: file.path,
    message: `${placeInFile(file, place)} was not read: ${reason}`,
    hint: "Repair the row; the others were read",
  };
}

/** Where a row stands, for people: `captions.csv, line 12`. */
export function placeInFile(file: ListedFile, { line, row }: { readonly line?: number; readonly row?: number }): string {
  if (line !== undefined) return `${file.path}, line ${line + 1}`;
  return row === undefined ? file.path : `${file.path}, row ${row + 1}`;
}

async function* partsOf(context: ReadContext, file: ListedFile): AsyncGenerator<TablePart> {
  if (extensionOf(file.path) === ".parquet") {
    yield* parquetParts(context, file);
    return;
  }
  const { value: text, problems } = await readTableText(context, file);
  for (const problem of problems) yield { kind: "problem", problem };
  if (text === undefined) return;
  yield* textParts(file, text);
}

function textParts(file: ListedFile, text: string): Generator<TablePart> {
  return [".csv", ".tsv"].includes(extensionOf(file.path)) ? csvParts(file, text) : jsonLineParts(file, text);
}

function* csvParts(file: ListedFile, text: string): Generator<TablePart> {
  let header: readonly string[] | undefined;
  let row = 0;
  for (const record of readCsv(text, sniffSeparator(text))) {
    if (record.kind === "damage") {
      yield { kind: "problem", problem: malformedRow(file, record, record.reason) };
    } else if (header === undefined) {
      header = record.cells.map((name) => name.trim());
    } else {
      yield csvRow(file, header, record, row);
      row += 1;
    }
  }
}

function csvRow(
  file: ListedFile,
  header: readonly string[],
  record: { readonly line: number; readonly cells: readonly string[]; readonly literalQuotes: boolean },
  row: number,
): TablePart {
  const { cells, line, literalQuotes } = record;
  if (cells.length !== header.length) {
    const reason = `it has ${cells.length} cells where the header has ${header.length}`;
    return { kind: "problem", problem: malformedRow(file, { line }, reason) };
  }
  return { kind: "row", row, line, cells: Object.fromEntries(header.map((name, index) => [name, cells[index]])), literalQuotes };
}

function* jsonLineParts(file: ListedFile, text: string): Generator<TablePart> {
  let row = 0;
  for (let from = 0, line = 0; from < text.length; line += 1) {
    const feed = text.indexOf("\n", from);
    const to = feed < 0 ? text.length : feed;
    const content = text.slice(from, to).trim();
    from = to + 1;
    if (content === "") continue;
    yield jsonRow(file, content, { line, row });
    row += 1;
  }
}

function jsonRow(file: ListedFile, content: string, place: { readonly line: number; readonly row: number }): TablePart {
  try {
    const value: unknown = JSON.parse(content);
    if (isRecord(value)) return { kind: "row", ...place, cells: value };
    return { kind: "problem", problem: malformedRow(file, place, "it is JSON but no object") };
  } catch (error) {
    return { kind: "problem", problem: malformedRow(file, place, messageOf(error)) };
  }
}

async function* parquetParts(context: ReadContext, file: ListedFile): AsyncGenerator<TablePart> {
  const path = absolutePathOf(context.listing, file);
  try {
    const columns = (await listParquetColumns(context.env, path)).filter(({ kind }) => kind === "text" || kind === "texts");
    const names = columns.map(({ name }) => name);
    for await (const { row, cells } of eachParquetRow(context.env, path, names)) yield { kind: "row", row, cells };
  } catch (error) {
    const message = `${file.path} can't be read as Parquet: ${messageOf(error).split("\n")[0]}`;
    yield {
      kind: "problem",
      problem: { code: "unreadable", severity: "error", file: file.path, message, hint: "Check that the file is whole" },
    };
  }
}
