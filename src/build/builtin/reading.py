"""Teaches the text tower to read, from captions alone: what stands where. It needs no pictures and is therefore quick."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, distributed, nn
from torch.multiprocessing.spawn import spawn

from captions import Wish, caption_scene
from model import TextTower
from scenes import training_scene
from tokens import load_tokenizer
from traits import NOT_THERE, help_loss, make_helper, scene_targets, share_gradients


@dataclass(frozen=True)
class ReadingPlan:
    """How long and how fast to read."""

    steps: int
    seed: int
    batch: int = 96
    peak_rate: float = 1.5e-3
    warm_up: int = 60
    workers: int = 2


def teach_reading(tokenizer_folder: Path, plan: ReadingPlan, weights: Path) -> None:
    """Trains the text tower and its helping layer, and saves both."""
    weights.parent.mkdir(parents=True, exist_ok=True)
    meeting = weights.with_suffix(".meeting")
    meeting.unlink(missing_ok=True)
    spawn(_work, (tokenizer_folder, plan, weights, meeting), nprocs=plan.workers)
    meeting.unlink(missing_ok=True)


def load_reading(weights: Path, text: TextTower, helper: nn.Module) -> None:
    """Puts saved weights into a text tower and its helping layer."""
    state = torch.load(weights, weights_only=True)
    text.load_state_dict(state["text"])
    helper.load_state_dict(state["helper"])


def _work(rank: int, tokenizer_folder: Path, plan: ReadingPlan, weights: Path, meeting: Path) -> None:
    torch.set_num_threads(1)
    distributed.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=plan.workers)
    torch.manual_seed(plan.seed)
    tokenizer = load_tokenizer(tokenizer_folder)
    text, helper = TextTower(tokenizer.get_vocab_size()), make_helper()
    parameters: list[nn.Parameter] = [*text.parameters(), *helper.parameters()]
    optimiser = torch.optim.AdamW(parameters, lr=plan.peak_rate, betas=(0.9, 0.98), weight_decay=0.01)
    rng = random.Random(plan.seed * 1000 + rank)
    started = time.monotonic()
    for step in range(plan.steps):
        for group in optimiser.param_groups:
            group["lr"] = plan.peak_rate * min(1.0, (step + 1) / plan.warm_up, 0.3 + 1.4 * (1 - step / plan.steps))
        texts, targets, layouts = _captions(plan.batch, rng)
        ids = torch.tensor([encoding.ids for encoding in tokenizer.encode_batch_fast(texts)])
        loss = help_loss(helper(text.features(ids)), targets, layouts)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        share_gradients(parameters, plan.workers)
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        if rank == 0 and (step % 100 == 0 or step == plan.steps - 1):
            print(f"reading step {step} loss {loss.item():.3f} seconds {time.monotonic() - started:.0f}", flush=True)
            torch.save({"text": text.state_dict(), "helper": helper.state_dict()}, weights)
    distributed.barrier()
    distributed.destroy_process_group()


def _captions(count: int, rng: random.Random) -> tuple[list[str], Tensor, Tensor]:
    """Captions that tell every place; every second one tells sizes and textures too."""
    scenes = [training_scene(rng) for _ in range(count)]
    wishes = (Wish(place=True, partial=False), Wish(place=True, size=True, texture=True, partial=False))
    texts = [caption_scene(scene, rng.getrandbits(32), wishes[row % 2]).text for row, scene in enumerate(scenes)]
    targets, layouts = scene_targets(scenes)
    targets[::2, :, 3:] = NOT_THERE
    return texts, targets, layouts
