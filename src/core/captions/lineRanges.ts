import type { Steps } from "../steps.ts";

/** A line's content in a text, without its end. */
export interface LineRange {
  readonly from: number;
  readonly to: number;
}

/** Lines that are passed between two pauses. */
const linesPerTurn = 1 << 13;

/** Where lines (from 0, ended by LF or CRLF) stand, in the order in which they were asked for, in one walk; undefined where the text has fewer. */
export function* lineRanges(text: string, lines: readonly number[]): Steps<(LineRange | undefined)[]> {
  const ranges = new Map<number, LineRange | undefined>(lines.map((line) => [line, undefined]));
  let [from, left] = [0, ranges.size];
  for (let line = 0; left > 0; line += 1) {
    const feed = text.indexOf("\n", from);
    const end = feed < 0 ? text.length : feed;
    if (ranges.has(line)) {
      ranges.set(line, { from, to: end > from && feed >= 0 && text[end - 1] === "\r" ? end - 1 : end });
      left -= 1;
    }
    if (feed < 0) break;
    from = feed + 1;
    if (line % linesPerTurn === linesPerTurn - 1) yield;
  }
  return lines.map((line) => ranges.get(line));
}
