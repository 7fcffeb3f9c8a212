"""Trains the dual encoder on drawn scenes: contrast within the batch, against wrong captions, and against sibling scenes."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy
import torch
from tokenizers import Tokenizer
from torch import Tensor, distributed, nn
from torch.multiprocessing.spawn import spawn
from torch.nn import functional

from captions import caption_scene, long_caption, vague_caption, wrong_caption
from model import DualEncoder
from preprocess import IMAGE_MEAN, IMAGE_SIZE, IMAGE_STD
from reading import load_reading
from render import TrainingSet, load_training_set
from scenes import Scene, mirror
from tokens import load_tokenizer
from traits import NOT_THERE, help_loss, make_helper, scene_targets, share_gradients
from vocabulary import COLUMN, ROW

NEGATIVE_KINDS = ("colour", "count", "relation", "position", "shape", "binding", "size", "texture", "axis")
NEGATIVE_WEIGHTS = (20, 34, 24, 8, 7, 5, 4, 4, 4)
NEGATIVES = 1


@dataclass(frozen=True)
class Plan:
    """How long and how fast to train."""

    steps: int
    seed: int
    batch: int = 96
    peak_rate: float = 1.6e-3
    warm_up: int = 60
    workers: int = 2


@dataclass(frozen=True)
class Batch:
    """One step's pictures and captions, with the captions that must not be called wrong."""

    pixels: Tensor
    texts: list[str]
    wrong: list[str]
    wrong_valid: Tensor
    maybe_true: Tensor
    targets: Tensor
    layouts: Tensor
    told_targets: Tensor
    told_layouts: Tensor


def train(
        folder: Path, tokenizer_folder: Path, reading: Path, plan: Plan, checkpoint: Path, resume: bool = False) -> None:
    """Trains in `plan.workers` processes of one thread each, which share their gradients; saves the weights.

    The text tower starts with the weights in `reading`. With `resume`, an interrupted training goes on where its state was last saved.
    """
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    meeting = checkpoint.with_suffix(".meeting")
    meeting.unlink(missing_ok=True)
    spawn(_work, (folder, tokenizer_folder, reading, plan, checkpoint, meeting, resume), nprocs=plan.workers)
    meeting.unlink(missing_ok=True)


def _work(
        rank: int, folder: Path, tokenizer_folder: Path, reading: Path, plan: Plan, checkpoint: Path, meeting: Path,
        resume: bool) -> None:
    torch.set_num_threads(1)
    distributed.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=plan.workers)
    torch.manual_seed(plan.seed)
    data, tokenizer = load_training_set(folder), load_tokenizer(tokenizer_folder)
    model = DualEncoder(tokenizer.get_vocab_size())
    model.vision.to(memory_format=torch.channels_last)
    helper = nn.ModuleList(make_helper() for _ in range(2))
    load_reading(reading, model.text, helper[1])
    optimiser = torch.optim.AdamW(_parameter_groups(model, helper), lr=plan.peak_rate, betas=(0.9, 0.98))
    first = _load_state(checkpoint, model, helper, optimiser) if resume else 0
    batches = _batches(data, plan, rank, first)
    started = time.monotonic()
    for step in range(first, plan.steps):
        for group in optimiser.param_groups:
            group["lr"] = _learning_rate(plan, step, first)
        loss, help_loss, hits = _losses(model, helper, tokenizer, next(batches))
        optimiser.zero_grad(set_to_none=True)
        (loss + _help_weight(plan, step) * help_loss).backward()
        share_gradients([*model.parameters(), *helper.parameters()], plan.workers)
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        with torch.no_grad():
            model.logit_scale.clamp_(0, math.log(100))
        if rank == 0 and (step % 50 == 0 or step == plan.steps - 1):
            _report(step, loss, help_loss, hits, model, time.monotonic() - started)
        if rank == 0 and (step % 200 == 199 or step == plan.steps - 1):
            torch.save(model.state_dict(), checkpoint)
            state = {"helper": helper.state_dict(), "optimiser": optimiser.state_dict(), "step": step + 1}
            torch.save(state, checkpoint.with_suffix(".state"))
    distributed.barrier()
    distributed.destroy_process_group()


def _load_state(checkpoint: Path, model: DualEncoder, helper: nn.ModuleList, optimiser: torch.optim.Optimizer) -> int:
    model.load_state_dict(torch.load(checkpoint, weights_only=True))
    state = torch.load(checkpoint.with_suffix(".state"), weights_only=True)
    helper.load_state_dict(state["helper"])
    optimiser.load_state_dict(state["optimiser"])
    return int(state["step"])


def _batches(data: TrainingSet, plan: Plan, rank: int, first: int) -> Iterator[Batch]:
    """Endless batches; the workers go through the same shuffled pairs of siblings and take turns."""
    shuffler, rng = random.Random(plan.seed + first), random.Random((plan.seed + first) * 1000 + rank)
    pairs = list(range(len(data.scenes) // 2))
    size = plan.batch // 2
    while True:
        shuffler.shuffle(pairs)
        for start in range(rank * size, len(pairs) - plan.workers * size + 1, plan.workers * size):
            chosen = pairs[start:start + size]
            yield _make_batch(data, [index for pair in chosen for index in (2 * pair, 2 * pair + 1)], rng)


def load_model(checkpoint: Path, vocabulary: int) -> DualEncoder:
    """Reads saved weights."""
    model = DualEncoder(vocabulary)
    model.load_state_dict(torch.load(checkpoint, weights_only=True))
    return model.eval()


def _report(step: int, loss: Tensor, help_loss: Tensor, hits: float, model: DualEncoder, seconds: float) -> None:
    scale = math.exp(model.logit_scale.item())
    print(
        f"step {step} loss {loss.item():.3f} help {help_loss.item():.3f} right before wrong {hits:.3f} "
        f"scale {scale:.1f} seconds {seconds:.0f}", flush=True)


def _parameter_groups(model: nn.Module, helper: nn.Module) -> list[dict[str, object]]:
    weights = [p for m in (model, helper) for p in m.parameters() if p.ndim >= 2]
    others = [p for m in (model, helper) for p in m.parameters() if p.ndim < 2]
    return [{"params": weights, "weight_decay": 0.02}, {"params": others, "weight_decay": 0.0}]


def _learning_rate(plan: Plan, step: int, first: int) -> float:
    """Rises over the first steps (also after a resume), stays for half of the training, and falls as a half cosine."""
    steady = 0.5
    progress = max(0.0, (step / plan.steps - steady) / (1 - steady))
    rise = min(1.0, (step - first + 1) / plan.warm_up)
    return plan.peak_rate * rise * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * progress)))


def _help_weight(plan: Plan, step: int) -> float:
    return 1.0 - 0.7 * step / plan.steps


def _losses(
        model: DualEncoder, helper: nn.ModuleList, tokenizer: Tokenizer, batch: Batch) -> tuple[Tensor, Tensor, float]:
    features = model.vision.features(batch.pixels, half=True)
    text_features = _text_features(model, tokenizer, batch.texts + batch.wrong)
    images = functional.normalize(model.vision.project(features), dim=-1)
    texts = functional.normalize(model.text.project(text_features), dim=-1)
    seen = help_loss(helper[0](features), batch.targets, batch.layouts)
    told = help_loss(helper[1](text_features[:len(images)]), batch.told_targets, batch.told_layouts)
    count = len(images)
    right, wrong = texts[:count], texts[count:].reshape(count, NEGATIVES, -1)
    scale = model.logit_scale.exp()
    table = images @ right.T
    against = torch.einsum("id,ikd->ik", images, wrong).masked_fill(~batch.wrong_valid, -1.0)
    masked = table.masked_fill(batch.maybe_true, -1.0)
    answers = torch.arange(count)
    loss = functional.cross_entropy(scale * torch.cat((masked, against), 1), answers)
    loss = 0.5 * loss + 0.5 * functional.cross_entropy(scale * masked.T, answers)
    own = table.diagonal()
    judged = torch.cat((own[:, None], against), 1)
    truth = torch.zeros_like(judged)
    truth[:, 0] = 1
    balance = torch.cat((torch.ones(count, 1), batch.wrong_valid / NEGATIVES), 1)
    calibration = functional.binary_cross_entropy_with_logits(scale * (judged - model.threshold), truth, weight=balance)
    hits = (own[:, None] > against)[batch.wrong_valid].float().mean().item()
    return loss + 0.6 * calibration, seen + told, hits


def _text_features(model: DualEncoder, tokenizer: Tokenizer, texts: list[str]) -> Tensor:
    """Reads short and long captions apart, which saves most of the padding."""
    order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
    parts = []
    for start in range(0, len(order), len(order) // 3 + 1):
        chosen = order[start:start + len(order) // 3 + 1]
        encodings = tokenizer.encode_batch_fast([texts[index] for index in chosen])
        parts.append(model.text.features(torch.tensor([encoding.ids for encoding in encodings])))
    back = torch.empty(len(texts), dtype=torch.int64)
    back[torch.tensor(order)] = torch.arange(len(texts))
    return torch.cat(parts)[back]


def _make_batch(data: TrainingSet, indices: list[int], rng: random.Random) -> Batch:
    flips = [(rng.random() < 0.5, rng.random() < 0.25) for _ in indices[::2] for _ in range(2)]
    scenes = [_flipped(data.scenes[index], flip) for index, flip in zip(indices, flips, strict=True)]
    rambling = rng.random() < 0.04
    texts: list[str] = []
    wrong: list[str] = []
    told: list[bool] = []
    maybe_true = torch.zeros(len(indices), len(indices), dtype=torch.bool)
    for row, scene in enumerate(scenes):
        seed = rng.getrandbits(32)
        caption = caption_scene(scene, seed)
        is_long = rambling and rng.random() < 0.1
        texts.append(long_caption(scene, seed) if is_long else caption.text)
        wrong += _wrong_captions(scene, seed, rng)
        told.append(caption.tells_place and caption.tells_all_groups)
        kind = data.kinds[indices[row | 1]]
        hidden = kind in ("size", "texture") or (kind in ("relation", "position", "axis") and not caption.tells_place)
        same = flips[row] == flips[row ^ 1]
        if hidden or not caption.tells_all_groups or not same:
            maybe_true[row ^ 1, row] = True
    pictures = _augmented(data.pictures[indices], flips, rng)
    targets, layouts = scene_targets(scenes)
    return Batch(
        pictures, texts, wrong, _validity(wrong), maybe_true, targets, layouts, *_told(targets, layouts, told))


def _validity(wrong: list[str]) -> Tensor:
    return torch.tensor([bool(text) for text in wrong]).reshape(-1, NEGATIVES)


def _flipped(scene: Scene, flip: tuple[bool, bool]) -> Scene:
    if flip[0]:
        scene = mirror(scene, ROW)
    return mirror(scene, COLUMN) if flip[1] else scene


def _wrong_captions(scene: Scene, seed: int, rng: random.Random) -> list[str]:
    found: list[str] = []
    for _ in range(NEGATIVES):
        if rng.random() < 0.02:
            found.append(vague_caption(rng.getrandbits(32)))
            continue
        text: str | None = None
        for kind in rng.choices(NEGATIVE_KINDS, NEGATIVE_WEIGHTS, k=3):
            text = wrong_caption(scene, seed, kind, rng)
            if text:
                break
        found.append(text or "")
    return found


def _told(targets: Tensor, layouts: Tensor, told: list[bool]) -> tuple[Tensor, Tensor]:
    """What the captions surely tell: shape, colour and count of every group, and the layout, where places are told."""
    silent = ~torch.tensor(told)
    targets, layouts = targets.clone(), layouts.clone()
    targets[:, :, 3:] = NOT_THERE
    targets[silent] = NOT_THERE
    layouts[silent] = NOT_THERE
    return targets, layouts


def _augmented(pictures: numpy.ndarray, flips: list[tuple[bool, bool]], rng: random.Random) -> Tensor:
    """Flips (told to the captions), crops a little, and changes light, contrast, tint, noise and sharpness."""
    count = len(pictures)
    generator = torch.Generator().manual_seed(rng.getrandbits(32))
    pixels = torch.from_numpy(pictures).permute(0, 3, 1, 2).to(torch.float32) / 255
    signs = torch.tensor([[-1.0 if flip[0] else 1.0, -1.0 if flip[1] else 1.0] for flip in flips])
    zoom = 1 - 0.14 * torch.rand(count, generator=generator) ** 1.5
    reach = (1 - zoom)[:, None] * 0.9 + 0.02
    shift = (2 * torch.rand(count, 2, generator=generator) - 1) * reach
    affine = torch.zeros(count, 2, 3)
    affine[:, 0, 0], affine[:, 1, 1] = zoom * signs[:, 0], zoom * signs[:, 1]
    affine[:, :, 2] = shift
    grid = functional.affine_grid(affine, [count, 3, IMAGE_SIZE, IMAGE_SIZE], align_corners=False)
    pixels = functional.grid_sample(pixels, grid, padding_mode="border", align_corners=False)
    tint = 1 + 0.07 * torch.randn(count, 3, 1, 1, generator=generator) * (torch.rand(count, 1, 1, 1, generator=generator) < 0.5)
    light = 0.06 * torch.randn(count, 1, 1, 1, generator=generator)
    contrast = 1 + 0.1 * torch.randn(count, 1, 1, 1, generator=generator)
    pixels = (pixels - 0.5) * contrast + 0.5 + light
    pixels = pixels * tint
    strength = 0.03 * torch.rand(count, 1, 1, 1, generator=generator) ** 2
    pixels = pixels + strength * torch.randn(count, 1, IMAGE_SIZE, IMAGE_SIZE, generator=generator)
    pixels = pixels.clamp(0, 1)
    mean, deviation = torch.tensor(IMAGE_MEAN)[:, None, None], torch.tensor(IMAGE_STD)[:, None, None]
    return ((pixels - mean) / deviation).contiguous(memory_format=torch.channels_last)
