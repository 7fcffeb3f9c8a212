import type { Lint } from "./lint.ts";

/** So many words in a row of a prompt are no accident. */
const sharedRun = 6;

/** A name of so many signs within a caption is no accident. */
const leastInside = 6;

/** The picture's file name, or the prompt of the model that wrote the caption, in the place of a caption. */
export const echo: Lint = {
  id: "echo",
  title: "Echo",
  about: "The file's name or the prompt stands as the caption",
  check: (text, { pictureStem, prompt }) => {
    const words = wordsOf(text);
    if (words.length === 0) return [];
    if (pictureStem !== undefined && isNameEcho(text, pictureStem))
      return [
        { from: 0, to: text.length, severity: "warning", message: "The caption is the name of the file: write what is in the picture" },
      ];
    const shared = prompt === undefined ? undefined : findSharedRun(words, wordsOf(prompt));
    if (shared === undefined) return [];
    const [from, to] = [words[shared.from]!.from, words[shared.to - 1]!.to];
    return [{ from, to, severity: "warning", message: `"${text.slice(from, to)}" repeats the prompt` }];
  },
};

/** Equal, or one inside the other, once case, signs and a camera's numbers are set aside. A name of one plain word may well be a caption. */
function isNameEcho(text: string, stem: string): boolean {
  const [caption, name] = [plain(text.replace(/\.(?:jpe?g|png|webp|gif|bmp|tiff?|avif)\s*$/i, "")), plain(stem)];
  if (caption === "" || name === "") return false;
  if (/\.(?:jpe?g|png|webp|gif|bmp|tiff?|avif)\s*$/i.test(text)) return true;
  // A camera's name within a caption; a plain word or a number alone may well belong there.
  if (/\d/.test(name) && /\p{L}/u.test(name) && name.length >= leastInside && ` ${caption} `.includes(` ${name} `)) return true;
  const isTelling = /\d/.test(name) || /[_]|[a-z][A-Z]/.test(stem) || name.includes(" ");
  return caption === name && isTelling && /[\d_]/.test(text);
}

function plain(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}

interface Word {
  readonly word: string;
  readonly from: number;
  readonly to: number;
}

function wordsOf(text: string): Word[] {
  return [...text.matchAll(/[\p{L}\p{N}]+/gu)].map(({ 0: word, index }) => ({
    word: word.toLowerCase(),
    from: index,
    to: index + word.length,
  }));
}

/** The longest run of words that both have, from `sharedRun` words, or all of a short caption that the prompt holds. */
function findSharedRun(words: readonly Word[], prompt: readonly Word[]): { from: number; to: number } | undefined {
  let best: { from: number; to: number } | undefined;
  for (let from = 0; from < words.length; from += 1) {
    for (let start = 0; start < prompt.length; start += 1) {
      let length = 0;
      while (from + length < words.length && words[from + length]!.word === prompt[start + length]?.word) length += 1;
      if (length >= Math.min(sharedRun, words.length) && length > 2 && length > (best === undefined ? 0 : best.to - best.from))
        best = { from, to: from + length };
    }
  }
  return best;
}
