import type { FlickrCaption } from "../formats/flickr.ts";
import { parseResultsLine, parseTokenLine, parseUnquotedCaption } from "../formats/flickr.ts";
import type { Steps } from "../steps.ts";
import { findRecord, replaceCsvCell } from "./csvEdit.ts";
import type { CaptionChange, PlannedEdit } from "./replacement.ts";
import { applyReplacement, refuseChanged, refuseUnfit } from "./replacement.ts";

/**
 * Changes the caption of a line (from 0) of one of Flickr8k's and Flickr30k's files: the last field of the line, written as it stands. Only in
 * `captions.txt` (`image,caption`) it is quoted, where it was or where it must be. Pauses after every some thousand records.
 */
export function* editFlickrLine(text: string, line: number, change: CaptionChange): Steps<PlannedEdit> {
  const where = `in line ${line + 1}`;
  const wanted: CaptionChange = { before: change.before, after: change.after.trim() };
  if (/[\r\n]/.test(wanted.after))
    return refuseUnfit("here a line is a caption, and a line break would make two of it: write it in one line");
  if (wanted.after === "") return refuseUnfit("a line without a caption is not read as one by every reader: drop the pair instead");
  const [first = ""] = text.split("\n", 1);
  if (/^image,caption$/i.test(first.trim())) return yield* editCaptionsRow(text, { line, where }, wanted);
  const found = findLine(text, line);
  if (found === undefined) return refuseChanged(where, undefined);
  return replaceLastField(text, { ...found, where, parse: /^image_name\s*\|/i.test(first) ? parseResultsLine : parseTokenLine }, wanted);
}

function* editCaptionsRow(
  text: string,
  { line, where }: { readonly line: number; readonly where: string },
  change: CaptionChange,
): Steps<PlannedEdit> {
  const found = yield* findRecord(text, ",", (record) => record.line === line);
  if (found === undefined) return refuseChanged(where, undefined);
  const { cells, from, to } = found.record;
  if (cells.length === 2 && cells[0] !== "") return yield* replaceCsvCell(text, { ...found, separator: ",", column: 1, where }, change);
  // Commas that nobody quoted: all behind the first is the caption. Without any it would become a cell, which must not look like a quoted one.
  if (change.after.includes('"'))
    return refuseUnfit("an unquoted caption can't get a quotation mark: put the row's caption into quotation marks first");
  return replaceLastField(text, { from, to, where, parse: parseUnquotedCaption }, change);
}

/** Replaces what a line's parser took for the caption: the end of the line, up to white space. The new line must be read as it is meant. */
function replaceLastField(
  text: string,
  { from, to, where, parse }: { from: number; to: number; where: string; parse: (line: string) => FlickrCaption | undefined },
  { before, after }: CaptionChange,
): PlannedEdit {
  const content = text.slice(from, to);
  const found = parse(content)?.caption;
  if (found !== before) return refuseChanged(where, found);
  const start = content.lastIndexOf(before);
  const inner = { from: start, to: start + before.length, text: after };
  if (parse(applyReplacement(content, inner))?.caption !== after)
    return refuseUnfit("the line can't hold this text so that it is read again as it is: write it otherwise");
  return { kind: "replacement", from: from + inner.from, to: from + inner.to, text: after, caption: after };
}

/** A line without its end, LF or CRLF. */
function findLine(text: string, line: number): { readonly from: number; readonly to: number } | undefined {
  let from = 0;
  for (let passed = 0; passed < line; passed += 1) {
    const feed = text.indexOf("\n", from);
    if (feed < 0) return undefined;
    from = feed + 1;
  }
  const feed = text.indexOf("\n", from);
  const to = feed < 0 ? text.length : feed;
  return { from, to: feed > from && text[feed - 1] === "\r" ? to - 1 : to };
}
