"""A rate over a run: it rises evenly over the first steps and falls as half a cosine to 0, as Winnow's `core/tune/schedule.ts` has it."""

from __future__ import annotations

import math


def rate_at(rate: float, warmup_steps: int, steps: int, step: int) -> float:
    """The rate of step 0, 1, 2 …; the first is not 0, and neither is the last."""
    if step < warmup_steps:
        return rate * (step + 1) / (warmup_steps + 1)
    share = (step - warmup_steps) / max(1, steps - warmup_steps)
    return rate * (1 + math.cos(math.pi * min(1, share))) / 2
