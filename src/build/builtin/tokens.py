"""The tokenizer: lower case, byte-level BPE learnt from our captions, with start and end marks."""

from __future__ import annotations

import json
import random
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from captions import Wish, caption_scene, long_caption, vague_caption
from scenes import training_scene

PAD, START, END = "<|pad|>", "<|startoftext|>", "<|endoftext|>"
PAD_ID, START_ID, END_ID = 0, 1, 2
MAX_TOKENS = 64
VOCABULARY_SIZE = 640


def train_tokenizer(seed: int, captions: int = 20000) -> Tokenizer:
    """Learns the merges from captions of training scenes."""
    rng = random.Random(seed)
    texts: list[str] = []
    for index in range(captions):
        scene = training_scene(rng)
        texts.append(caption_scene(scene, rng.getrandbits(32), Wish()).text)
        if index % 20 == 0:
            texts += [long_caption(scene, rng.getrandbits(32)), vague_caption(rng.getrandbits(32))]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY_SIZE, special_tokens=[PAD, START, END], show_progress=False,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()))
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{START} $A {END}", special_tokens=[(START, START_ID), (END, END_ID)])
    return tokenizer


def save_tokenizer(tokenizer: Tokenizer, folder: Path) -> None:
    """Writes tokenizer.json and tokenizer_config.json."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    (folder / "tokenizer.json").write_text(tokenizer.to_str(pretty=False) + "\n", encoding="utf-8")
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": MAX_TOKENS,
        "pad_token": PAD,
        "bos_token": START,
        "eos_token": END,
        "clean_up_tokenization_spaces": False,
        "do_lower_case": True,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def load_tokenizer(folder: Path) -> Tokenizer:
    """Reads tokenizer.json, set to truncate at the token limit and to pad a batch to its longest."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(MAX_TOKENS)
    tokenizer.enable_padding(pad_id=PAD_ID, pad_token=PAD)
    return tokenizer
