"""What a loss is: a function of a batch's blocks of cosines, whose derivatives torch finds.

The names and formulas are those of Winnow's `core/losses`, and a test holds the two together by value and derivative.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

State = dict[str, Tensor]


@dataclass
class Inputs:
    """What a loss is a function of. A batch has n images and m texts, and text i is a caption of image i for i < n.

    `blocks` are matrices of cosines: imageText, imageImage, textText, imageExtra (texts that are nobody's caption), imagePrototypes,
    textPrototypes, imageQueue, textQueue, reference. `targets` is what a loss takes as given, τ > 0 divides cosines, and `state` is what
    it carries from step to step: a loss changes it in place.
    """

    blocks: dict[str, Tensor]
    targets: dict[str, Tensor]
    temperature: Tensor
    bias: Tensor
    options: dict[str, float] = field(default_factory=dict)
    state: State = field(default_factory=dict)
    seed: int = 0


@dataclass(frozen=True)
class Loss:
    """A loss as one function declares it: the blocks and targets that it asks for, and one caption an image or all of them."""

    id: str
    evaluate: Callable[[Inputs], Tensor]
    blocks: tuple[str, ...] = ("imageText",)
    needs: tuple[str, ...] = ()
    captions: str = "one"
    options: dict[str, float] = field(default_factory=dict)
    start_bias: float | None = None

    def __call__(self, inputs: Inputs) -> Tensor:
        """The loss of a batch; what the caller's options don't say is filled in."""
        inputs.options = {**self.options, **inputs.options}
        return self.evaluate(inputs)

    def start(self, images: int, texts: int, options: dict[str, float]) -> State:
        """What it begins with: temperatures and averages a row of the dataset, where it keeps any."""
        if self.id != "iSogClr":
            return {}
        first = {**self.options, **options}["first"]
        sizes = {"images": images, "texts": texts}
        state = {f"{side}.temperatures": torch.full((size,), first, dtype=torch.float64) for side, size in sizes.items()}
        return state | {f"{side}.averages": torch.full((size,), torch.nan, dtype=torch.float64) for side, size in sizes.items()}
