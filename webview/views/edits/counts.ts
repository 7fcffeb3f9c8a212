import type { EditCounts } from "../../../src/protocol/captionEdits.ts";
import { formatCount, formatCounted } from "../../format.ts";

/** A number of a preview or of what was done, in words; `isWarning` where a person should look twice. */
export interface CountLine {
  readonly count: number;
  readonly words: string;
  readonly isWarning: boolean;
}

/** What an operation changes and leaves, line by line; what is nothing is left out, but for what changes. `noun` is what is counted. */
export function countLines(counts: EditCounts, noun: string): CountLine[] {
  const { changed, files, unchanged, frozen, fixed, fixedReasons, empty, likeSibling, overTokens } = counts;
  const quiet = (count: number, words: string): CountLine => ({ count, words, isWarning: false });
  const warning = (count: number, words: string): CountLine => ({ count, words, isWarning: true });
  const lines = [
    quiet(unchanged, "stay as they are"),
    quiet(frozen, "of the evaluation split are never changed"),
    warning(fixed, `can’t be changed in place: ${fixedReasons.join("; ")}`),
    warning(empty, "would have no text"),
    warning(likeSibling, "would say the same as another caption of their picture"),
    ...(overTokens === null ? [] : [warning(overTokens.after, overWords(overTokens))]),
  ];
  const first = quiet(changed, `${changed === 1 ? noun : `${noun}s`} would change, in ${formatCounted(files, "file")}`);
  return [first, ...lines.filter(({ count }) => count > 0)];
}

function overWords({ limit, before }: { readonly limit: number; readonly before: number }): string {
  return `of the changed would be cut off by the encoder at ${limit} tokens (${formatCount(before)} are now)`;
}
