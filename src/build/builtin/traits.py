"""What pictures show and captions tell, as lists of traits by place: a helping task that speeds up the training."""

from __future__ import annotations

import numpy
import torch
from torch import Tensor, distributed, nn
from torch.nn import functional

from model import FEATURES
from scenes import Scene
from vocabulary import COLOURS, POSITIONS, SHAPES, SINGLE, SIZES, TEXTURES

LOTS = (len(SHAPES), len(COLOURS), 5, len(SIZES), len(TEXTURES))
SLOTS = 3
LAYOUTS = tuple(POSITIONS) + ("row 2", "row 3", "column 2", "column 3")
NOT_THERE = -100


def make_helper() -> nn.Linear:
    """The layer that guesses all traits from a tower's features; it is thrown away after the training."""
    return nn.Linear(FEATURES, SLOTS * sum(LOTS) + len(LAYOUTS))


def help_loss(guesses: Tensor, targets: Tensor, layouts: Tensor) -> Tensor:
    """How well the features tell each group's traits, in order; this speeds up what contrast alone learns slowly."""
    loss = functional.cross_entropy(guesses[:, -len(LAYOUTS):], layouts, ignore_index=NOT_THERE)
    start = 0
    for slot in range(SLOTS):
        for trait, amount in enumerate(LOTS):
            part, wanted = guesses[:, start:start + amount], targets[:, slot, trait]
            if (wanted != NOT_THERE).any():
                loss = loss + functional.cross_entropy(part, wanted, ignore_index=NOT_THERE) / SLOTS
            start += amount
    return loss


def scene_targets(scenes: list[Scene]) -> tuple[Tensor, Tensor]:
    """The traits of each group in order, and the layout, as numbers."""
    targets = numpy.full((len(scenes), SLOTS, len(LOTS)), NOT_THERE)
    layouts = numpy.zeros(len(scenes), numpy.int64)
    colours = list(COLOURS)
    for row, scene in enumerate(scenes):
        name = scene.position if scene.layout == SINGLE else f"{scene.layout} {len(scene.groups)}"
        layouts[row] = LAYOUTS.index(name)
        for slot, group in enumerate(scene.groups):
            targets[row, slot] = (
                SHAPES.index(group.shape), colours.index(group.colour), group.count - 1,
                SIZES.index(group.size), TEXTURES.index(group.texture))
    return torch.from_numpy(targets), torch.from_numpy(layouts)


def share_gradients(parameters: list[nn.Parameter], workers: int) -> None:
    """Gives all workers the mean of their gradients."""
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    joined = torch.cat([gradient.reshape(-1) for gradient in gradients])
    distributed.all_reduce(joined)
    joined /= workers
    start = 0
    for gradient in gradients:
        gradient.copy_(joined[start:start + gradient.numel()].view_as(gradient))
        start += gradient.numel()
