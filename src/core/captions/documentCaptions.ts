import type { TextRange } from "./lints/lint.ts";

/** How a dataset reads a caption file: all of it is one caption, each line that isn't blank is one, or the first line alone is. */
export type CaptionReading = "whole" | "lines" | "first";

/** A caption in the text of an open document; `line` (from 0) is where it begins. */
export interface DocumentCaption extends TextRange {
  readonly text: string;
  readonly line: number;
}

/** The captions of a document's text, without the white space around them. A text without a visible character is one empty caption over all of it. */
export function captionsOfDocument(text: string, reading: CaptionReading): DocumentCaption[] {
  if (reading === "whole") return [trimmedPart(text, { from: 0, to: text.length, line: 0 })];
  const lines = linesOf(text);
  if (reading === "first") return [trimmedPart(text, lines[0]!)];
  const captions = lines.map((line) => trimmedPart(text, line)).filter((caption) => caption.text !== "");
  return captions.length === 0 ? [{ text: "", from: 0, to: text.length, line: 0 }] : captions;
}

interface Line extends TextRange {
  readonly line: number;
}

function linesOf(text: string): Line[] {
  const lines: Line[] = [];
  let from = 0;
  for (const { 0: end, index } of text.matchAll(/\r\n|\r|\n/g)) {
    lines.push({ from, to: index, line: lines.length });
    from = index + end.length;
  }
  return [...lines, { from, to: text.length, line: lines.length }];
}

/** Nothing but white space keeps its whole range, so that there is something to point at. */
function trimmedPart(text: string, { from, to, line }: Line): DocumentCaption {
  const part = text.slice(from, to);
  const trimmed = part.trim();
  if (trimmed === "") return { text: "", from, to, line };
  const start = part.length - part.trimStart().length;
  const passed = part.slice(0, start).match(/\r\n|\r|\n/g)?.length ?? 0;
  return { text: trimmed, from: from + start, to: from + start + trimmed.length, line: line + passed };
}
