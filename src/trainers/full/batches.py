"""Batches of a seeded order: as Winnow's `core/tune/batches.ts` deals them, to the item."""

from __future__ import annotations

from collections.abc import Sequence

from .chance import create_random, mix_seeds, shuffle

_LEAST_ITEMS = 2


def deal_batches(classes: Sequence[int], together: Sequence[Sequence[int]], *, seed: int, epoch: int, size: int) -> list[list[int]]:
    """Deals all items into batches, no two of one class in a batch: the second waits for the next.

    `together` are items that belong into one batch, such as confusable groups. What is left over when only copies wait is not dealt in
    this epoch.
    """
    grouped = {item for group in together for item in group}
    units = [list(group) for group in together] + [[item] for item in range(len(classes)) if item not in grouped]
    shuffle(units, create_random(mix_seeds(seed, epoch)))
    waiting = list(dict.fromkeys(item for unit in units for item in unit))
    batches: list[list[int]] = []
    while waiting:
        batch, waiting = _fill(waiting, classes, size)
        if len(batch) >= _LEAST_ITEMS:
            batches.append(batch)
    return batches


def _fill(waiting: list[int], classes: Sequence[int], size: int) -> tuple[list[int], list[int]]:
    batch: list[int] = []
    skipped: list[int] = []
    taken: set[int] = set()
    for at, item in enumerate(waiting):
        if len(batch) == size:
            return batch, skipped + waiting[at:]
        if classes[item] in taken:
            skipped.append(item)
        else:
            taken.add(classes[item])
            batch.append(item)
    return batch, skipped
