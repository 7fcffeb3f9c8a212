"""Stands in for Weights & Biases: what it is told goes into `wandb.jsonl` of the run's folder, or of the one that it runs in."""

from __future__ import annotations

import json
from pathlib import Path

_folder = Path()


def _record(**told: object) -> None:
    with (_folder / "wandb.jsonl").open("a", encoding="utf8") as file:
        file.write(json.dumps(told, default=str) + "\n")


def init(**told: object) -> None:
    global _folder
    if str(told.get("project")) == "forbidden":
        raise RuntimeError("api_key not configured (no-tty)")
    _folder = Path(str(told.get("dir") or "."))
    _record(call="init", **told)


def log(numbers: dict[str, object], step: int | None = None) -> None:
    _record(call="log", step=step, numbers=numbers)


def save(path: str) -> None:
    _record(call="save", path=path)


def finish() -> None:
    _record(call="finish")
