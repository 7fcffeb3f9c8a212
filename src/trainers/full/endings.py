"""What ends a run before its last epoch, by recall on what is held out and on the canary: as Winnow's `core/tune/guard.ts` judges it."""

from __future__ import annotations

from dataclasses import dataclass

_LEAST_FOUND = 10


def mean_recall(recall: dict[str, float | None]) -> float | None:
    """The mean of both directions, by which epochs are compared; none where one is unknown."""
    both = (recall["imageToText"], recall["textToImage"])
    return None if None in both else sum(both) / 2


def is_better(recall: float | None, than: float | None) -> bool:
    """Whether a recall is better than the best so far; where nothing is held out, the newest is the best."""
    return than is None or (recall is not None and recall > than)


def is_above_chance(recall: float | None, images: int) -> bool:
    """Whether recall over so many images tells that something is known."""
    return recall is not None and recall * images >= _LEAST_FOUND


@dataclass(frozen=True)
class Watched:
    """Recall on what is held out, and on the canary, which is none where it was chance at the beginning: means of both directions."""

    recall: float | None
    canary: float | None


def find_fall(now: Watched, before: Watched, *, guard: float, images: int) -> str | None:
    """By which fall below a share of what it was the run ends: `fallen` is recall on so many images, `forgotten` the canary."""
    if is_above_chance(before.recall, images) and _is_below(now.recall, before.recall, guard):
        return "fallen"
    return "forgotten" if _is_below(now.canary, before.canary, guard) else None


def _is_below(now: float | None, before: float | None, share: float) -> bool:
    return now is not None and before is not None and now < share * before
