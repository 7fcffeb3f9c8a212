"""Clusters of the frozen vectors, which Winnow finds once a run and writes into the list of pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from .errors import TrainError
from .loss import Loss
from .pairs import Pair


@dataclass(frozen=True)
class Clusters:
    """How many clusters there are, the cluster of each pair's image, those that it is near to, and the cluster of each caption."""

    count: int
    images: tuple[int, ...]
    labels: tuple[tuple[int, ...], ...]
    texts: dict[str, int]


def find_clusters(pairs: Sequence[Pair], loss: Loss) -> Clusters | None:
    """The clusters that the lines of pairs tell, none where the loss asks for none. Raises a TrainError where they are missing."""
    if "imagePrototypes" not in loss.blocks:
        return None
    if any(pair.cluster is None or len(pair.caption_clusters) != len(pair.captions) for pair in pairs):
        raise TrainError(f"The loss {loss.id} compares with clusters, and pairs.jsonl has none: begin the run anew")
    texts = {text: cluster for pair in pairs for text, cluster in zip(pair.captions, pair.caption_clusters, strict=True)}
    images = tuple(pair.cluster for pair in pairs)
    labels = tuple(pair.labels for pair in pairs)
    count = 1 + max([*images, *texts.values(), *(label for own in labels for label in own)])
    return Clusters(count, images, labels, texts)


def cluster_targets(clusters: Clusters, items: Sequence[int], captions: Sequence[str]) -> dict[str, Tensor]:
    """What losses take as given of a batch: an image picks the cluster of its caption, a caption that of its image."""
    labels = torch.zeros(len(items), clusters.count, dtype=torch.bool)
    for row, item in enumerate(items):
        labels[row, list(clusters.labels[item])] = True
    return {
        "imageClusters": torch.tensor([clusters.texts[text] for text in captions]),
        "textClusters": torch.tensor([clusters.images[item] for item in items]),
        "labels": labels,
    }
