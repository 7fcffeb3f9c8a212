import type { TextRange } from "./lints/lint.ts";

/** A word of a caption and the caption without it. */
export interface LeftOut extends TextRange {
  readonly word: string;
  readonly text: string;
}

/** Every word of a caption with the text that is left without it; words are runs of letters, marks and digits, with apostrophes and hyphens inside. */
export function leaveOneWordOut(caption: string): LeftOut[] {
  return [...caption.matchAll(/[\p{L}\p{N}][\p{L}\p{M}\p{N}]*(?:['’-][\p{L}\p{M}\p{N}]+)*/gu)].map(({ 0: word, index: from }) => {
    const to = from + word.length;
    const text = `${caption.slice(0, from).trimEnd()} ${caption.slice(to).trimStart()}`.replaceAll(/ (?=[.,;:!?])/g, "").trim();
    return { word, from, to, text };
  });
}
