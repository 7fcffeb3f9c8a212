import type { CaptionChange, PlannedEdit } from "./replacement.ts";
import { lineBreakInLine, refuseChanged, refuseUnfit } from "./replacement.ts";

/** Which part of a plain text a caption is: all of it, or a line (from 0). `alone` where the text gives no other caption, `isFirst` where the reader takes the first line alone. */
export type PlainPlace =
  | { readonly kind: "whole" }
  | { readonly kind: "body" }
  | { readonly kind: "line"; readonly line: number; readonly alone: boolean; readonly isFirst?: boolean };

/**
 * Changes a caption in the text of a caption file, which was cut as `cutCaptions` does: white space around it is no part of it, and line ends
 * within it are read as `\n` (of a body everything is kept). What stays of the caption stays to the character, its line ends too; new line ends are those of the text.
 */
export function editPlainText(text: string, place: PlainPlace, { before, after }: CaptionChange): PlannedEdit {
  if (place.kind === "body") return editBody(text, { before, after });
  const part = place.kind === "whole" ? { from: 0, to: text.length } : findLine(text, place.line);
  const where = place.kind === "whole" ? "in the file" : `in line ${place.line + 1}`;
  if (part === undefined) return refuseChanged(where, undefined);
  const { from, to } = trimRange(text, part);
  const found = plainLineEnds(text.slice(from, to));
  if (found !== before) return refuseChanged(where, found);
  const wanted = plainLineEnds(after).trim();
  if (place.kind === "line") {
    if (wanted.includes("\n")) return lineBreakInLine;
    if (wanted === "" && !place.alone)
      return refuseUnfit("a blank line is no caption, and the others would move up: drop the pair instead");
  }
  return replaceDifference(text, { from, to }, wanted);
}

/** The caption that a part of a text is, as `cutCaptions` reads it; undefined where the text has fewer lines. `before` is what it is expected to say, by which a body shows how it was read. */
export function readPlainText(text: string, place: PlainPlace, before = ""): string | undefined {
  if (place.kind === "body") return bodyOf(text, before).caption;
  const part = place.kind === "whole" ? { from: 0, to: text.length } : findLine(text, place.line);
  if (part === undefined) return undefined;
  const { from, to } = trimRange(text, part);
  return plainLineEnds(text.slice(from, to));
}

/**
 * A body may have been read as a whole file's text is, too: without the white space around it, its line ends plain. What said the same in both readings is changed so that both
 * read the same again.
 */
function bodyOf(text: string, before: string): Range & { readonly caption: string; readonly isBoth: boolean } {
  const isBoth = plainLineEnds(before).trim() === before;
  const range = { from: 0, to: text.replace(/\r?\n$/, "").length };
  const { from, to } = isBoth ? trimRange(text, { from: 0, to: text.length }) : range;
  const caption = text.slice(from, to);
  return { from, to, caption: isBoth ? plainLineEnds(caption) : caption, isBoth };
}

function editBody(text: string, { before, after }: CaptionChange): PlannedEdit {
  const { from, to, caption: found, isBoth } = bodyOf(text, before);
  if (found !== before) return refuseChanged("in the file", found);
  const written = isBoth ? plainLineEnds(after).trim() : after;
  const caption = isBoth ? written : (after + text.slice(to)).replace(/\r?\n$/, "");
  return { kind: "replacement", from, to, text: written, caption };
}

/** Line ends of every kind as `\n`, as captions have them. */
export function plainLineEnds(text: string): string {
  return text.replaceAll("\r\n", "\n").replaceAll("\r", "\n");
}

interface Range {
  readonly from: number;
  readonly to: number;
}

/** A line of a text without its end; undefined where the text has fewer. */
function findLine(text: string, line: number): Range | undefined {
  const ends = /\r\n|\r|\n/g;
  let from = 0;
  for (let passed = 0; passed < line; passed += 1) {
    if (ends.exec(text) === null) return undefined;
    from = ends.lastIndex;
  }
  return { from, to: ends.exec(text)?.index ?? text.length };
}

/** What is left of a range without the white space at its ends; its beginning where that is nothing. */
function trimRange(text: string, { from, to }: Range): Range {
  const part = text.slice(from, to);
  const start = from + part.length - part.trimStart().length;
  return start === to ? { from, to: from } : { from: start, to: start + part.trim().length };
}

function replaceDifference(text: string, range: Range, wanted: string): PlannedEdit {
  const lineEnd = /\r\n|\r|\n/.exec(text)?.[0] ?? "\n";
  const { from, to, changed } = findDifference(text, range, wanted);
  const inserted = changed.replaceAll("\n", lineEnd);
  const result = text.slice(range.from, from) + inserted + text.slice(to, range.to);
  // Beside a line end of another kind a new one can melt into it (a CR before an LF): then the whole caption is written anew.
  if (plainLineEnds(result) !== wanted) return { kind: "replacement", ...range, text: wanted.replaceAll("\n", lineEnd), caption: wanted };
  return { kind: "replacement", from, to, text: inserted, caption: wanted };
}

/** The part of a range that differs from `wanted` (whose line ends are plain), and what it is to be. Never cuts a line end or a surrogate pair in two. */
function findDifference(text: string, range: Range, wanted: string): Range & { readonly changed: string } {
  let { from, to } = range;
  let [start, end] = [0, wanted.length];
  while (from < to && start < end) {
    const step = lineEndLength(text, from, to);
    if ((step > 0 ? "\n" : text[from]) !== wanted[start]) break;
    from += step || 1;
    start += 1;
  }
  if (isHighSurrogate(text, from - 1) && from > range.from) {
    from -= 1;
    start -= 1;
  }
  while (to > from && end > start) {
    const step = lineEndLengthBefore(text, to, from);
    if ((step > 0 ? "\n" : text[to - 1]) !== wanted[end - 1]) break;
    to -= step || 1;
    end -= 1;
  }
  if (isLowSurrogate(text, to) && to < range.to) {
    to += 1;
    end += 1;
  }
  return { from, to, changed: wanted.slice(start, end) };
}

function lineEndLength(text: string, at: number, to: number): number {
  if (text[at] === "\r") return at + 1 < to && text[at + 1] === "\n" ? 2 : 1;
  return text[at] === "\n" ? 1 : 0;
}

function lineEndLengthBefore(text: string, at: number, from: number): number {
  if (text[at - 1] === "\n") return at - 2 >= from && text[at - 2] === "\r" ? 2 : 1;
  return text[at - 1] === "\r" ? 1 : 0;
}

function isHighSurrogate(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0xd800 && code <= 0xdbff;
}

function isLowSurrogate(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff;
}
