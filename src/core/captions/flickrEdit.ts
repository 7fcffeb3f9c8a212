import type { FlickrCaption } from "../formats/flickr.ts";
import { parseResultsLine, parseTokenLine, parseUnquotedCaption } from "../formats/flickr.ts";
import type { Steps } from "../steps.ts";
import type { ChangedCell } from "./csvEdit.ts";
import { foundCell, leavesTheRest, yieldingRecords, type CsvCell } from "./csvEdit.ts";
import type { FoundCaption, FoundCaptions } from "./found.ts";
import { positionsOf } from "./found.ts";
import { lineRanges } from "./lineRanges.ts";
import type { PlannedEdit } from "./replacement.ts";
import { applyReplacement, lineBreakInLine, refuseUnfit } from "./replacement.ts";

/**
 * Finds captions by their lines (from 0) in one of Flickr8k's and Flickr30k's files: each is the last field of its line, written as it stands. Only in
 * `captions.txt` (`image,caption`) it is quoted, where it was or where it must be. Pauses after every some thousand records.
 */
export function* findFlickrLines(text: string, lines: readonly number[]): Steps<FoundCaptions> {
  const parse = flickrLineParser(text);
  if (parse === undefined) return yield* findCaptionsRows(text, lines);
  const ranges = yield* lineRanges(text, lines);
  return { captions: ranges.map((range) => range && foundField(text, { ...range, parse })) };
}

/** What reads a line of Flickr's files. */
export type LineParser = (line: string) => FlickrCaption | undefined;

/** What reads the lines of a text of Flickr's, by its first line; undefined of `captions.txt`, which is a CSV. */
export function flickrLineParser(text: string): LineParser | undefined {
  const [first = ""] = text.split("\n", 1);
  if (/^image,caption$/i.test(first.trim())) return undefined;
  return /^image_name\s*\|/i.test(first) ? parseResultsLine : parseTokenLine;
}

function* findCaptionsRows(text: string, lines: readonly number[]): Steps<FoundCaptions> {
  const wanted = positionsOf(lines);
  const captions = new Array<FoundCaption | undefined>(lines.length).fill(undefined);
  const fragile = new Map<number, ChangedCell>();
  for (const { record, isDamaged } of yieldingRecords(text, ",")) {
    if (record === undefined) yield;
    const asked = record === undefined ? undefined : wanted.get(record.line);
    if (record === undefined || asked === undefined) continue;
    const found = foundRow(text, { record, isDamaged, separator: ",", column: 1 }, fragile);
    for (const index of asked) captions[index] = found;
  }
  return { captions, check: (replacements) => leavesTheRest(text, replacements, { separator: ",", fragile }) };
}

function foundRow(text: string, cell: CsvCell, fragile: Map<number, ChangedCell>): FoundCaption | undefined {
  const { cells, from, to } = cell.record;
  if (cells.length === 2 && cells[0] !== "") {
    const found = foundCell(text, cell, fragile);
    return { ...found, replace: (after) => inOneLine(after, found.replace) };
  }
  // Commas that nobody quoted: all behind the first is the caption. Without any it would become a cell, which must not look like a quoted one.
  const found = foundField(text, { from, to, parse: parseUnquotedCaption });
  const refusal = refuseUnfit("an unquoted caption can't get a quotation mark: put the row's caption into quotation marks first");
  return found && { ...found, replace: (after) => (after.includes('"') ? refusal : found.replace(after)) };
}

interface Field {
  readonly from: number;
  readonly to: number;
  readonly parse: LineParser;
}

/** What a line's parser takes for the caption: the end of the line, up to white space. The new line must be read as it is meant. */
function foundField(text: string, { from, to, parse }: Field): FoundCaption | undefined {
  const content = text.slice(from, to);
  const before = parse(content)?.caption;
  if (before === undefined) return undefined;
  const start = content.lastIndexOf(before);
  const replace = (after: string): PlannedEdit => {
    const inner = { from: start, to: start + before.length, text: after };
    if (parse(applyReplacement(content, inner))?.caption !== after)
      return refuseUnfit("the line can't hold this text so that it is read again as it is: write it otherwise");
    return { kind: "replacement", from: from + inner.from, to: from + inner.to, text: after, caption: after };
  };
  return { caption: before, row: { from, to }, replace: (after) => inOneLine(after, replace) };
}

function inOneLine(text: string, replace: (after: string) => PlannedEdit): PlannedEdit {
  const after = text.trim();
  if (/[\r\n]/.test(after)) return lineBreakInLine;
  return after === "" ? refuseUnfit("a line without a caption is not read as one by every reader: drop the pair instead") : replace(after);
}
