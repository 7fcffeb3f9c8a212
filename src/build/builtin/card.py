"""Writes the model card: card.json for programs and README.md for people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

LIMITS = "Good for trying Winnow and for its tests. Not for photographs: it knows nothing but drawn shapes."

_TEMPLATE = """# Winnow's built-in encoder

A small dual encoder (pictures and captions) that we trained ourselves on pictures that we generate: one to three groups
of simple shapes with a colour, a count, a size, a texture, a position and a relation, and captions of them in several styles.

**{limits}**
For your own photographs, choose a real encoder in Winnow's settings. On anything but such drawings, and on captions
outside its closed English vocabulary of some 150 words, its scores mean nothing.

## Figures

Measured with the exported ONNX files on {pairs} generated pairs that training never saw (scenes are split by a hash of
their meaning, mirror images included, and the evaluation checks that none was trained on).

| What | Result |
| --- | --- |
| Finding swapped captions (a fifth of the pairs), AUROC by cosine | {swap} |
| Picture to caption, right one of {among} first | {image_recall} |
| Caption to picture, right one of {among} first | {text_recall} |
| Cosine of a picture and its cropped / recompressed / shrunk copy, median | {copies} |
| Cosine of a picture and the nearest other one of 300, median | {nearest} |

Of a right caption and one that is wrong in a single point, worded alike, how often the right one is nearer; and the AUROC
when all right and all wrong ones are pooled, as if under one threshold:

| Wrong in | Pairs | Right one nearer | Pooled AUROC |
| --- | --- | --- | --- |
{kinds}

`axis` tells a row as a column or the reverse; `binding` exchanges the colours of two groups; `relation` exchanges two
neighbouring groups, in half of the cases by turning the relation's word round.

## Make-up

- Pictures of {image_size} x {image_size} (shortest edge, then centre crop); convolutions, one attention layer, and a
  flattened grid, so that places stay readable: {vision:,} parameters.
- Captions of at most {max_tokens} tokens, byte-level BPE; a transformer of three layers: {text:,} parameters.
- Vectors of {dimensions} numbers, not normalised. `config.json` holds the trained `logit_scale` as a natural logarithm.
- The text tower first learns to read captions ({reading_steps} steps), then both learn together: {pictures} generated pictures,
  {steps} steps of {per_step}; CLIP's contrast, with wrong captions and sibling scenes as hard negatives.
- These weights were trained {course} ({minutes} minutes on two processor cores that had other work besides).

## Making it again

    python src/build/builtin/build.py

needs Python 3.11 with torch, numpy, pillow, onnx, onnxruntime, tokenizers and scikit-learn, two processor cores and some
three gigabytes of disk. Seeds and versions are in `card.json`. Other processors or versions give slightly other weights.

Licence: MIT, weights and pictures included. Date: {date}.
"""


def write_card(folder: Path, date: str, facts: Mapping[str, Any], figures: Mapping[str, Any]) -> None:
    """Writes both cards into the encoder's folder."""
    sizes = {
        path.relative_to(folder).as_posix(): path.stat().st_size for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in ("card.json", "README.md")}
    card = {
        "name": "Winnow's built-in encoder", "date": date, "licence": "MIT", "limits": LIMITS,
        "figures": figures, **facts, "bytes": sizes,
    }
    (folder / "card.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    (folder / "README.md").write_text(_readme(folder, date, facts, figures), encoding="utf-8")


def _readme(folder: Path, date: str, facts: Mapping[str, Any], figures: Mapping[str, Any]) -> str:
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    rows = {**figures["rightBeforeWrong"], "count, by one": figures["countByOne"]}
    kinds = "\n".join(
        f"| {kind} | {row['pairs']} | {row['pairedAccuracy']:.1%} | {row['pooledAuroc']:.3f} |" for kind, row in rows.items())
    retrieval, training, parameters = figures["retrieval"], facts["training"], facts["parameters"]
    return _TEMPLATE.format(
        limits=LIMITS, pairs=figures["pairs"], swap=figures["swappedCaptions"]["auroc"], among=retrieval["among"],
        image_recall=f"{retrieval['imageToTextRecallAt1']:.1%}", text_recall=f"{retrieval['textToImageRecallAt1']:.1%}",
        copies=" / ".join(f"{figures['copies'][name]['median']:.3f}" for name in ("crop", "quality", "resize")),
        nearest=f"{figures['copies']['nearest other picture']['median']:.3f}",
        kinds=kinds, image_size=config["vision_config"]["image_size"], vision=parameters["vision"], text=parameters["text"],
        max_tokens=config["text_config"]["max_position_embeddings"], dimensions=config["projection_dim"],
        pictures=training["pictures"], steps=training["steps"], per_step=training["picturesPerStep"],
        reading_steps=training["readingSteps"], course=training["course"], minutes=training["minutesTaken"], date=date)
