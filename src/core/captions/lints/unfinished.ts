import { endsWithStop, plainWordsOf } from "../habits.ts";
import type { Lint } from "./lint.ts";

/** English words behind which no caption can end. */
const openWords: ReadonlySet<string> = new Set("a an the and or of with from into onto than because while is are was were".split(" "));
/** What stands so often elsewhere, as a word or as the beginning of one, and ends so few of those captions, does not end a caption. */
const leastCount = 4;
const mostEnds = 0.02;
/** A piece of a word: longer words that begin with it are so many times as frequent. */
const leastLonger = 10;
/** Where fewer captions than this end with a stop, a missing one tells nothing. */
const leastStopped = 0.5;

/**
 * A caption that ends in the midst of a word or a phrase, as captioning models leave one when their tokens run out. Without the dataset's habits only words
 * that can't end an English caption are seen. A cut that leaves a whole phrase can't be told from a short caption.
 */
export const unfinished: Lint = {
  id: "unfinished",
  title: "Unfinished",
  about: "The caption ends in the midst of a word or a phrase",
  check: (text, { habits }) => {
    if (endsWithStop(text)) return [];
    const words = plainWordsOf(text);
    const last = words.at(-1);
    if (last === undefined || words.length < 2) return [];
    const own = words.filter((word) => word === last).length;
    const others = (habits?.countOf(last) ?? 0) - own;
    const longer = habits?.longerOf(last) ?? 0;
    const isPiece = longer > 0 && longer >= leastLonger * Math.max(others, 1);
    const isOpen =
      openWords.has(last) ||
      (habits !== undefined &&
        habits.stopped >= leastStopped &&
        others + longer >= leastCount &&
        (habits.endsOf(last) - 1) / (others + longer) <= mostEnds);
    if (!isPiece && !isOpen) return [];
    const to = text.trimEnd().length;
    const from = Math.max(0, text.toLowerCase().lastIndexOf(last));
    const why = isPiece ? "looks like the beginning of a word" : "can't be the end of a caption";
    return [
      { from: Math.min(from, to), to, severity: "warning", message: `"${text.slice(from, to)}" ${why}: the rest seems to be cut off` },
    ];
  },
};
