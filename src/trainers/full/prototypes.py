"""Prototypes of clusters as the model sees them now: as Winnow's `core/tune/prototypes.ts` has them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from .clusters import Clusters
from .model import encode
from .pairs import Pair, Reader
from .step import Contest


@torch.no_grad()
def mean_prototypes(contest: Contest, pairs: Sequence[Pair], reader: Reader, clusters: Clusters) -> dict[str, Tensor]:
    """Means of the members of each cluster, of length 1; one without members is 0.

    Images are compared with the means of images whose captions are in a cluster (ProtoCLIP), or that are themselves (MLCD); captions with
    the means of captions whose images are. Each process encodes its share; a picture that can't be read takes no part, nor do its captions.
    """
    ranks = contest.ranks
    is_own = "labels" in contest.loss.needs
    sums = torch.zeros(2, clusters.count, contest.dim, dtype=torch.float64, device=ranks.device)
    contest.model.eval()
    for items in _chunks(ranks.share(len(pairs)), contest.chunk):
        rows, ok = reader.pictures([pairs[item].image for item in items], 0)
        read = [(place, item) for place, item in enumerate(items) if ok[place]]
        places = torch.tensor([place for place, item in read for _ in pairs[item].captions], dtype=torch.long)
        owners = [item for _, item in read for _ in pairs[item].captions]
        captions = [text for _, item in read for text in pairs[item].captions]
        of_images = torch.tensor([clusters.images[item] for item in owners], dtype=torch.long)
        of_texts = torch.tensor([clusters.texts[text] for text in captions], dtype=torch.long)
        images = _encoded(contest, "images", rows)[places.to(ranks.device)]
        sums[0].index_add_(0, (of_images if is_own else of_texts).to(ranks.device), images)
        for at in range(0, len(captions), contest.chunk):
            texts = _encoded(contest, "texts", reader.texts(captions[at : at + contest.chunk]))
            sums[1].index_add_(0, of_images[at : at + contest.chunk].to(ranks.device), texts)
    contest.model.train()
    image_means, text_means = F.normalize(ranks.sum(sums), dim=-1).float()
    return {"imagePrototypes": image_means, "textPrototypes": text_means}


def _chunks(share: range, size: int) -> Iterator[range]:
    for at in range(share.start, share.stop, size):
        yield range(at, min(share.stop, at + size))


def _encoded(contest: Contest, name: str, rows: Tensor) -> Tensor:
    with contest.autocast():
        return encode(contest.model, name, rows.to(contest.ranks.device)).double()
