import { createRandom, drawDistinct } from "../random.ts";

const numbers = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
/** Words that say little by themselves: exchanging them makes no other sense. */
const small = new Set(
  "a an and are as at be by for from in into is it its of on or that the their there they this to was were with".split(" "),
);

/**
 * Captions that say something else in nearly the same words, by rule: the first number word or number changed (Paiss et al., 2023), and two words that carry meaning exchanged
 * (Yuksekgonul et al., 2023). A caption with neither gives none; the same for the same seed.
 */
export function makeTextNegatives(text: string, seed: number): readonly string[] {
  const random = createRandom(seed);
  const made = [changeNumber(text, random), exchangeWords(text, random)];
  return [...new Set(made)].filter((other) => other !== undefined && other !== text) as string[];
}

function changeNumber(text: string, random: () => number): string | undefined {
  const found = /\b(?:one|two|three|four|five|six|seven|eight|nine|ten|\d{1,2})\b/i.exec(text);
  if (found === null) return undefined;
  const [word] = found;
  const known = numbers.indexOf(word.toLowerCase());
  const value = known < 0 ? Number(word) : known + 1;
  const others = Array.from(numbers.keys(), (at) => at + 1).filter((other) => other !== value);
  const other = others[Math.floor(random() * others.length)]!;
  const written = known < 0 ? String(other) : numbers[other - 1]!;
  const capital = /^[A-Z]/.test(word) ? written[0]!.toUpperCase() + written.slice(1) : written;
  return text.slice(0, found.index) + capital + text.slice(found.index + word.length);
}

function exchangeWords(text: string, random: () => number): string | undefined {
  const words = [...text.matchAll(/[\p{L}\p{N}'-]+/gu)].filter(([word]) => !small.has(word.toLowerCase()));
  if (words.length < 2) return undefined;
  const [first, second] = drawDistinct(random, 2, words.length)
    .sort((a, b) => a - b)
    .map((at) => words[at]!) as [RegExpExecArray, RegExpExecArray];
  if (first[0].toLowerCase() === second[0].toLowerCase()) return undefined;
  const between = text.slice(first.index + first[0].length, second.index);
  return text.slice(0, first.index) + second[0] + between + first[0] + text.slice(second.index + second[0].length);
}
