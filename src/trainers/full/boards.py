"""Where a run's metrics go beside its own file: TensorBoard, and Weights & Biases, whose key is its own login's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from .errors import TrainError
from .settings import Settings


@dataclass(frozen=True)
class Board:
    """Takes numbers by name at a step, and is closed in the end."""

    name: str
    add: Callable[[dict[str, float], int], None]
    close: Callable[[], None]


def open_boards(folder: Path, settings: Settings) -> list[Board]:
    """The boards that the settings name. Raises a TrainError where W&B does not take the run."""
    boards = [_open_tensor_board(folder)] if settings.tensorBoard else []
    if settings.wandb is not None:
        boards.append(_open_wandb(folder, settings, settings.wandb))
    return [board for board in boards if board is not None]


def _open_tensor_board(folder: Path) -> Board | None:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        print('No TensorBoard files are written: run "python -m pip install tensorboard" to have them', flush=True)
        return None
    writer = SummaryWriter(str(folder / "tensorboard"))

    def add(numbers: dict[str, float], step: int) -> None:
        for name, number in numbers.items():
            writer.add_scalar(name, number, step)

    return Board("TensorBoard", add, writer.close)


def _open_wandb(folder: Path, settings: Settings, place: str) -> Board:
    try:
        import wandb
    except ImportError as error:
        raise TrainError('W&B needs the package wandb, which this Python does not have: run "python -m pip install wandb"') from error
    entity, _, project = place.rpartition("/")
    try:
        # The id makes a run that goes on the same one there, too.
        wandb.init(
            project=project,
            entity=entity or None,
            id=folder.name,
            name=folder.name,
            dir=str(folder),
            resume="allow",
            config=asdict(settings),
        )
    except Exception as error:
        why = str(error).strip().splitlines()[0]
        raise TrainError(f'W&B does not take the run ({why}): run "wandb login", set WANDB_API_KEY, or train without it') from error
    return Board("W&B", lambda numbers, step: wandb.log(numbers, step=step), wandb.finish)
