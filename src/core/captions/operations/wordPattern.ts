/** A text as a regular expression (with the flag u) that finds just it. */
export function escapePattern(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

/** A pattern that finds another one only where no letter, digit or underscore stands beside it. */
export function wholeWord(pattern: string): string {
  return `(?<![\\p{L}\\p{N}\\p{M}_])(?:${pattern})(?![\\p{L}\\p{N}\\p{M}_])`;
}

/** A word in the case of another: all capitals, a capital first, or as it is. */
export function inCaseOf(model: string, word: string): string {
  const first = Array.from(word)[0] ?? "";
  if (Array.from(model).length > 1 && model === model.toUpperCase() && model !== model.toLowerCase()) return word.toUpperCase();
  const modelFirst = Array.from(model)[0] ?? "";
  const isCapital = modelFirst === modelFirst.toUpperCase() && modelFirst !== modelFirst.toLowerCase();
  return isCapital ? first.toUpperCase() + word.slice(first.length) : word;
}
