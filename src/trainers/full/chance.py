"""Chance with a seed: the same numbers as Winnow's `core/random.ts`, on every machine."""

from __future__ import annotations

from collections.abc import Callable, MutableSequence

Random = Callable[[], float]
_MASK = 0xFFFFFFFF


def create_random(seed: int) -> Random:
    """A generator of numbers in [0, 1): mulberry32 (Tommy Ettinger, public domain)."""
    state = seed & _MASK

    def draw() -> float:
        nonlocal state
        state = (state + 0x6D2B79F5) & _MASK
        mixed = ((state ^ (state >> 15)) * (state | 1)) & _MASK
        mixed ^= (mixed + (((mixed ^ (mixed >> 7)) * (mixed | 61)) & _MASK)) & _MASK
        return ((mixed ^ (mixed >> 14)) & _MASK) / 4294967296

    return draw


def draw_integer(random: Random, below: int) -> int:
    """A seeded integer in [0, below)."""
    return int(random() * below)


def shuffle(items: MutableSequence, random: Random) -> None:
    """Fisher and Yates, in place."""
    for last in range(len(items) - 1, 0, -1):
        other = draw_integer(random, last + 1)
        items[last], items[other] = items[other], items[last]


def mix_seeds(seed: int, other: int) -> int:
    """One seed of two."""
    return (((seed ^ 0x9E3779B9) * 0x85EBCA6B) ^ ((other + 1) * 0xC2B2AE35)) & _MASK
