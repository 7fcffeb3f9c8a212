/** A case of reference texts. */
export interface TextCase {
  readonly id: string;
  readonly texts: readonly string[];
}

const longText =
  "a quiet harbour at dawn with seven wooden boats, their ropes coiled, gulls on the masts, nets drying on the quay and a red lighthouse far behind in the mist";

/** Texts that tokenizers and text towers are tried with: what captions are made of, and what breaks them. */
export const textCases: readonly TextCase[] = [
  {
    id: "short",
    texts: ["a dog", "two cats on a sofa", "Sunset.", "a photo of the number 7", "red", "a man's hat isn't here, they'll say"],
  },
  {
    id: "long",
    texts: [longText, `${longText}, seen from above`, "A woman in a blue dress holds 12 balloons (3 red, 9 green) at 10:45 a.m."],
  },
  { id: "overLong", texts: [`${longText}. `.repeat(4), "word ".repeat(400), `${"unspaced".repeat(60)} end`, "1234567890".repeat(30)] },
  { id: "emoji", texts: ["a dog 🐶 in the park", "👩‍👩‍👧‍👦 family", "🇩🇪🏳️‍🌈 flags", "👍🏽👍🏿", "☕️ and 1️⃣", "🫠🪿 new ones"] },
  {
    id: "cjk",
    texts: [
      "一只狗在公园里",
      "桜の木の下で猫が眠る",
      "해변의 일몰 사진",
      "混ぜた text と 漢字 1234",
      "ｆｕｌｌｗｉｄｔｈ ｶﾀｶﾅ",
      "𠮷野家 𩸽",
    ],
  },
  {
    id: "scripts",
    texts: [
      "Η ΟΔΟΣ του Σίσυφου",
      "кот на крыше ЁЖИК",
      "İstanbul ılık ŞEHİR",
      "बिल्ली पेड़ पर",
      "แมวบนต้นไม้",
      "Straße GROẞ ﬁn ǆ ŉ",
      "ქართული ՀԱՅ",
    ],
  },
  { id: "rightToLeft", texts: ["قطة على السطح", "כלב בפארק שָׁלוֹם", "mixed עברית and english", "\u202eoverride\u202c back", "٣ قطط ۴"] },
  {
    id: "combining",
    texts: [
      "cafe\u0301 au lait",
      "café au lait",
      "Z\u0351\u036b\u0343a\u0321l\u034eg\u0353o",
      "a\u0323\u0307 and a\u0307\u0323",
      "\u1112\u1161\u11ab",
      "\u0301alone",
    ],
  },
  {
    id: "control",
    texts: [
      "a\u0000b",
      "tab\there\nand\r\nthere",
      "bell\u0007 escape\u001b[31m red\u001b[0m",
      "zero\u200bwidth\ufeff mark",
      "nbsp\u00a0and\u3000wide",
      "c1\u0085next\u009f",
      "a\u2028b\u2029c",
      "\ufffd \uffff",
    ],
  },
  {
    id: "entities",
    texts: [
      "salt &amp; pepper",
      "&lt;b&gt;bold&lt;/b&gt;",
      "5 &gt 3 &copy 2024 &notit;",
      "&#8220;quoted&#8221; &#x1F600; &#0;",
      "&amp;amp; twice",
      "<p>tags &eacute;</p>",
    ],
  },
  {
    id: "punctuation",
    texts: [
      "“curly” ‘quotes’ — dash… ™",
      "snake_case_name.jpg",
      "C++ & C# @ $5/€6 #tag",
      "!!!???",
      "http://a.example/b?c=d&e=f",
      "it's we're I'll I'd 'S 'T",
    ],
  },
  { id: "emptyish", texts: ["", " ", ".", "\t\n", "\u200b", "_"] },
  {
    id: "special",
    texts: ["<|endoftext|>", "a <|startoftext|> b", "<end_of_text> <start_of_text>", "[CLS] a [SEP]", "</s> <unk> <pad>", "[MASK] ##ing"],
  },
];
