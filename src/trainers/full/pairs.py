"""What is trained on: `pairs.jsonl` of the run's folder, a line an image, as Winnow writes it from what is kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from PIL import Image, ImageOps
from torch import Tensor
from torch.utils.data import Dataset

from .batches import deal_batches
from .chance import create_random, draw_integer, mix_seeds
from .errors import TrainError
from .loss import Loss


@dataclass(frozen=True)
class Pair:
    """An image with its captions. Images of one class show the same; `groups` are confusable ones, `negatives` are made of each caption.

    Where the loss compares with prototypes, `cluster` is the image's, `labels` those that it is near to, `caption_clusters` each caption's.
    """

    image: str
    captions: tuple[str, ...]
    class_: int
    groups: tuple[int, ...]
    weight: float
    negatives: tuple[tuple[str, ...], ...]
    is_held_out: bool
    cluster: int | None = None
    labels: tuple[int, ...] = ()
    caption_clusters: tuple[int, ...] = ()


def read_pairs(folder: Path) -> list[Pair]:
    """Reads all pairs; pictures are named by absolute paths, or from the run's folder. Raises a TrainError for a line that is off."""
    path = folder / "pairs.jsonl"
    pairs = _read_list(path)
    if sum(not pair.is_held_out for pair in pairs) < 2:
        raise TrainError(f"{path} has fewer than two images to train on: keep more, or hold fewer out")
    return pairs


def read_canary(folder: Path) -> list[Pair]:
    """Reads the pairs of `canary.jsonl`, which nobody trains on; none where there is no such list. Raises as `read_pairs` does."""
    path = folder / "canary.jsonl"
    return _read_list(path) if path.exists() else []


def _read_list(path: Path) -> list[Pair]:
    try:
        lines = path.read_text(encoding="utf8").split("\n")
    except OSError as error:
        raise TrainError(f"{path} can't be read ({error.strerror}): begin the run anew") from error
    return [_parse_pair(line, path.parent, f"{path}:{number}") for number, line in enumerate(lines, 1) if line.strip()]


def _parse_pair(line: str, folder: Path, source: str) -> Pair:
    try:
        given = json.loads(line)
        captions = tuple(given["captions"])
        if not captions or not all(isinstance(caption, str) for caption in captions):
            raise ValueError("captions must be texts, at least one")
        return Pair(
            image=str(folder / given["image"]),
            captions=captions,
            class_=int(given["class"]),
            groups=tuple(int(group) for group in given.get("groups", ())),
            weight=float(given.get("weight", 1)),
            negatives=tuple(tuple(own) for own in given.get("negatives", ())),
            is_held_out=bool(given.get("heldOut", False)),
            cluster=None if "cluster" not in given else int(given["cluster"]),
            labels=tuple(int(label) for label in given.get("labels", ())),
            caption_clusters=tuple(int(cluster) for cluster in given.get("captionClusters", ())),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise TrainError(f"{source} is no line of a list of pairs ({error}): begin the run anew") from error


@dataclass(frozen=True)
class Batch:
    """A step's items with the captions that were drawn for each, and the texts made of those; `reference` is what stays as it was."""

    items: tuple[int, ...]
    captions: tuple[tuple[str, ...], ...]
    negatives: tuple[tuple[str, ...], ...]
    reference: tuple[int, ...]
    reference_texts: tuple[str, ...]


@dataclass(frozen=True)
class Dealing:
    """How batches are made of the pairs that are trained on."""

    pairs: Sequence[Pair]
    loss: Loss
    size: int
    seed: int
    confusable: bool

    def epoch(self, epoch: int) -> list[Batch]:
        """All batches of an epoch; the same for the same seed and epoch, whatever the number of processes."""
        together: dict[int, list[int]] = {}
        for item, pair in enumerate(self.pairs):
            for group in pair.groups if self.confusable else ():
                together.setdefault(group, []).append(item)
        groups = [members for _, members in sorted(together.items()) if len(members) > 1]
        classes = [pair.class_ for pair in self.pairs]
        dealt = deal_batches(classes, groups, seed=self.seed, epoch=epoch, size=self.size)
        return [self._batch(items, mix_seeds(mix_seeds(self.seed, epoch), at)) for at, items in enumerate(dealt)]

    def _batch(self, items: list[int], seed: int) -> Batch:
        random = create_random(seed)
        chosen = [self._choose(item, draw_integer(random, len(self.pairs[item].captions))) for item in items]
        is_kept = "reference" in self.loss.blocks
        drawn = [draw_integer(random, len(self.pairs)) for _ in range(2 * len(items))] if is_kept else []
        return Batch(
            items=tuple(items),
            captions=tuple(tuple(self.pairs[item].captions[at] for at in places) for item, places in zip(items, chosen, strict=True)),
            negatives=tuple(self._negatives(item, places) for item, places in zip(items, chosen, strict=True)),
            reference=tuple(drawn[: len(items)] if is_kept else ()),
            reference_texts=tuple(self.pairs[item].captions[0] for item in drawn[len(items) :]),
        )

    def _choose(self, item: int, drawn: int) -> Sequence[int]:
        return range(len(self.pairs[item].captions)) if self.loss.captions == "all" else (drawn,)

    def _negatives(self, item: int, places: Sequence[int]) -> tuple[str, ...]:
        known = self.pairs[item].negatives
        if "imageExtra" not in self.loss.blocks:
            return ()
        return tuple(text for at in places if at < len(known) for text in known[at])


Prepare = Callable[[Image.Image], Tensor]
Tokenize = Callable[[list[str]], Tensor]


def read_picture(path: str, prepare: Prepare) -> Tensor | None:
    """A picture upright in RGB, as the model wants it; none where it can't be read."""
    try:
        with Image.open(path) as picture:
            return prepare(ImageOps.exif_transpose(picture).convert("RGB"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


@dataclass(frozen=True)
class Reader:
    """Reads pictures and texts; a picture that can't be read is a row of zeros that is not ok. `size` is a picture's shape.

    With `is_keeping` every picture is read once.
    """

    prepare: Prepare
    tokenize: Tokenize
    size: tuple[int, ...]
    is_keeping: bool = False
    kept: dict[str, Tensor | None] = field(default_factory=dict)

    def pictures(self, paths: Sequence[str], seed: int) -> tuple[Tensor, Tensor]:
        """Pictures and which of them are ok. What preparing leaves to chance is the same for the same seed and place."""
        read = [self._picture(path, mix_seeds(seed, at)) for at, path in enumerate(paths)]
        empty = torch.zeros(self.size)
        rows = torch.stack([empty if row is None else row for row in read]) if read else empty[None][:0]
        return rows, torch.tensor([row is not None for row in read], dtype=torch.bool)

    def _picture(self, path: str, seed: int) -> Tensor | None:
        if path in self.kept:
            return self.kept[path]
        with torch.random.fork_rng(devices=[]):
            # Not `torch.manual_seed`, which also seeds every device: before one is opened that notes a stack trace, in a millisecond each.
            torch.default_generator.manual_seed(seed)
            picture = read_picture(path, self.prepare)
        if self.is_keeping:
            self.kept[path] = picture
        return picture

    def texts(self, texts: Sequence[str]) -> Tensor:
        """Token ids, a row a text."""
        return self.tokenize(list(texts) or [""])[: len(texts)]


class Shards(Dataset):
    """This process's share of every batch of an epoch, read: rows by the name of what they are, `ok` and `referenceOk` beside them."""

    def __init__(self, pairs: Sequence[Pair], batches: Sequence[Batch], reader: Reader, share: Callable[[int], range], seed: int) -> None:
        self.pairs, self.batches, self.reader, self.share, self.seed = pairs, batches, reader, share, seed

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, at: int) -> dict[str, Tensor]:
        batch = self.batches[at]
        own = self.share(len(batch.items))
        seed = mix_seeds(mix_seeds(self.seed, at), own.start)
        images, ok = self.reader.pictures([self.pairs[batch.items[place]].image for place in own], seed)
        shard = {
            "images": images,
            "ok": ok,
            "texts": self.reader.texts([text for place in own for text in batch.captions[place]]),
            "extras": self.reader.texts([text for place in own for text in batch.negatives[place]]),
        }
        if batch.reference:
            paths = [self.pairs[batch.reference[place]].image for place in own]
            shard["referenceImages"], shard["referenceOk"] = self.reader.pictures(paths, seed + 1)
            shard["referenceTexts"] = self.reader.texts([batch.reference_texts[place] for place in own])
        return shard
