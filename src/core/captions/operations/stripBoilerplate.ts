import { numberOption, textOption } from "../../prune/options.ts";
import { preamble } from "../lints/preamble.ts";
import { parseList } from "./lists.ts";
import type { CaptionOperation } from "./operation.ts";
import { escapePattern, wholeWord } from "./wordPattern.ts";

/** Words that many captions share and that say nothing of their pictures: given ones, ones that are found by how often they stand there, and openings of captioning models. */
export const stripBoilerplate: CaptionOperation = {
  id: "stripBoilerplate",
  title: "Strip boilerplate",
  about:
    'takes away phrases that say nothing of the picture: given ones, openings and endings that many captions share, or such as "The image shows"',
  unit: "caption",
  options: {
    phrases: { kind: "text", about: "phrases to take away wherever they stand, parted by | or on lines of their own", otherwise: "" },
    frequent: {
      kind: "number",
      about: "take away openings and endings of 2 to 8 words that at least so many percent of the captions share",
    },
    preambles: { kind: "flag", about: 'take away openings such as "The image shows"', otherwise: false },
  },
  prepare: (options) => {
    const phrases = parseList(textOption(options, "phrases") ?? "");
    const percent = numberOption(options, "frequent");
    if (phrases.length === 0 && percent === undefined && options["preambles"] !== true)
      return "Expected phrases, frequent or preambles but received none of them";
    if (percent !== undefined && !(percent > 0 && percent <= 100))
      return `Expected more than 0 and at most 100 for frequent but received ${percent}`;
    const steps: ((text: string) => string)[] = [];
    if (options["preambles"] === true) steps.push(withoutPreamble);
    if (phrases.length > 0) steps.push(createStripper(phrases));
    const shared = percent === undefined ? undefined : createSurvey(percent / 100);
    if (shared !== undefined) steps.push(shared.strip);
    return {
      ...(shared === undefined ? {} : { survey: shared.look }),
      edit: (text) => steps.reduce((changed, step) => step(changed), text),
    };
  },
};

/** Fewer captions than this share a phrase by chance. */
const fewest = 3;
const [fewestWords, mostWords] = [2, 8];

function withoutPreamble(text: string): string {
  return preamble.check(text, {})[0]?.fix?.fixed ?? text;
}

function createStripper(phrases: readonly string[]): (text: string) => string {
  const words = [...phrases].sort((left, right) => right.length - left.length).map(escapePattern);
  const pattern = new RegExp(wholeWord(words.join("|")), "giu");
  return (text) => {
    const left = text.replaceAll(pattern, "\0");
    return left === text ? text : tidy(left, text);
  };
}

/** Closes the gaps (marked by NUL): the spaces around them, and signs that then stand at an end or twice. The rest begins with a capital where the text did. */
function tidy(marked: string, before: string): string {
  const closed = marked
    .replaceAll(/[^\S\n]*\0[^\S\n]*/g, " \0 ")
    .replaceAll(/([,;:.]) \0 (?=[,;:.])/g, " \0 ")
    .replaceAll(/^(?: \0 |[\s,;:.])+/g, "")
    .replaceAll(/(?:[\s,;:]* \0 )+(?=[.!?]?$)/g, "")
    .replaceAll(/ \0 (?=[,;:.!?])/g, "")
    .replaceAll(/(?: \0 )+/g, " ")
    .trim();
  return capitalAs(before, closed);
}

function capitalAs(before: string, after: string): string {
  const first = before.trimStart().charAt(0);
  return first !== first.toLowerCase() ? after.charAt(0).toUpperCase() + after.slice(1) : after;
}

/** Counts how many captions begin, or end, with the same words; the longest shared opening and ending of a caption go, unless nothing would be left. */
function createSurvey(share: number): { readonly look: (text: string) => void; readonly strip: (text: string) => string } {
  const [openings, endings] = [new Map<string, number>(), new Map<string, number>()];
  let captions = 0;
  const isShared = (counts: ReadonlyMap<string, number>, phrase: string): boolean =>
    (counts.get(phrase) ?? 0) >= Math.max(fewest, share * captions);
  return {
    look: (text) => {
      captions += 1;
      const words = wordsOf(text);
      for (let count = fewestWords; count <= Math.min(mostWords, words.length - 1); count += 1) {
        countUp(openings, keyOf(words.slice(0, count)));
        countUp(endings, keyOf(words.slice(-count)));
      }
    },
    strip: (text) => {
      const words = wordsOf(text);
      const longest = (counts: ReadonlyMap<string, number>, phraseOf: (count: number) => readonly Word[]): number => {
        for (let count = Math.min(mostWords, words.length - 1); count >= fewestWords; count -= 1)
          if (isShared(counts, keyOf(phraseOf(count)))) return count;
        return 0;
      };
      const opening = longest(openings, (count) => words.slice(0, count));
      const ending = longest(endings, (count) => words.slice(-count));
      if (opening + ending === 0 || opening + ending >= words.length) return text;
      const [first, last] = [words[opening]!, words.at(-1 - ending)!];
      const end = ending === 0 ? text.length : last.to;
      const rest = text.slice(opening === 0 ? 0 : first.from, end).replace(ending === 0 ? "" : /[\s,;:]+$/, "");
      return capitalAs(text, rest);
    },
  };
}

interface Word {
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

function wordsOf(text: string): Word[] {
  return Array.from(text.matchAll(/\S+/g), ({ 0: word, index }) => ({ text: word, from: index, to: index + word.length }));
}

/** The signs at the ends of a phrase don't tell it from another. */
function keyOf(words: readonly Word[]): string {
  return words
    .map(({ text }) => text.toLowerCase())
    .join(" ")
    .replaceAll(/^[\p{P}\s]+|[\p{P}\s]+$/gu, "");
}

function countUp(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
