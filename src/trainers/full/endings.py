"""What ends a run before its last epoch, by recall on what is held out: as Winnow's `core/tune/retrieval.ts` judges it."""

from __future__ import annotations

_LEAST_FOUND = 10


def mean_recall(recall: dict[str, float | None]) -> float | None:
    """The mean of both directions, by which epochs are compared; none where one is unknown."""
    both = (recall["imageToText"], recall["textToImage"])
    return None if None in both else sum(both) / 2


def is_better(recall: float | None, than: float | None) -> bool:
    """Whether a recall is better than the best so far; where nothing is held out, the newest is the best."""
    return than is None or (recall is not None and recall > than)


def has_fallen(recall: float | None, before: float | None, *, share: float, images: int) -> bool:
    """Whether recall has fallen below a share of what it was; never where too little was found then: that is chance."""
    return before is not None and recall is not None and before * images >= _LEAST_FOUND and recall < share * before
