"""A run's settings, as Winnow writes them into `full.json` of the run's folder."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from .errors import TrainError
from .losses import LOSSES


@dataclass(frozen=True)
class Settings:
    """All that a run depends on beside the data: the same settings on the same data give the same result, to rounding.

    `model` is a name of open_clip or `local-dir:FOLDER`, `pretrained` its tag or file; without weights it starts from chance only if
    `scratch`. `batch` counts the images that are contrasted in a step, over all processes, `chunk` those that one process encodes at once:
    where that is less than its share, vectors are cached and the result is the large batch's. `unlockedImage` and `unlockedText` are how
    many of a tower's last layers learn, null for all. `loraRank` 0 is no LoRA. `interpolation` is the share of the tuned weights in the
    end (WiSE-FT). The run ends where `patience` epochs bring no better recall on what is held out, or where that or recall on the canary
    falls below the share `guard` of what it was at the beginning, and the weights of the best epoch go out; 0 never ends it, and where
    both are 0 the last epoch's weights go out. `wandb` is the project of Weights & Biases that gets the metrics, `project` or
    `entity/project`.
    `checkpointSteps` 0 writes a checkpoint after epochs only. With `keepPictures` every picture is read once and stays in
    memory as the model wants it (12 bytes a pixel), which the training process does itself, whatever `workers` says.
    """

    model: str
    pretrained: str | None = None
    scratch: bool = False
    loss: str = "infoNce"
    lossOptions: dict[str, float] = field(default_factory=dict)
    epochs: int = 3
    batch: int = 256
    chunk: int = 64
    rate: float = 1e-5
    decay: float = 0.1
    warmup: float = 0.1
    clip: float = 1.0
    temperature: float | None = None
    learnsTemperature: bool = True
    unlockedImage: int | None = None
    unlockedText: int | None = None
    loraRank: int = 0
    loraOn: tuple[str, ...] = ("image", "text")
    interpolation: float = 1.0
    patience: int = 5
    guard: float = 0.5
    confusable: bool = False
    augment: bool = False
    precision: str = "fp32"
    device: str = "auto"
    workers: int = 2
    keepPictures: bool = False
    seed: int = 1
    checkpointSteps: int = 0
    gradCheckpointing: bool = False
    tensorBoard: bool = False
    wandb: str | None = None


_CHOICES = {"loss": tuple(LOSSES), "precision": ("fp32", "bf16"), "device": ("auto", "cpu", "cuda")}
_AT_LEAST = {"epochs": 1, "batch": 2, "chunk": 1} | dict.fromkeys(
    ("rate", "decay", "clip", "loraRank", "workers", "checkpointSteps", "patience"), 0
)
_SHARES = ("warmup", "interpolation", "guard")


def read_settings(folder: Path) -> Settings:
    """Reads and checks a run's settings. Raises a TrainError that names what is off."""
    path = folder / "full.json"
    try:
        given = json.loads(path.read_text(encoding="utf8"))
    except OSError as error:
        raise TrainError(f"{path} can't be read ({error.strerror}): begin the run anew") from error
    except ValueError as error:
        raise TrainError(f"{path} is no JSON ({error}): begin the run anew") from error
    return parse_settings(given, str(path))


def parse_settings(given: dict[str, Any], source: str) -> Settings:
    """Checks settings. Raises a TrainError that names what is off."""
    known = {one.name for one in fields(Settings)}
    for name in given:
        if name not in known:
            raise TrainError(f'{source} has a setting that is unknown, "{name}": expected {", ".join(sorted(known))}')
    if not isinstance(given.get("model"), str):
        raise TrainError(f"{source} names no model: expected a name of open_clip or local-dir:FOLDER")
    settings = Settings(**{**given, "loraOn": tuple(given.get("loraOn", ("image", "text")))})
    for name, choices in _CHOICES.items():
        if getattr(settings, name) not in choices:
            raise TrainError(f'Expected one of {", ".join(choices)} for {name} but received "{getattr(settings, name)}"')
    for name, least in _AT_LEAST.items():
        _check_number(name, getattr(settings, name), least, float("inf"))
    for name in _SHARES:
        _check_number(name, getattr(settings, name), 0, 1)
    if settings.keepPictures and settings.augment:
        raise TrainError("Pictures that are cropped at random differ each time they are read: turn keepPictures or augment off")
    options = LOSSES[settings.loss].options
    for name in settings.lossOptions:
        if name not in options:
            raise TrainError(f'The loss {settings.loss} has no option "{name}": expected {", ".join(options) or "none"}')
    return settings


def _check_number(name: str, value: object, least: float, most: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        above = "" if most == float("inf") else f" and at most {most:g}"
        raise TrainError(f"Expected a number of at least {least:g}{above} for {name} but received {value!r}")
