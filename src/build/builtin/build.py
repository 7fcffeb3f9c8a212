"""Makes Winnow's built-in encoder and its sample dataset, from nothing, with one command.

    python src/build/builtin/build.py                  everything: render, train, export, evaluate, sample
    python src/build/builtin/build.py --only sample    one step
    python src/build/builtin/build.py --quick --out D  a tiny run of all steps that only shows that they work
"""

from __future__ import annotations

import argparse
import json
import pickle
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy
import onnx
import onnxruntime
import PIL
import tokenizers
import torch

from card import write_card
from evaluate import evaluate_encoder
from export import OPSET, export_encoder
from model import DualEncoder
from reading import ReadingPlan, teach_reading
from render import render_training_set
from sample import make_sample
from tokens import load_tokenizer, save_tokenizer, train_tokenizer
from train import Plan, load_model, train

ROOT = Path(__file__).resolve().parents[3]

#: The date that the model card tells; a constant, so that a repeated build writes the same card.
CARD_DATE = "2026-11-23"
RENDER_SEED, TOKENIZER_SEED, READING_SEED, TRAINING_SEED, EVALUATION_SEED, SAMPLE_SEED = 20, 21, 23, 22, 770, 2024


@dataclass(frozen=True)
class Build:
    """Where a build works, and how big it is."""

    media: Path
    cache: Path
    pictures: int
    reading_steps: int
    steps: int
    batch: int
    evaluation_pairs: int
    date: str
    resume: bool

    @property
    def encoder(self) -> Path:
        """The folder of the exported encoder."""
        return self.media / "encoder"

    @property
    def checkpoint(self) -> Path:
        """The trained weights."""
        return self.cache / "model.pt"


def render_step(build: Build) -> None:
    """Draws the training pictures."""
    render_training_set(build.cache / "train", build.pictures, RENDER_SEED)


def train_step(build: Build) -> None:
    """Learns the tokenizer, teaches the text tower to read, then trains both towers together."""
    tokenizer, reading = build.cache / "tokenizer", build.cache / "reading.pt"
    started = time.monotonic()
    if not build.resume:
        save_tokenizer(train_tokenizer(TOKENIZER_SEED), tokenizer)
        teach_reading(tokenizer, ReadingPlan(build.reading_steps, READING_SEED, build.batch), reading)
    plan = Plan(build.steps, TRAINING_SEED, build.batch)
    train(build.cache / "train", tokenizer, reading, plan, build.checkpoint, build.resume)
    facts = {
        "pictures": build.pictures, "readingSteps": build.reading_steps, "steps": plan.steps,
        "picturesPerStep": plan.batch * plan.workers, "peakLearningRate": plan.peak_rate,
        "minutesTaken": round((time.monotonic() - started) / 60, 1),
        "course": "resumed after an interruption" if build.resume else "in one go",
    }
    (build.cache / "training.json").write_text(json.dumps(facts) + "\n", encoding="utf-8")


def export_step(build: Build) -> None:
    """Writes the encoder's files."""
    vocabulary = load_tokenizer(build.cache / "tokenizer").get_vocab_size()
    export_encoder(load_model(build.checkpoint, vocabulary), build.cache / "tokenizer", build.encoder, vocabulary)


def evaluate_step(build: Build) -> None:
    """Measures the exported encoder on unseen pairs and writes the model card."""
    scenes, _ = pickle.loads((build.cache / "train" / "scenes.pickle").read_bytes())
    figures = evaluate_encoder(build.encoder, EVALUATION_SEED, build.evaluation_pairs, scenes)
    write_card(build.encoder, build.date, _facts(build), figures)
    print(json.dumps(figures, indent=1))


def sample_step(build: Build) -> None:
    """Makes the sample dataset."""
    make_sample(build.media / "sample", build.media / "sample-faults.json", SAMPLE_SEED)


STEPS: dict[str, Callable[[Build], None]] = {
    "render": render_step, "train": train_step, "export": export_step, "evaluate": evaluate_step, "sample": sample_step,
}


def _facts(build: Build) -> dict[str, object]:
    vocabulary = load_tokenizer(build.encoder).get_vocab_size()
    model = DualEncoder(vocabulary)
    return {
        "seeds": {
            "render": RENDER_SEED, "tokenizer": TOKENIZER_SEED, "reading": READING_SEED, "training": TRAINING_SEED,
            "evaluation": EVALUATION_SEED, "sample": SAMPLE_SEED},
        "training": json.loads((build.cache / "training.json").read_text(encoding="utf-8")),
        "parameters": {
            "vision": sum(p.numel() for p in model.vision.parameters()),
            "text": sum(p.numel() for p in model.text.parameters())},
        "versions": {
            "python": platform.python_version(), "torch": torch.__version__.split("+")[0], "numpy": numpy.__version__,
            "pillow": PIL.__version__, "tokenizers": tokenizers.__version__, "onnx": onnx.__version__,
            "onnxruntime": onnxruntime.__version__, "opset": OPSET},
    }


def main() -> None:
    """Reads the command line and runs the steps."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=list(STEPS), action="append", help="run this step alone; may be repeated")
    parser.add_argument("--quick", action="store_true", help="a tiny run, for tests; needs --out")
    parser.add_argument("--out", type=Path, default=ROOT / "media", help="where encoder/ and sample/ are written")
    parser.add_argument("--cache", type=Path, help="where pictures and weights are kept between the steps")
    parser.add_argument("--resume", action="store_true", help="go on with an interrupted training")
    parser.add_argument("--date", default=CARD_DATE, help="the date in the model card")
    given = parser.parse_args()
    if given.quick and given.out == ROOT / "media":
        parser.error("--quick needs --out, lest it overwrite the real encoder")
    cache = given.cache or ROOT / ".cache" / ("builtin-quick" if given.quick else "builtin")
    sizes = (256, 4, 4, 16, 60) if given.quick else (64000, 1500, 2000, 96, 2000)
    build = Build(given.out, cache, *sizes, given.date, given.resume)
    for name in given.only or STEPS:
        print(f"== {name}", flush=True)
        STEPS[name](build)


if __name__ == "__main__":
    main()
