/** Languages that can be told from each other, by their codes (ISO 639-1), with their English names. */
export const languages = {
  en: "English",
  de: "German",
  fr: "French",
  es: "Spanish",
  it: "Italian",
  pt: "Portuguese",
  nl: "Dutch",
  ru: "Russian",
  el: "Greek",
  he: "Hebrew",
  ar: "Arabic",
  hi: "Hindi",
  th: "Thai",
  ko: "Korean",
  ja: "Japanese",
  zh: "Chinese",
} as const;

/** The code of one of the languages. */
export type Language = keyof typeof languages;

/** Scripts that one of the languages alone is written in; Chinese is Han without kana. */
const scripts: readonly (readonly [Language, RegExp])[] = [
  ["ja", /[\p{Script=Hiragana}\p{Script=Katakana}]/gu],
  ["zh", /\p{Script=Han}/gu],
  ["ko", /\p{Script=Hangul}/gu],
  ["ru", /\p{Script=Cyrillic}/gu],
  ["el", /\p{Script=Greek}/gu],
  ["he", /\p{Script=Hebrew}/gu],
  ["ar", /\p{Script=Arabic}/gu],
  ["hi", /\p{Script=Devanagari}/gu],
  ["th", /\p{Script=Thai}/gu],
];

/** Words that a text of one language is full of, and others hardly have. */
const functionWords: readonly (readonly [Language, ReadonlySet<string>])[] = (
  [
    ["en", "the a an of in on with and is are to at by his her its two man woman"],
    ["de", "der die das ein eine einen einem einer und auf im am mit von ist sind zwei den dem vor über"],
    ["fr", "le la les un une des du de et dans sur avec est sont en au aux qui deux"],
    ["es", "el la los las un una unos de del y en con por que es son sobre dos al"],
    ["it", "il lo la gli le un uno una di del della e in con su sul sulla che è sono due"],
    ["pt", "o a os as um uma de do da dos das e em no na com por que é são dois duas"],
    ["nl", "de het een van en op in met is zijn voor aan twee naar bij die"],
  ] as const
).map(([language, words]) => [language, new Set(words.split(" "))]);

/**
 * The language that a text seems to be in: by its script, else by its function words. Undefined where it is too short or two are as likely: captions are short, so this
 * is meant for telling a wrong language, not for naming every right one.
 */
export function detectLanguage(text: string): Language | undefined {
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  if (letters === 0) return undefined;
  for (const [language, script] of scripts) {
    const share = (text.match(script)?.length ?? 0) / letters;
    if (share > (language === "ja" ? 0.1 : 0.5)) return language;
  }
  const words = text.toLowerCase().match(/\p{L}+/gu) ?? [];
  const counts = functionWords.map(([language, own]) => ({ language, count: words.filter((word) => own.has(word)).length }));
  counts.sort((one, other) => other.count - one.count);
  const [first, second] = counts;
  return first !== undefined && first.count > 1 && first.count > (second?.count ?? 0) ? first.language : undefined;
}

/** Whether a code names one of the languages. */
export function isLanguage(code: string): code is Language {
  return Object.hasOwn(languages, code);
}
