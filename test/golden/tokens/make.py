"""Makes the expected tokens: of open_clip's SimpleTokenizer with each of its cleanings (openClip.json), and of transformers' BertTokenizer over a
vocabulary made here (bert.json, vocab.txt). Run with open_clip_torch 3.3.0 and transformers 5.23.0: python make.py FOLDER
"""

import json
import random
import sys
import tempfile
from pathlib import Path

import ftfy
from open_clip.tokenizer import SimpleTokenizer, get_clean_fn
from transformers import BertTokenizer

PIECES = [
    *"a the dog Dogs running CAFÉ café naïve it's They've we'll I'd I'm you're don't 'S 'ſ 42 3.14 1,000 ½ Ⅷ ²".split(),
    *"straße ΣΊΣΥΦΟΣ Σ ΑΣ. İstanbul ŀ ǆ ĳ ﬁsh ﬀ ﬆ ﬅ Å e\u0301 a\u0308\u0323 ＦＵＬＬ ｶﾅ ﾊﾟ 　 ｛｝ ￥".split(" "),
    *"狗 在 草地上 跑 犬が走る 강아지 собака Ёлка كلب قطة כלב คน हिन्दी தமிழ் 𝒥 𠮷".split(),
    *"🐶 👩‍👩‍👧‍👦 🇩🇪 ❤️ 👍🏽 ☺ ™ © ® € £ ° • … — – ‐ “quoted” ‘single’ «guillemets» „low‟ ʼ".split(),
    *"&amp; &lt;b&gt; &eacute; &EACUTE; &notit; &amp;amp; &copy &#233; &#xe9; &#x80; &#0; &#1; &#xD800; &#x110000; &#65; &#x1F600 &unknown; & &; &AMP;".split(),
    *"<b> </b> <start_of_text> <end_of_text> <|endoftext|> [CLS] [SEP] [MASK] snake_case under__score a/b a\\b #tag @name http://x.y/z?q=1&r=2 {x} (y) [z]".split(),
    "\t", "\n", "\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\xa0", "\u2028", "\u2003", "\u200b", "\u200d", "\ufeff", "\x00", "\x07", "\x1b[31m", "\x7f", "\xad",
    "\u202e", "\ufffd", "\ufffc", "\u0130", "\u1e9e", "\u2126", "\u212b", "!!!", "?!", "...", "'", "''", '"', "`", "^^", "~", "$", "+", "=", "|", "a" * 120, "antidisestablishmentarianism",
]


def odd_strings(count: int) -> list[str]:
    draw = random.Random(5)
    fixed = ["", " ", "a", "  a  dog\t\n on  a hill ", " ".join(["dog"] * 100), "é" * 90, "🐶" * 60, *PIECES]
    made = [draw.choice(["", " "]).join(draw.choices(PIECES, k=draw.randint(2, 9))) for _ in range(4 * count)]
    texts = list(dict.fromkeys(fixed + made))
    return [text for text in texts if not is_guessed(text)][:count]


def is_guessed(text: str) -> bool:
    """Whether ftfy takes a text for one that was decoded wrongly, which Winnow leaves alone."""
    return ftfy.fix_text(text) != ftfy.fix_text(text, fix_encoding=False)


def open_clip_rows(texts: list[str]) -> list[dict]:
    lower, canonical = SimpleTokenizer(clean="lower"), SimpleTokenizer(clean="canonicalize")
    clean = get_clean_fn("whitespace")
    ids = lambda tokenizer, text: [tokenizer.sot_token_id, *tokenizer.encode(text), tokenizer.eot_token_id]
    return [{"text": text, "cleaned": clean(text), "lower": ids(lower, text), "canonicalize": ids(canonical, text)} for text in texts]


def bert_vocabulary(texts: list[str]) -> list[str]:
    letters = sorted({letter for text in texts for letter in text.lower() if letter.isalnum() or not letter.isspace()} - {"\ufffd"})
    shown = [letter for letter in letters[::2] + list("abcdefghijklmnopqrstuvwxyz0123456789.,!?&;#'") if letter.isprintable()]
    words = ["the", "dog", "run", "##ning", "cafe", "##s", "naive", "anti", "##dis", "##establish", "##ment", "strasse", "stra", "##ße"]
    pieces = [f"##{letter}" for letter in dict.fromkeys(shown) if letter.isalnum()]
    return list(dict.fromkeys(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words, *shown, *pieces]))


def bert_rows(texts: list[str], vocabulary: list[str]) -> list[dict]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "vocab.txt")
        path.write_text("\n".join(vocabulary) + "\n", encoding="utf8")
        small, cased = [BertTokenizer.from_pretrained(folder, do_lower_case=lowered) for lowered in (True, False)]
        return [{"text": text, "small": small(text).input_ids, "cased": cased(text).input_ids} for text in texts]


def write_rows(path: Path, rows: list[dict]) -> None:
    lines = ",\n".join(json.dumps(row, ensure_ascii=True) for row in rows)
    path.write_text(f"[\n{lines}\n]\n", encoding="utf8")


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    texts = odd_strings(int(sys.argv[2]) if len(sys.argv) > 2 else 400)
    write_rows(folder / "openClip.json", open_clip_rows(texts))
    vocabulary = bert_vocabulary(texts)
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf8")
    write_rows(folder / "bert.json", bert_rows(texts, vocabulary))
