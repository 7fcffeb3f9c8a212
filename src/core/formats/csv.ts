/**
 * Tables of comma- or tab-separated text (RFC 4180), read record by record. Written here and not left to a library because
 * a person's damaged file must go on after the damage: a quotation mark that is opened and never closed swallows the rest of the file
 * in every library tried, here it costs its own line.
 */

/** One record. `line` counts lines of the text from 0; [`from`, `to`) is its raw text without the line break. */
export interface CsvRecord {
  readonly kind: "record";
  readonly line: number;
  readonly from: number;
  readonly to: number;
  readonly cells: readonly string[];
  /** A cell begins with a quotation mark but is no well-formed quoted cell, and was taken as it stands. */
  readonly literalQuotes: boolean;
}

/** A line that no record can be read from; reading goes on with the next line. */
export interface CsvDamage {
  readonly kind: "damage";
  readonly line: number;
  readonly reason: string;
}

interface CsvCell {
  readonly text: string;
  /** Index of the separator, line break or end after the cell. */
  readonly to: number;
  readonly literalQuotes: boolean;
}

/** A quoted cell longer than this counts as never closed: it bounds the search in a damaged file. */
const maximumQuotedLength = 1 << 20;

/** Records of a text, empty lines left out. Line breaks are LF or CRLF; quoted cells may hold both, and separators. */
export function* readCsv(text: string, separator: "," | "\t"): Generator<CsvRecord | CsvDamage> {
  let at = 0;
  let line = 0;
  while (at < text.length) {
    const record = recordAt(text, at, { separator, line });
    if (record.kind === "record" && record.to > at) yield record;
    if (record.kind === "damage") yield record;
    const end = record.kind === "record" ? record.to : lineEndAt(text, at);
    const next = end + lineBreakLength(text, end);
    line += countLineBreaks(text, at, next);
    at = next;
  }
}

/** The separator of a table by its first line: a tab where there is one, else a comma. */
export function sniffSeparator(text: string): "," | "\t" {
  const end = text.indexOf("\n");
  return (end < 0 ? text : text.slice(0, end)).includes("\t") ? "\t" : ",";
}

/** Where a cell of the record that begins at `from` stands, quotation marks included, and whether those are its quotes; undefined where there is none. */
export function findCsvCell(
  text: string,
  from: number,
  { separator, column }: { readonly separator: "," | "\t"; readonly column: number },
): { readonly from: number; readonly to: number; readonly isQuoted: boolean } | undefined {
  let at = from;
  for (let passed = 0; ; passed += 1) {
    const opens = text[at] === '"';
    const cell = opens ? quotedCellAt(text, at, separator) : bareCellAt(text, at, at, separator);
    if (typeof cell === "string") return undefined;
    if (passed === column) return { from: at, to: cell.to, isQuoted: opens && !cell.literalQuotes };
    if (text[cell.to] !== separator) return undefined;
    at = cell.to + 1;
  }
}

/** A cell as RFC 4180 quotes it, its text kept exactly; quoted always, so that no reader has to guess. */
export function quoteCsvCell(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

function recordAt(text: string, from: number, { separator, line }: { separator: string; line: number }): CsvRecord | CsvDamage {
  const cells: string[] = [];
  let literalQuotes = false;
  for (let at = from; ; at += 1) {
    const cell = text[at] === '"' ? quotedCellAt(text, at, separator) : bareCellAt(text, at, at, separator);
    if (typeof cell === "string") return { kind: "damage", line, reason: cell };
    cells.push(cell.text);
    literalQuotes ||= cell.literalQuotes;
    at = cell.to;
    if (text[at] !== separator) return { kind: "record", line, from, to: at, cells, literalQuotes };
  }
}

/** The cell whose text starts at `from` and of which [`from`, `scanFrom`) is known to hold no end. */
function bareCellAt(text: string, from: number, scanFrom: number, separator: string): CsvCell {
  const end = lineEndAt(text, scanFrom);
  const line = text.slice(scanFrom, end);
  const at = line.indexOf(separator);
  const to = at < 0 ? end : scanFrom + at;
  return { text: text.slice(from, to), to, literalQuotes: scanFrom > from };
}

/** The cell that opens with a quotation mark at `from`, or why it can't be read. */
function quotedCellAt(text: string, from: number, separator: string): CsvCell | string {
  const close = closingQuote(text, from + 1);
  if (close === undefined) return "a quotation mark is opened and never closed";
  const to = close + 1;
  if (to === text.length || text[to] === separator || lineBreakLength(text, to) > 0) {
    return { text: text.slice(from + 1, close).replaceAll('""', '"'), to, literalQuotes: false };
  }
  if (text.slice(from, close).includes("\n")) return "a quotation mark is opened and closed in the midst of a later line";
  return bareCellAt(text, from, to, separator);
}

function closingQuote(text: string, from: number): number | undefined {
  let at = text.indexOf('"', from);
  while (at >= 0 && at - from <= maximumQuotedLength) {
    if (text[at + 1] !== '"') return at;
    at = text.indexOf('"', at + 2);
  }
  return undefined;
}

/** Index of the line break at or after `from`, or the end of the text. */
function lineEndAt(text: string, from: number): number {
  const feed = text.indexOf("\n", from);
  if (feed < 0) return text.length;
  return feed > from && text[feed - 1] === "\r" ? feed - 1 : feed;
}

function lineBreakLength(text: string, at: number): number {
  if (text[at] === "\n") return 1;
  return text[at] === "\r" && text[at + 1] === "\n" ? 2 : 0;
}

function countLineBreaks(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf("\n", from); at >= 0 && at < to; at = text.indexOf("\n", at + 1)) count += 1;
  return count;
}
