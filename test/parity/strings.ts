import { createRandom, drawInteger } from "../../src/core/random.ts";

/** Ranges of letters that every side's tables have known for years: what a newer Unicode adds is a letter to one side before it is to the other. */
const scripts: readonly (readonly [number, number])[] = [
  [0x61, 0x7a],
  [0x41, 0x5a],
  [0xc0, 0x17f],
  [0x391, 0x3c9],
  [0x410, 0x44f],
  [0x5d0, 0x5ea],
  [0x627, 0x64a],
  [0x905, 0x939],
  [0xe01, 0xe2e],
  [0x3041, 0x3096],
  [0x30a1, 0x30fa],
  [0x4e00, 0x9fa5],
  [0xac00, 0xd7a3],
  [0x20000, 0x2a6d6],
];

const words =
  "a the dog cat photo of red blue woman man's holding 12 3.5 running on street, (left) & right; it's they'll I'd HELLO NASA naïve café Straße İstanbul ΟΔΟΣ ﬁne ǅ ſo K Ω".split(
    " ",
  );
const emoji = ["🐶", "👩‍👩‍👧‍👦", "🇩🇪", "🏳️‍🌈", "👍🏽", "☕️", "1️⃣", "😀", "❤", "🫠", "\u200d", "\ufe0f"];
const spaces = [" ", "  ", "\t", "\n", "\r\n", "\u00a0", "\u3000", "\u2028", "\u200b", "\u0085", "\u001c", "\u1680", "\u202f"];
const marks = ["\u0301", "\u0308", "\u0327", "\u0345", "\u05b8", "\u0323\u0307", "\u20dd", "\u093f", "\u3099"];
const entities = [
  "&amp;",
  "&lt;b&gt;",
  "&gt",
  "&copy",
  "&#8220;",
  "&#x1F600;",
  "&#0;",
  "&#133;",
  "&notit;",
  "&EACUTE;",
  "&amp;amp;",
  "&#xD800;",
  "&nosuch;",
  "<br>",
  "&#xfeff;",
];
const symbols = [
  "“",
  "”",
  "‘",
  "’",
  "—",
  "…",
  "™",
  "€",
  "½",
  "²",
  "№",
  "①",
  "ｆｕｌｌ",
  "ｶﾞ",
  "１２",
  "ﷺ",
  "$",
  "_",
  "--",
  "...",
  "#tag",
  "@me",
  "http://a.b/c?d=e",
];
const special = ["<|endoftext|>", "<|startoftext|>", "<end_of_text>", "[CLS]", "[SEP]", "</s>", "<unk>", "[MASK]", "##ing", "</w>", "▁"];
const astral = ["𝒳", "𐍈", "𠮷", "\u{1f9ff}", "\u{10ffff}", "\u{fdd0}", "\ufffd", "\uffff", "\u{e0067}", "\u{1d173}"];

/**
 * Seeded texts that tokenizers disagree about where they can: words of many scripts, emoji, white space and control characters of every kind, combining marks,
 * characters beyond the first plane, entities, special tokens, and some that are far too long. No halves of surrogates: UTF-8 can't hold them.
 */
export function drawTexts(count: number, seed: number): string[] {
  const random = createRandom(seed);
  const pick = <Item>(items: readonly Item[]): Item => items[drawInteger(random, items.length)]!;
  const letters = (): string => {
    const [from, to] = pick(scripts);
    return Array.from({ length: 1 + drawInteger(random, 8) }, () => String.fromCodePoint(from + drawInteger(random, to - from + 1))).join(
      "",
    );
  };
  const control = (): string =>
    String.fromCharCode(pick([drawInteger(random, 32), 127 + drawInteger(random, 33), 0x206a + drawInteger(random, 6)]));
  const rare = [
    letters,
    letters,
    () => pick(emoji),
    () => pick(marks),
    () => pick(symbols),
    () => pick(entities),
    () => pick(special),
    () => pick(astral),
    control,
  ];
  return Array.from({ length: count }, (_, i) => {
    const pieces = i % 50 === 0 ? 120 + drawInteger(random, 200) : drawInteger(random, 14);
    const share = random();
    let text = "";
    for (let piece = 0; piece < pieces; piece += 1) {
      text += random() < share ? pick(words) : pick(rare)();
      if (random() < 0.7) text += random() < 0.7 ? " " : pick(spaces);
    }
    return text;
  });
}
