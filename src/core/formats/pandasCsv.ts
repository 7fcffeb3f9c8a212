import { isMissingForPandas } from "./pandas.ts";
import { formatPythonFloat } from "./pythonText.ts";

/** A column as `pandas.read_csv` leaves it: each value as Python's `str` writes it, undefined where pandas has NaN. */
export interface PandasColumn {
  readonly name: string;
  readonly type: "int" | "float" | "bool" | "text";
  readonly values: readonly (string | undefined)[];
}

/** A table as pandas reads it. `indexed` counts leading columns without a name of their own, which become the index and move all names to the right. */
export interface PandasTable {
  readonly kind: "table";
  readonly columns: readonly PandasColumn[];
  readonly rows: number;
  readonly indexed: number;
  /** The cells of the named columns before pandas makes numbers and gaps of them, row by row. */
  readonly raw: readonly (readonly string[])[];
}

/** What pandas raises. `line` counts from 0. */
export interface PandasError {
  readonly kind: "error";
  readonly line: number;
  readonly message: string;
}

/**
 * A text as `pandas.read_csv(path, sep=…)` reads it with all its defaults (the tokenizer in C of pandas 3.1.1). Not reproduced: columns of mixed
 * types in files beyond some 250 kB, whose types pandas guesses piece by piece, and the last digit of floating-point numbers.
 */
export function readPandasCsv(text: string, separator: string): PandasTable | PandasError {
  const split = splitRecords(text.replace(/^\ufeff/, ""), separator);
  if (split.kind === "error") return split;
  const [header, first] = split.records;
  if (header === undefined) return { kind: "error", line: 0, message: "No columns to parse from file" };
  const width = Math.max(header.cells.length, first?.cells.length ?? 0);
  const tooWide = split.records.slice(1).find(({ cells }) => cells.length > width);
  if (tooWide !== undefined)
    return {
      kind: "error",
      line: tooWide.line,
      message: `Expected ${width} fields in line ${tooWide.line + 1}, saw ${tooWide.cells.length}`,
    };
  const indexed = width - header.cells.length;
  const raw = split.records.slice(1).map(({ cells }) => header.cells.map((_, column) => cells[column + indexed] ?? ""));
  const names = uniqueNames(header.cells);
  const columns = names.map((name, column) =>
    columnOf(
      name,
      raw.map((cells) => cells[column]!),
    ),
  );
  return { kind: "table", columns, rows: raw.length, indexed, raw };
}

interface RawRecord {
  readonly line: number;
  readonly cells: readonly string[];
}

/** Cuts a text into records as the tokenizer in C does: a quotation mark counts at the start of a cell alone, and lines of nothing but blanks are left out. */
function splitRecords(text: string, separator: string): { kind: "records"; records: RawRecord[] } | PandasError {
  const records: RawRecord[] = [];
  let [at, line] = [0, 0];
  while (at < text.length) {
    const begun = line;
    const blank = /[ \t]*(?:\r\n|\r|\n|$)/y;
    blank.lastIndex = at;
    const skipped = blank.exec(text)?.[0];
    if (skipped !== undefined && !skipped.includes(separator)) {
      at += Math.max(1, skipped.length);
      line += 1;
      continue;
    }
    const cells: string[] = [];
    for (let more = true; more;) {
      const cell = readCell(text, at, separator);
      if (cell === undefined) return { kind: "error", line: begun, message: `EOF inside string starting at row ${records.length}` };
      cells.push(cell.text);
      line += cell.breaks;
      at = cell.to;
      more = text[at] === separator;
      if (more) at += 1;
    }
    at += text.startsWith("\r\n", at) ? 2 : 1;
    line += 1;
    records.push({ line: begun, cells });
  }
  return { kind: "records", records };
}

/** The cell from `from`: its text, where it ends, and how many line breaks it holds; undefined where its quotes never close. */
function readCell(text: string, from: number, separator: string): { text: string; to: number; breaks: number } | undefined {
  let [at, cell, breaks] = [from, "", 0];
  if (text[at] === '"') {
    at += 1;
    for (;;) {
      const close = text.indexOf('"', at);
      if (close < 0) return undefined;
      const part = text.slice(at, close);
      cell += part;
      breaks += part.match(/\r\n|\r|\n/g)?.length ?? 0;
      at = close + 1;
      if (text[at] !== '"') break;
      cell += '"';
      at += 1;
    }
  }
  const rest = at;
  while (at < text.length && text[at] !== separator && text[at] !== "\n" && text[at] !== "\r") at += 1;
  return { text: cell + text.slice(rest, at), to: at, breaks };
}

/** Names twice get a number, and none at all a name, as pandas gives them. */
function uniqueNames(header: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return header.map((cell, column) => {
    const name = cell === "" ? `Unnamed: ${column}` : cell;
    const times = seen.get(name) ?? 0;
    seen.set(name, times + 1);
    return times === 0 ? name : `${name}.${times}`;
  });
}

const wholeNumber = /^\s*[+-]?\d+\s*$/;
const anyNumber = /^\s*[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|inf|infinity)\s*$/i;
const trueWords: ReadonlySet<string> = new Set(["True", "TRUE", "true"]);
const falseWords: ReadonlySet<string> = new Set(["False", "FALSE", "false"]);
const greatestInteger = 2n ** 64n - 1n;
const leastInteger = -(2n ** 63n);

/** The type is that of all values: whole numbers, with a gap among them floating-point ones, true and false, else text. */
function columnOf(name: string, cells: readonly string[]): PandasColumn {
  const known = cells.filter((cell) => !isMissingForPandas(cell));
  const withGaps = (write: (cell: string) => string): (string | undefined)[] =>
    cells.map((cell) => (isMissingForPandas(cell) ? undefined : write(cell)));
  const hasGaps = known.length < cells.length;
  if (known.length === 0) return { name, type: hasGaps ? "float" : "text", values: withGaps(String) };
  if (known.every((cell) => wholeNumber.test(cell))) {
    const values = known.map((cell) => BigInt(cell.trim().replace(/^\+/, "")));
    const fit = values.every((value) => value >= leastInteger && value <= greatestInteger);
    if (!hasGaps && fit) return { name, type: "int", values: values.map(String) };
    if (!fit) return { name, type: "text", values: withGaps(String) };
  }
  if (known.every((cell) => anyNumber.test(cell)))
    return { name, type: "float", values: withGaps((cell) => formatPythonFloat(floatOf(cell))) };
  if (known.every((cell) => trueWords.has(cell) || falseWords.has(cell)))
    return { name, type: "bool", values: withGaps((cell) => (trueWords.has(cell) ? "True" : "False")) };
  return { name, type: "text", values: withGaps(String) };
}

function floatOf(cell: string): number {
  const text = cell.trim().toLowerCase();
  if (text.includes("inf")) return text.startsWith("-") ? -Infinity : Infinity;
  return Number(text);
}
