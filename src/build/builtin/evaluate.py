"""Measures the exported encoder on scenes that training never saw."""

from __future__ import annotations

import io
import random
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy
from PIL import Image
from sklearn.metrics import roc_auc_score

from captions import Wish, caption_scene, wish_for, wrong_caption
from dataset import NEAR_CHANGES, encode_picture
from drawing import draw_scene
from encoder import Encoder
from scenes import Scene, held_out_scene, scene_key

KINDS = ("colour", "count", "relation", "shape", "size", "texture", "position", "axis", "binding")
PICTURE_SIZES = ((192, 192), (256, 192), (192, 240), (224, 224), (160, 160))


def evaluate_encoder(folder: Path, seed: int, count: int, training_scenes: Iterable[Scene]) -> dict[str, object]:
    """All figures of the model card."""
    encoder = Encoder(folder)
    rng = random.Random(seed)
    scenes = [held_out_scene(rng) for _ in range(count)]
    _assert_unseen(scenes, training_scenes)
    pictures = [draw_scene(scene, rng, *rng.choice(PICTURE_SIZES)) for scene in scenes]
    images = encoder.embed_images(pictures)
    captions = [caption_scene(scene, rng.getrandbits(32), Wish(partial=False)).text for scene in scenes]
    texts = encoder.embed_texts(captions)
    return {
        "pairs": count,
        "seed": seed,
        "swappedCaptions": _measure_swaps(images, texts, rng),
        "copies": _measure_copies(encoder, pictures[:300], images[:300]),
        "retrieval": _measure_retrieval(images, texts, scenes),
        "rightBeforeWrong": {kind: _measure_kind(encoder, images, scenes, kind, rng) for kind in KINDS},
        "countByOne": _measure_kind(encoder, images, scenes, "count", rng, by_one=True),
    }


def _assert_unseen(scenes: list[Scene], training_scenes: Iterable[Scene]) -> None:
    seen = {scene_key(scene) for scene in training_scenes}
    shared = [scene for scene in scenes if scene_key(scene) in seen]
    if shared:
        raise AssertionError(f"{len(shared)} evaluation scenes were trained on, such as {shared[0]}")


def _measure_swaps(images: numpy.ndarray, texts: numpy.ndarray, rng: random.Random) -> dict[str, float]:
    """A fifth of the captions change places in a circle; the cosine has to tell which."""
    count = len(images)
    chosen = rng.sample(range(count), count // 5)
    given = list(range(count))
    for index, source in zip(chosen, chosen[1:] + chosen[:1], strict=True):
        given[index] = source
    cosines = (images * texts[given]).sum(1)
    swapped = numpy.array([given[index] != index for index in range(count)])
    return {
        "auroc": _rounded(roc_auc_score(swapped, -cosines)),
        "swapped": int(swapped.sum()),
        "meanCosineRight": _rounded(cosines[~swapped].mean()),
        "meanCosineSwapped": _rounded(cosines[swapped].mean()),
    }


def _measure_retrieval(images: numpy.ndarray, texts: numpy.ndarray, scenes: list[Scene]) -> dict[str, float]:
    table = images[:1000] @ texts[:1000].T
    answers = numpy.arange(len(table))
    return {
        "among": len(table),
        "imageToTextRecallAt1": _rounded((table.argmax(1) == answers).mean()),
        "textToImageRecallAt1": _rounded((table.argmax(0) == answers).mean()),
        "differentScenes": len({scene_key(scene) for scene in scenes[:1000]}),
    }


def _measure_copies(encoder: Encoder, pictures: list[Image.Image], images: numpy.ndarray) -> dict[str, dict[str, float]]:
    """The cosine of a picture and a changed copy of it, and, for comparison, the highest with any other picture."""
    found: dict[str, dict[str, float]] = {}
    for name, change in NEAR_CHANGES.items():
        if name != "flip":
            data = [encode_picture(change(picture), ".jpg", 28 if name == "quality" else 85) for picture in pictures]
            copies = encoder.embed_images([Image.open(io.BytesIO(one)) for one in data])
            found[name] = _spread((copies * images).sum(1))
    table = images @ images.T
    numpy.fill_diagonal(table, -1)
    found["nearest other picture"] = _spread(table.max(1))
    return found


def _spread(cosines: numpy.ndarray) -> dict[str, float]:
    low, middle, high = numpy.quantile(cosines, (0.05, 0.5, 0.95))
    return {"p5": _rounded(low), "median": _rounded(middle), "p95": _rounded(high)}


def _measure_kind(
        encoder: Encoder, images: numpy.ndarray, scenes: list[Scene], kind: str, rng: random.Random,
        by_one: bool = False) -> dict[str, float]:
    """How often the right caption is nearer than the one wrong in this point, each told in the same words."""
    rows: list[int] = []
    right: list[str] = []
    wrong: list[str] = []
    for row, scene in enumerate(scenes):
        seed, wish = rng.getrandbits(32), wish_for(kind)
        text = _wrong_by_one(scene, seed, rng) if by_one else wrong_caption(scene, seed, kind, rng, wish)
        if text is not None:
            rows.append(row)
            right.append(caption_scene(scene, seed, wish).text)
            wrong.append(text)
    good = (images[rows] * encoder.embed_texts(right)).sum(1)
    bad = (images[rows] * encoder.embed_texts(wrong)).sum(1)
    truth = numpy.concatenate((numpy.ones(len(good)), numpy.zeros(len(bad))))
    return {
        "pairs": len(rows),
        "pairedAccuracy": _rounded((good > bad).mean()),
        "pooledAuroc": _rounded(roc_auc_score(truth, numpy.concatenate((good, bad)))),
    }


def _wrong_by_one(scene: Scene, seed: int, rng: random.Random) -> str:
    which = rng.randrange(len(scene.groups))
    groups = list(scene.groups)
    count = groups[which].count
    most = 3 if len(groups) == 3 else 5
    other = count + 1 if count == 1 else count - 1 if count == most else count + rng.choice((-1, 1))
    groups[which] = replace(groups[which], count=other)
    return caption_scene(replace(scene, groups=tuple(groups)), seed, wish_for("count")).text


def _rounded(value: float) -> float:
    return round(float(value), 4)
