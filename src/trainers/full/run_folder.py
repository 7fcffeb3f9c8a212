"""The run's folder, `.winnow/runs/<id>/`: what Winnow and this trainer tell each other in files."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from .boards import Board, open_boards
from .errors import TrainError
from .settings import Settings

_CHECKPOINT_SCHEMA = 1


def write_atomically(path: Path, write: Callable[[Path], None]) -> None:
    """Writes a file in one piece: whoever reads sees the old or the new one."""
    made = path.with_name(f"{path.name}.tmp")
    write(made)
    with made.open("rb") as file:
        os.fsync(file.fileno())
    made.replace(path)


class RunFolder:
    """Writes state, metrics and checkpoints, and knows whether somebody wants the run to stop."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # Of the processes of a run one writes.
        self.is_writer = os.environ.get("RANK", "0") == "0"
        self.started = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self.is_told = False
        # Preemption on a cluster, or Ctrl-C: what is done is kept.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._tell)
        self.boards: list[Board] = []

    def _tell(self, *_: object) -> None:
        self.is_told = True

    def open_boards(self, settings: Settings) -> None:
        """Begins to tell the metrics elsewhere, too."""
        if self.is_writer:
            self.boards = open_boards(self.folder, settings)

    def is_stop_asked(self) -> bool:
        """Whether there is a stop file, or a signal came."""
        return self.is_told or (self.folder / "stop").exists()

    def tell_state(self, state: str, message: str | None = None, **more: str | int) -> None:
        """Writes how the run stands, for whoever looks: Winnow's own word on that is `state.json`."""
        if not self.is_writer:
            return
        told = {"state": state, "pid": os.getpid(), "startedAt": self.started} | ({} if message is None else {"message": message}) | more
        write_atomically(self.folder / "trainer.json", lambda path: path.write_text(json.dumps(told) + "\n", encoding="utf8"))

    def add_metric(self, metric: dict[str, Any]) -> None:
        """Adds a line to the metrics, and tells its numbers elsewhere. A board that fails is told and given up: the file has it all."""
        if not self.is_writer:
            return
        with (self.folder / "metrics.jsonl").open("a", encoding="utf8") as file:
            file.write(json.dumps(metric) + "\n")
        numbers = {f"{metric['kind']}/{name}": value for name, value in metric.items() if isinstance(value, float)}
        for board in list(self.boards):
            try:
                board.add(numbers, metric.get("step", 0))
            except Exception as error:
                print(f"{board.name} gets no more metrics, for it failed: {error}", flush=True)
                self.boards.remove(board)

    def cut_metrics(self, step: int, epoch: int) -> None:
        """Cuts off the metrics of what will be done again."""
        path = self.folder / "metrics.jsonl"
        if not self.is_writer or not path.exists():
            return
        kept = []
        for line in path.read_text(encoding="utf8").splitlines():
            try:
                metric = json.loads(line)
            except ValueError:
                continue
            is_done = metric["epoch"] < epoch if metric["kind"] == "epoch" else metric.get("step", -1) < step
            if metric["kind"] == "before" or is_done:
                kept.append(line)
        text = "".join(f"{line}\n" for line in kept)
        write_atomically(path, lambda made: made.write_text(text, encoding="utf8"))

    def keep(self, checkpoint: dict[str, Any]) -> None:
        """Writes a checkpoint: nothing else is needed to go on as if the run had never stopped."""
        if self.is_writer:
            told = {"schema": _CHECKPOINT_SCHEMA, **checkpoint}
            write_atomically(self.folder / "checkpoint.pt", lambda path: torch.save(told, path))

    def keep_best(self, weights: dict[str, Tensor]) -> None:
        """Writes the weights of the epoch with the best recall."""
        if self.is_writer:
            write_atomically(self.folder / "best.pt", lambda path: torch.save(weights, path))

    def read_best(self) -> dict[str, Tensor]:
        """The weights that `keep_best` wrote last. Raises a TrainError where they can't be read."""
        path = self.folder / "best.pt"
        try:
            return torch.load(path, map_location="cpu", weights_only=True)
        except Exception as error:
            raise TrainError(f"{path}, the weights of the best epoch, can't be read ({error}): begin the run anew") from error

    def find_checkpoint(self) -> dict[str, Any] | None:
        """The checkpoint that the run goes on from, where there is one. Raises a TrainError for one that can't be read."""
        path = self.folder / "checkpoint.pt"
        if not path.exists():
            return None
        try:
            found = torch.load(path, map_location="cpu", weights_only=True)
        except Exception as error:
            raise TrainError(f"{path} can't be read ({error}): delete it to begin from the start") from error
        if found.get("schema") != _CHECKPOINT_SCHEMA:
            raise TrainError(f"{path} is no checkpoint of this version of Winnow: delete it to begin from the start")
        return found

    def close(self) -> None:
        """Ends what writes."""
        for board in self.boards:
            try:
                board.close()
            except Exception as error:
                print(f"{board.name} may lack the last metrics: {error}", flush=True)
        self.boards = []
