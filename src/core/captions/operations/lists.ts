/** The entries of a list in one text: they are parted by `|` or stand on lines of their own. White space around them and empty ones don't count. */
export function parseList(text: string): string[] {
  return text
    .split(/[|\n]/)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}

/** Reads a list of `one=other`; a sentence where an entry has not exactly two sides, neither of them empty. */
export function parsePairs(text: string): (readonly [string, string])[] | string {
  const pairs: (readonly [string, string])[] = [];
  for (const entry of parseList(text)) {
    const [left = "", right = "", ...more] = entry.split("=").map((side) => side.trim());
    if (left === "" || right === "" || more.length > 0) return `Expected pairs such as left=right|red=blue but received ${entry}`;
    pairs.push([left, right]);
  }
  return pairs.length === 0 ? "Expected pairs such as left=right|red=blue but received none" : pairs;
}
