import type { Split } from "../../core/sample.ts";

const splitByWord: ReadonlyMap<string, Split> = new Map([
  ["train", "train"],
  ["training", "train"],
  ["val", "validation"],
  ["valid", "validation"],
  ["validation", "validation"],
  ["dev", "validation"],
  ["test", "test"],
  ["testing", "test"],
]);

/** Split that a word of a format names (`train`, `val`, `test` and their variants, in any case); undefined for any other word. */
export function splitFromWord(word: string): Split | undefined {
  return splitByWord.get(word.trim().toLowerCase());
}

/** Split that the first folder of a path below the root names, as ImageFolder has it. */
export function splitFromPath(path: string): Split | undefined {
  const slash = path.indexOf("/");
  return slash < 0 ? undefined : splitFromWord(path.slice(0, slash));
}
