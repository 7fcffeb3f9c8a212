"""The program: `train_full.py FOLDER`, alone or under torchrun."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch

from .errors import TrainError, TrainStopped
from .ranks import Ranks
from .run_folder import RunFolder
from .settings import read_settings
from .train import train

FAILED = 1
STOPPED = 3


def main() -> int:
    """Reads the command line and trains."""
    parser = argparse.ArgumentParser(prog="train_full.py", description="Winnow's trainer of CLIP-like models.")
    parser.add_argument("folder", type=Path, help="the run's folder, with full.json and pairs.jsonl")
    return run_in(parser.parse_args().folder.resolve())


def run_in(folder: Path) -> int:
    """Trains as a folder's files say. Gives 0, 3 where it was stopped, and 1 with a sentence where it failed."""
    ranks, run_folder = None, RunFolder(folder)
    try:
        settings = read_settings(folder)
        ranks = Ranks(settings.device)
        run_folder.tell_state("running")
        ended = train(folder, settings, ranks, run_folder)
        run_folder.tell_state("done", end=ended.end, bestEpoch=ended.best_epoch)
        if ranks.is_first:
            told = f"The tuned model, of epoch {ended.best_epoch} of {ended.epochs}, is in {ended.model}: local-dir:{ended.model}"
            print(told, flush=True)
        return 0
    except TrainStopped as stopped:
        return _end(run_folder, "stopped", str(stopped), STOPPED)
    except TrainError as error:
        return _end(run_folder, "failed", str(error), FAILED)
    except torch.OutOfMemoryError:
        return _end(run_folder, "failed", "The device has too little memory: make chunk smaller, or turn gradCheckpointing on", FAILED)
    except OSError as error:
        return _end(run_folder, "failed", f"{error.filename or folder} can't be read or written: {error.strerror or error}", FAILED)
    finally:
        run_folder.close()
        if ranks is not None:
            ranks.close()


def _end(run_folder: RunFolder, state: str, message: str, code: int) -> int:
    if run_folder.is_writer:
        print(message, file=sys.stderr, flush=True)
        try:
            run_folder.tell_state(state, message)
        except OSError as error:
            print(f"{run_folder.folder} can't be written: {error}", file=sys.stderr, flush=True)
    return code
