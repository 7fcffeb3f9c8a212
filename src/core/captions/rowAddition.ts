import { readCsv, sniffSeparator } from "../formats/csv.ts";
import type { Steps } from "../steps.ts";
import type { Addition } from "./addition.ts";
import { recordsPerTurn } from "./csvEdit.ts";
import { flickrLineParser, type LineParser } from "./flickrEdit.ts";
import type { FoundCaption } from "./found.ts";
import type { PlannedEdit, Refusal } from "./replacement.ts";
import { applyReplacement, refuseUnfit, tooManyToNumber } from "./replacement.ts";

/**
 * Plans rows like those of captions, with new texts, at the end of a table of text (CSV, TSV, or one of Flickr's files). Everything else of a row is copied as it is written; only
 * the number of a caption of Flickr's is the next of its picture. A table with a row that can't be read is refused: what is behind that row might be read otherwise then.
 */
export function* planRowAdditions(
  text: string,
  asked: readonly Addition[],
  { kind, isPart }: { readonly kind: "cell" | "flickr"; readonly isPart: boolean },
): Steps<PlannedEdit[]> {
  const parse = kind === "flickr" ? flickrLineParser(text) : undefined;
  if (parse !== undefined) return yield* planNumberedLines(text, asked, { parse, isPart });
  const end = yield* findTableEnd(text, kind === "flickr" ? "," : sniffSeparator(text));
  return asked.map(({ found, after }) => (end === undefined ? refuseUnfit(damaged) : rowAt(end, copyOfRow(text, found, after))));
}

const damaged = "a row of the table can't be read, and another row might give it another meaning: repair that row first";

/** Where new rows stand, behind the last, and how a row ends. */
export interface RowsEnd {
  readonly at: number;
  readonly lineEnd: string;
}

/** The end of a text that is read by lines; blank lines at its end stay behind the new ones. */
export function findRowsEnd(text: string): RowsEnd {
  let at = text.length;
  while (at > 0 && (text[at - 1] === "\n" || text[at - 1] === "\r")) at -= 1;
  return { at, lineEnd: text.includes("\r\n") ? "\r\n" : "\n" };
}

/** Undefined where a row can't be read. */
function* findTableEnd(text: string, separator: "," | "\t"): Steps<RowsEnd | undefined> {
  let [at, lineEnd, records] = [0, "\n", 0];
  for (const record of readCsv(text, separator)) {
    if (record.kind === "damage") return undefined;
    if (records === 0 && text[record.to] === "\r") lineEnd = "\r\n";
    at = record.to;
    if ((records += 1) % recordsPerTurn === 0) yield;
  }
  return { at, lineEnd };
}

/** A row that was made of another, and how its caption is read. */
interface RowCopy {
  readonly kind: "copy";
  readonly row: string;
  readonly caption: string;
}

/** The row of a caption with another caption, all its other signs as they are. */
export function copyOfRow(text: string, { row, replace }: FoundCaption, after: string): RowCopy | Refusal {
  const replaced = replace(after);
  if (replaced.kind === "refusal") return replaced;
  if (row === undefined) return refuseUnfit("it stands in no row: replace the caption");
  const inner = { from: replaced.from - row.from, to: replaced.to - row.from, text: replaced.text };
  return { kind: "copy", row: applyReplacement(text.slice(row.from, row.to), inner), caption: replaced.caption };
}

/** A new row behind the last. */
export function rowAt({ at, lineEnd }: RowsEnd, copy: RowCopy | Refusal): PlannedEdit {
  if (copy.kind === "refusal") return copy;
  return { kind: "replacement", from: at, to: at, text: `${lineEnd}${copy.row}`, caption: copy.caption };
}

function* planNumberedLines(
  text: string,
  asked: readonly Addition[],
  { parse, isPart }: { readonly parse: LineParser; readonly isPart: boolean },
): Steps<PlannedEdit[]> {
  if (isPart) return asked.map(() => tooManyToNumber);
  const end = findRowsEnd(text);
  const last = yield* lastNumbers(text, parse);
  return asked.map(({ found, after }): PlannedEdit => {
    const copy = copyOfRow(text, found, after);
    const read = copy.kind === "copy" ? parse(copy.row) : undefined;
    if (copy.kind === "refusal" || read === undefined) return copy.kind === "refusal" ? copy : unreadableLine;
    const index = (last.get(read.image) ?? -1) + 1;
    // `name#0<tab>` of token files, `name| 0|` of results.
    const row = copy.row.replace(/^([^\t|]*(?:#|\|\s*))\d+(?=\s*[\t|])/, `$1${index}`);
    const again = parse(row);
    if (again?.index !== index || again.image !== read.image || again.caption !== copy.caption || again.repaired) return unreadableLine;
    last.set(read.image, index);
    return rowAt(end, { ...copy, row });
  });
}

const unreadableLine = refuseUnfit(
  "its line is not written as those of Flickr's files are, so that no number can be given: repair the line first",
);

/** The greatest number of each picture's captions. */
function* lastNumbers(text: string, parse: LineParser): Steps<Map<string, number>> {
  const last = new Map<string, number>();
  let lines = 0;
  for (let from = 0; from < text.length; lines += 1) {
    const feed = text.indexOf("\n", from);
    const read = parse(text.slice(from, feed < 0 ? text.length : feed));
    if (read?.index !== undefined) last.set(read.image, Math.max(last.get(read.image) ?? 0, read.index));
    from = feed < 0 ? text.length : feed + 1;
    if (lines % recordsPerTurn === 0) yield;
  }
  return last;
}
