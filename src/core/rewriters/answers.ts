/** The caption that a model answered with: without the white space, the quotation marks and the full code fence around it; "" where it said that it can't. */
export function captionFromAnswer(answer: string): string {
  const unfenced = /^\s*```[a-z]*\n([\s\S]*?)\n?```\s*$/i.exec(answer)?.[1] ?? answer;
  const text = withoutQuotes(unfenced.trim());
  return /^none\.?$/i.test(text) ? "" : text;
}

/** The captions that a model answered with, one a line: without numbers, dashes and quotation marks, each once, at most `most`. */
export function captionsFromAnswer(answer: string, most: number): string[] {
  const lines = answer
    .split(/\r?\n/)
    .filter((line) => !/^\s*```/.test(line))
    .map((line) => captionFromAnswer(line.replace(/^\s*(?:[-*•]|\d{1,2}[.)])\s+/, "")))
    .filter((line) => line !== "");
  return [...new Set(lines)].slice(0, most);
}

const quotes: readonly (readonly [string, string])[] = [
  ['"', '"'],
  ["“", "”"],
  ["'", "'"],
  ["«", "»"],
];

function withoutQuotes(text: string): string {
  const pair = quotes.find(([open, close]) => text.length > 1 && text.startsWith(open) && text.endsWith(close));
  const inner = pair === undefined ? text : text.slice(1, -1);
  return pair !== undefined && !inner.includes(pair[0]) && !inner.includes(pair[1]) ? inner.trim() : text;
}
