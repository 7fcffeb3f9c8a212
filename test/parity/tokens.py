"""Tokens of many texts by the real tokenizers.

Usage: tokens.py TEXTS OUT KIND=FOLDER...
TEXTS is a JSON list. KIND is open_clip (its own tokenizer, no FOLDER) or transformers (the one in FOLDER); its rows go to
OUT/NAME.json as lists of ids without padding, where NAME is openClip, or the name of the folder above FOLDER.
"""

import json
import sys
from pathlib import Path


def open_clip_rows(texts: list[str]) -> list[list[int] | None]:
    """None for texts that ftfy takes for wrongly decoded ones and repairs, which Winnow doesn't do."""
    import ftfy
    import open_clip

    end = open_clip.tokenizer._tokenizer.eot_token_id
    rows = open_clip.get_tokenizer("ViT-B-32")(texts).tolist()
    own = [row[: len(row) - row[::-1].index(end)] for row in rows]
    return [row if ftfy.fix_text(text) == ftfy.fix_text(text, fix_encoding=False) else None for row, text in zip(own, texts)]


def transformers_rows(folder: str, texts: list[str]) -> list[list[int]]:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    return tokenizer(texts, truncation=True, max_length=tokenizer.model_max_length)["input_ids"]


def main() -> None:
    texts = json.loads(Path(sys.argv[1]).read_text(encoding="utf8"))
    out = Path(sys.argv[2])
    for word in sys.argv[3:]:
        kind, _, folder = word.partition("=")
        rows = open_clip_rows(texts) if kind == "open_clip" else transformers_rows(folder, texts)
        name = "openClip" if folder == "" else Path(folder).parent.name
        (out / f"{name}.json").write_text(json.dumps(rows))


main()
