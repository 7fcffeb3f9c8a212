"""A run from its settings to the tuned model."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from .chance import mix_seeds
from .clusters import find_clusters
from .endings import Watched, find_fall, is_above_chance, is_better, mean_recall
from .errors import TrainError, TrainStopped
from .losses import LOSSES
from .model import bare, dim_of, finish, make_model, make_optimizer, prepare_learning, write_model
from .pairs import Batch, Dealing, Pair, Reader, Shards, read_canary, read_pairs
from .prototypes import mean_prototypes
from .ranks import Ranks
from .recall import recall_at_one
from .run_folder import RunFolder
from .schedule import rate_at
from .settings import Settings
from .step import Contest, take_step

_MOST_LOGIT_SCALE = math.log(100)
_LOG_SECONDS = 10.0


@dataclass
class Position:
    """Where a run stands: whole epochs, batches of the next one, steps, and what its losses sum to.

    Recall is the mean of both directions: before the run, now and at its best, which was after so many epochs. `canary` is that on the
    canary before the run, none where it isn't watched, and `fall` the one by which the run ends after this epoch.
    """

    epoch: int = 0
    batch: int = 0
    step: int = 0
    sum: float = 0.0
    unreadable: int = 0
    before: float | None = None
    recall: float | None = None
    best: float | None = None
    best_epoch: int = 0
    canary: float | None = None
    fall: str | None = None


@dataclass
class Run:
    """All that a run holds."""

    settings: Settings
    folder: RunFolder
    ranks: Ranks
    reader: Reader
    dealing: Dealing
    held_out: list[Pair]
    canary: list[Pair]
    contest: Contest
    optimizer: torch.optim.AdamW
    steps: int


@dataclass(frozen=True)
class Ended:
    """A run that is over: why (as Winnow's `core/tune/endings.ts` has it), the epochs it had, and the one that the written model is of."""

    end: str
    epochs: int
    best_epoch: int
    model: Path


def train(folder: Path, settings: Settings, ranks: Ranks, run_folder: RunFolder) -> Ended:
    """Trains until all epochs are done, or recall says that it should end. Raises a TrainError, or TrainStopped where it was stopped."""
    run_folder.open_boards(settings)
    run = _open_run(folder, settings, ranks, run_folder)
    position = _resume(run)
    if position.step == 0:
        if ranks.is_first:
            print(f"Looking at what the model knows: {len(run.held_out)} held-out images, {len(run.canary)} of the canary", flush=True)
        recall = recall_at_one(run.contest, run.held_out, run.reader)
        position.before = position.best = mean_recall(recall)
        canary = _recall_of_canary(run)
        position.canary = canary if is_above_chance(canary, len(run.canary)) else None
        run_folder.add_metric({"kind": "before", **recall} | _told(canary=position.canary))
    while (end := _find_end(run, position)) is None:
        _train_epoch(run, position)
        _keep_if_best(run, position)
        _keep(run, position)
    run.contest.model = _finish(run, position)
    if settings.interpolation < 1:
        run_folder.add_metric({"kind": "after", "step": position.step, **recall_at_one(run.contest, run.held_out, run.reader)})
    target = folder / "model"
    if ranks.is_first:
        write_model(run.contest.model, settings, target)
    return Ended(end, position.epoch, position.best_epoch, target)


def _find_end(run: Run, position: Position) -> str | None:
    settings = run.settings
    if position.fall is not None:
        return position.fall
    if position.epoch >= settings.epochs:
        return "allEpochs"
    is_over = 0 < settings.patience <= position.epoch - position.best_epoch
    return "noBetter" if is_over else None


def _keep_if_best(run: Run, position: Position) -> None:
    """Notes the epoch that is over as the best where it is; where nothing may end a run, the newest goes out."""
    watches = run.settings.patience > 0 or run.settings.guard > 0
    if watches and (position.fall is not None or not is_better(position.recall, position.best)):
        return
    position.best, position.best_epoch = position.recall, position.epoch
    if watches and (position.recall is not None or position.canary is not None):
        run.folder.keep_best(run.contest.model.state_dict())


def _finish(run: Run, position: Position) -> nn.Module:
    """The model as it goes out: of the best epoch, the first model where that is the beginning."""
    settings, model = run.settings, run.contest.model
    if position.best_epoch == 0:
        return finish(model, replace(settings, interpolation=0))
    if position.best_epoch < position.epoch:
        run.ranks.any(False)  # the first process has written them when all are here
        model.load_state_dict(run.folder.read_best())
    return finish(model, settings)


def _open_run(folder: Path, settings: Settings, ranks: Ranks, run_folder: RunFolder) -> Run:
    loss = LOSSES[settings.loss]
    pairs = read_pairs(folder)
    trained = [pair for pair in pairs if not pair.is_held_out]
    if "imageExtra" in loss.blocks and not any(own for pair in trained for own in pair.negatives):
        raise TrainError(f"The loss {loss.id} wants captions with words changed, and no pair has any: choose another loss")
    model, reader = make_model(settings, ranks.device)
    captions = dict.fromkeys(text for pair in trained for text in pair.captions)
    needs_teacher = any(name.startswith("teacher") for name in loss.needs)
    teacher = copy.deepcopy(model).eval().requires_grad_(False) if needs_teacher else None
    model = prepare_learning(model, settings, loss).train()
    dealing = Dealing(trained, loss, settings.batch, settings.seed, settings.confusable)
    contest = Contest(
        model=model,
        teacher=teacher,
        loss=loss,
        options=settings.lossOptions,
        state=loss.start(len(trained), len(captions), settings.lossOptions),
        ranks=ranks,
        precision=settings.precision,
        chunk=settings.chunk,
        seed=settings.seed,
        caption_ids={text: at for at, text in enumerate(captions)},
        dim=dim_of(model, reader, ranks.device),
        clusters=find_clusters(trained, loss),
    )
    steps = settings.epochs * len(dealing.epoch(0))
    held_out = [pair for pair in pairs if pair.is_held_out]
    canary = _readable(read_canary(folder), reader) if settings.guard > 0 else []
    return Run(settings, run_folder, ranks, reader, dealing, held_out, canary, contest, make_optimizer(model, settings), steps)


def _readable(pairs: list[Pair], reader: Reader) -> list[Pair]:
    """The sample that a canary is drawn from has pictures that are damaged on purpose."""
    _, ok = reader.pictures([pair.image for pair in pairs], 0)
    return [pair for pair, is_ok in zip(pairs, ok.tolist(), strict=True) if is_ok]


def _recall_of_canary(run: Run) -> float | None:
    return mean_recall(recall_at_one(run.contest, run.canary, run.reader)) if run.canary else None


def _told(**found: float | str | None) -> dict[str, float | str]:
    """Fields of a metric, without those that are unknown."""
    return {name: value for name, value in found.items() if value is not None}


def _resume(run: Run) -> Position:
    found = run.folder.find_checkpoint()
    if found is None:
        return Position()
    run.contest.model.load_state_dict(found["model"])
    run.optimizer.load_state_dict(found["optimizer"])
    run.contest.state.update(found["state"])
    position = Position(**found["position"])
    run.folder.cut_metrics(position.step, position.epoch)
    return position


def _keep(run: Run, position: Position) -> None:
    run.folder.keep(
        {
            "model": run.contest.model.state_dict(),
            "optimizer": run.optimizer.state_dict(),
            "state": run.contest.state,
            "position": vars(position),
        }
    )


def _train_epoch(run: Run, position: Position) -> None:
    """All steps of an epoch that are left, and recall at its end."""
    settings, ranks = run.settings, run.ranks
    batches = run.dealing.epoch(position.epoch)
    started = logged = time.monotonic()
    if run.contest.clusters is not None and position.batch == 0:
        # Part of the checkpoint: what goes on in the middle of an epoch compares with the same.
        run.contest.state |= mean_prototypes(run.contest, run.dealing.pairs, run.reader, run.contest.clusters)
    for batch, shard in _read(run, batches, position):
        if ranks.any(run.folder.is_stop_asked()):
            _keep(run, position)
            raise TrainStopped("The run was stopped: resume it to go on")
        _step(run, position, batch, shard)
        if settings.checkpointSteps and position.step % settings.checkpointSteps == 0:
            _keep(run, position)
        if ranks.is_first and time.monotonic() - logged >= _LOG_SECONDS:
            logged = time.monotonic()
            print(f"Epoch {position.epoch + 1} of {settings.epochs}, step {position.step} of {run.steps}", flush=True)
    recall = recall_at_one(run.contest, run.held_out, run.reader)
    position.recall = mean_recall(recall)
    now = Watched(position.recall, None if position.canary is None else _recall_of_canary(run))
    before = Watched(position.before, position.canary)
    position.fall = find_fall(now, before, guard=settings.guard, images=len(run.held_out))
    metric = {
        "kind": "epoch",
        "epoch": position.epoch,
        "step": position.step,
        "loss": position.sum / len(batches),
        **recall,
        "temperature": math.exp(-bare(run.contest.model).logit_scale.item()),
        "unreadable": position.unreadable,
        "ms": round(1000 * (time.monotonic() - started)),
    } | _told(canary=now.canary, fall=position.fall)
    run.folder.add_metric(metric)
    if ranks.is_first:
        print(f"Epoch {position.epoch + 1} of {settings.epochs} is done: loss {metric['loss']:.4f}", flush=True)
    position.epoch, position.batch, position.sum, position.unreadable = position.epoch + 1, 0, 0.0, 0


def _read(run: Run, batches: list[Batch], position: Position) -> Iterator[tuple[Batch, dict[str, Tensor]]]:
    """The batches that are left with this process's share of each, read ahead by the workers."""
    seed = mix_seeds(run.settings.seed, position.epoch)
    shards = Shards(run.dealing.pairs, batches, run.reader, run.ranks.share, seed)
    left = range(position.batch, len(batches))
    # What a process that reads has kept is lost when it ends, with the epoch.
    workers = 0 if run.settings.keepPictures else run.settings.workers
    loader = DataLoader(shards, batch_size=None, sampler=left, num_workers=workers)
    return zip(islice(batches, position.batch, None), loader, strict=True)


def _step(run: Run, position: Position, batch: Batch, shard: dict[str, Tensor]) -> None:
    settings, model = run.settings, run.contest.model
    rate = rate_at(settings.rate, math.floor(settings.warmup * run.steps), run.steps, position.step)
    for group in run.optimizer.param_groups:
        group["lr"] = rate
    run.optimizer.zero_grad()
    run.contest.seed = mix_seeds(settings.seed, position.step)
    took = take_step(run.contest, run.dealing.pairs, batch, shard)
    if settings.clip > 0:
        torch.nn.utils.clip_grad_norm_(model.parameters(), settings.clip)
    run.optimizer.step()
    with torch.no_grad():
        # The paper's: a larger one makes training unstable.
        bare(model).logit_scale.clamp_(0, _MOST_LOGIT_SCALE)
    run.folder.add_metric({"kind": "step", "epoch": position.epoch, "step": position.step, "loss": took.loss, "rate": rate})
    position.step, position.batch = position.step + 1, position.batch + 1
    position.sum, position.unreadable = position.sum + took.loss, position.unreadable + took.unreadable
