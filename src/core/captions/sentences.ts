const segmenter = new Intl.Segmenter("en", { granularity: "sentence" });

/** The sentences of a text, trimmed, by Unicode's rules for their bounds (UAX #29); empty ones are left out. */
export function splitSentences(text: string): string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment.trim()).filter((sentence) => sentence !== "");
}

/** Where the sentences of a text end, without the white space behind them. */
export function sentenceEnds(text: string): number[] {
  return Array.from(segmenter.segment(text), ({ segment, index }) => index + segment.trimEnd().length);
}
