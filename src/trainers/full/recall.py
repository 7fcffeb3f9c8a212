"""Recall at one on what is held out: an image and a text match when they are of one class."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from .model import encode
from .pairs import Pair, Reader
from .step import Contest, stacked

_ROWS_AT_ONCE = 512


@torch.no_grad()
def recall_at_one(contest: Contest, pairs: Sequence[Pair], reader: Reader) -> dict[str, float | None]:
    """How many images find one of their texts first, and how many texts their image, as shares; null where there is nothing to ask for."""
    contest.model.eval()
    images, ok = _vectors(contest, [pair.image for pair in pairs], reader, is_picture=True)
    captions = [(pair.class_, text) for pair in pairs for text in pair.captions]
    texts, _ = _vectors(contest, [text for _, text in captions], reader, is_picture=False)
    image_classes = torch.tensor([pair.class_ for pair in pairs], dtype=torch.long)[ok]
    text_classes = torch.tensor([class_ for class_, _ in captions], dtype=torch.long)
    contest.model.train()
    return {
        "imageToText": _share_found(images[ok], texts, image_classes, text_classes),
        "textToImage": _share_found(texts, images[ok], text_classes, image_classes),
    }


def _vectors(contest: Contest, things: Sequence[str], reader: Reader, *, is_picture: bool) -> tuple[Tensor, Tensor]:
    """Vectors of all, each process having made its share, and which of them could be read."""
    ranks = contest.ranks
    shares = ranks.shares(len(things))
    chunks, oks = [], []
    own = [things[place] for place in shares[ranks.rank]]
    for at in range(0, len(own), contest.chunk):
        some = own[at : at + contest.chunk]
        rows, ok = reader.pictures(some, 0) if is_picture else (reader.texts(some), torch.ones(len(some), dtype=torch.bool))
        with contest.autocast():
            chunks.append(encode(contest.model, "images" if is_picture else "texts", rows.to(ranks.device)))
        oks.append(ok)
    counts = [len(share) for share in shares]
    all_ok = ranks.gather(torch.cat([torch.zeros(0, dtype=torch.bool), *oks]).to(ranks.device, torch.uint8), counts)
    return ranks.gather(stacked(contest, chunks), counts).cpu(), all_ok.bool().cpu()


def _share_found(queries: Tensor, answers: Tensor, asked: Tensor, known: Tensor) -> float | None:
    if len(queries) == 0 or len(answers) == 0:
        return None
    found = 0
    for at in range(0, len(queries), _ROWS_AT_ONCE):
        best = (queries[at : at + _ROWS_AT_ONCE] @ answers.T).argmax(1)
        found += int((known[best] == asked[at : at + _ROWS_AT_ONCE]).sum())
    return found / len(queries)
