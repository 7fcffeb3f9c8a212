"""A step of the trainer over vectors that a test gives, each side with one matrix: what the head trainer does, by the other one's code."""

from __future__ import annotations

import torch
from full.clusters import find_clusters
from full.losses import LOSSES
from full.pairs import Batch, Pair, Shards
from full.prototypes import mean_prototypes
from full.ranks import Ranks
from full.step import Contest, take_step
from torch import Tensor, nn


class Sides(nn.Module):
    """Stands in for a model: a matrix on each side."""

    def __init__(self, image: Tensor, text: Tensor, temperature: float) -> None:
        super().__init__()
        self.image, self.text = nn.Parameter(image), nn.Parameter(text)
        self.logit_scale = nn.Parameter(-torch.tensor(temperature).log())

    def encode_image(self, rows: Tensor) -> Tensor:
        return rows @ self.image.T

    def encode_text(self, rows: Tensor) -> Tensor:
        return rows @ self.text.T


class Rows:
    """Stands in for a reader: pictures and texts are the numbers of rows."""

    def __init__(self, images: Tensor, texts: Tensor) -> None:
        self.images, self.of_texts = images, texts

    def pictures(self, paths: list[str], _: int) -> tuple[Tensor, Tensor]:
        return self.images[[int(path) for path in paths]], torch.ones(len(paths), dtype=torch.bool)

    def texts(self, texts: list[str]) -> Tensor:
        return self.of_texts[[int(text) for text in texts]]


def step(given: dict) -> dict:
    """The prototypes, the loss and the derivatives of one batch of all pairs."""
    matrix = {name: torch.tensor(given[name]) for name in ("images", "texts", "imageWeights", "textWeights")}
    pairs = [
        Pair(str(at), tuple(map(str, line["texts"])), at, (), 1.0, (), False, line["cluster"], tuple(line["near"]), tuple(line["clusters"]))
        for at, line in enumerate(given["pairs"])
    ]
    loss, ranks = LOSSES[given["loss"]], Ranks("cpu")
    reader = Rows(matrix["images"], matrix["texts"])
    model = Sides(matrix["imageWeights"], matrix["textWeights"], given["temperature"])
    clusters = find_clusters(pairs, loss)
    # Chunks of fewer than all, so that vectors are made twice.
    contest = Contest(model, None, loss, {}, {}, ranks, "fp32", 5, 1, {str(at): at for at in range(len(matrix["texts"]))}, 6, clusters)
    contest.state |= mean_prototypes(contest, pairs, reader, clusters)
    captions = tuple(pair.captions[:1] for pair in pairs)
    batch = Batch(tuple(range(len(pairs))), captions, ((),) * len(pairs), (), ())
    took = take_step(contest, pairs, batch, Shards(pairs, [batch], reader, ranks.share, 1)[0])
    return {
        "loss": took.loss,
        "prototypes": [contest.state[name].flatten().tolist() for name in ("imagePrototypes", "textPrototypes")],
        "gradients": [part.grad.flatten().tolist() for part in (model.image, model.text, model.logit_scale)],
    }
