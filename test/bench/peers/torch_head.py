"""An epoch of a linear head on both sides by PyTorch: raw float32 vectors in, milliseconds by loss as JSON on stdout."""

import json
import sys
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F

TEMPERATURE = 0.07
TEACHER_TEMPERATURE = 0.02


class Batch(NamedTuple):
    """Tuned vectors of length 1, and the frozen ones that they were made of; `extra` are a text negative for each image."""

    x: torch.Tensor
    y: torch.Tensor
    extra: torch.Tensor
    frozen_x: torch.Tensor
    frozen_y: torch.Tensor


def both(logits: torch.Tensor, term: Callable[[torch.Tensor], torch.Tensor]) -> torch.Tensor:
    return (term(logits) + term(logits.T)) / 2


def own(logits: torch.Tensor, smoothing: float = 0.0) -> torch.Tensor:
    return F.cross_entropy(logits, torch.arange(logits.shape[0]), label_smoothing=smoothing)


def others(matrix: torch.Tensor) -> torch.Tensor:
    """A square matrix without its diagonal."""
    count = matrix.shape[0]
    return matrix.flatten()[:-1].view(count - 1, count + 1)[:, 1:].reshape(count, count - 1)


def info_nce(b: Batch) -> torch.Tensor:
    return both(b.x @ b.y.T / TEMPERATURE, own)


def sig_lip(b: Batch) -> torch.Tensor:
    cosines = b.x @ b.y.T
    signs = 2 * torch.eye(cosines.shape[0]) - 1
    return -F.logsigmoid(signs * (cosines / TEMPERATURE - 10)).sum() / cosines.shape[0]


def dcl(b: Batch) -> torch.Tensor:
    return both(b.x @ b.y.T / TEMPERATURE, lambda logits: (others(logits).logsumexp(1) - logits.diag()).mean())


def smoothed(b: Batch) -> torch.Tensor:
    return both(b.x @ b.y.T / TEMPERATURE, lambda logits: own(logits, 0.1))


def grouped(b: Batch) -> torch.Tensor:
    """SupCon and 1-to-K where every pair is a group of its own."""
    wanted = torch.eye(b.x.shape[0])
    return both(b.x @ b.y.T / TEMPERATURE, lambda logits: -(wanted * F.log_softmax(logits, 1)).sum(1).mean())


def sdm(b: Batch) -> torch.Tensor:
    wanted = (torch.eye(b.x.shape[0]) + 1e-8).log()
    return both(b.x @ b.y.T / TEMPERATURE, lambda logits: (logits.softmax(1) * (logits.log_softmax(1) - wanted)).sum(1).mean())


def cwcl(b: Batch) -> torch.Tensor:
    wanted = (b.frozen_x @ b.frozen_x.T + 1) / 2
    wanted = wanted / wanted.sum(1, keepdim=True)
    return both(b.x @ b.y.T / TEMPERATURE, lambda logits: -(wanted * logits.log_softmax(1)).sum(1).mean())


def sample_weighted(b: Batch) -> torch.Tensor:
    scores = (b.frozen_x * b.frozen_y).sum(1)
    weights = (10 * (scores - scores.mean())).exp().clamp(max=1)
    weights = weights / weights.sum()
    target = torch.arange(b.x.shape[0])
    return both(b.x @ b.y.T / TEMPERATURE, lambda logits: (weights * F.cross_entropy(logits, target, reduction="none")).sum())


def loss_weighted(b: Batch) -> torch.Tensor:
    logits = b.x @ b.y.T / TEMPERATURE
    target = torch.arange(logits.shape[0])
    terms = (F.cross_entropy(logits, target, reduction="none") + F.cross_entropy(logits.T, target, reduction="none")) / 2
    return terms.logsumexp(0) - np.log(len(target))


def cacr(b: Batch) -> torch.Tensor:
    def pull(distances: torch.Tensor) -> torch.Tensor:
        far = others(distances)
        return (distances.diag() - ((-2 * far).softmax(1) * far).sum(1)).mean()

    return both(2 - 2 * b.x @ b.y.T, pull)


def align_uniform(b: Batch) -> torch.Tensor:
    def crowding(cosines: torch.Tensor) -> torch.Tensor:
        far = others(4 * cosines - 4)
        return far.logsumexp((0, 1)) - np.log(far.numel())

    cosines = b.x @ b.y.T
    spread = crowding(b.x @ b.x.T) / 2 + crowding(b.y @ b.y.T) / 2 + crowding(cosines)
    return both(cosines / TEMPERATURE, own) + (2 - 2 * cosines.diag()).mean() + spread


def rank_clip(b: Batch) -> torch.Tensor:
    def ordered(logits: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
        sorted_logits = logits.gather(1, like.argsort(1, descending=True))
        return (sorted_logits.flip(1).logcumsumexp(1).flip(1) - sorted_logits).mean()

    logits = b.x @ b.y.T / TEMPERATURE
    images, texts = others(b.x @ b.x.T / TEMPERATURE), others(b.y @ b.y.T / TEMPERATURE)
    across = (ordered(logits, logits.detach().T) + ordered(logits.T, logits.detach())) / 2
    within = (ordered(images, texts.detach()) + ordered(texts, images.detach())) / 2
    return both(logits, own) + across + within


def neg_clip(b: Batch) -> torch.Tensor:
    logits = b.x @ torch.cat([b.y, b.extra]).T / TEMPERATURE
    return (own(logits) + own(logits[:, : b.x.shape[0]].T)) / 2


def gaps(b: Batch) -> torch.Tensor:
    return ((b.x @ b.extra.T).diag() - (b.x @ b.y.T).diag()) / TEMPERATURE


def count(b: Batch) -> torch.Tensor:
    return info_nce(b) + F.softplus(gaps(b)).mean()


def hinge(b: Batch) -> torch.Tensor:
    return info_nce(b) + F.relu(gaps(b) * TEMPERATURE + 0.2).mean()


def followed(logits: torch.Tensor, teacher: torch.Tensor) -> torch.Tensor:
    return F.kl_div(logits.log_softmax(1), (teacher / TEACHER_TEMPERATURE).softmax(1), reduction="batchmean")


def distillation(b: Batch) -> torch.Tensor:
    logits, teacher = b.x @ b.y.T / TEMPERATURE, b.frozen_x @ b.frozen_y.T
    return both(logits, own) / 2 + (followed(logits, teacher) + followed(logits.T, teacher.T)) / 4


losses: dict[str, Callable[[Batch], torch.Tensor]] = {
    "infoNce": info_nce,
    "sigLip": sig_lip,
    "dcl": dcl,
    "supCon": grouped,
    "sdm": sdm,
    "cwcl": cwcl,
    "labelSmoothing": smoothed,
    "sampleWeighted": sample_weighted,
    "lossWeighted": loss_weighted,
    "cacr": cacr,
    "alignUniform": align_uniform,
    "rankClip": rank_clip,
    "negClip": neg_clip,
    "count": count,
    "hinge": hinge,
    "distillation": distillation,
}


def time_epoch(name: str, images: torch.Tensor, texts: torch.Tensor, batch: int) -> float:
    """Milliseconds."""
    dim = images.shape[1]
    heads = [torch.nn.Linear(dim, dim, bias=False) for _ in range(2)]
    for head in heads:
        torch.nn.init.eye_(head.weight)
    optimiser = torch.optim.AdamW([head.weight for head in heads], lr=1e-3, betas=(0.9, 0.98), eps=1e-6, weight_decay=0.01)
    order = torch.randperm(images.shape[0], generator=torch.Generator().manual_seed(1))
    uses_extra = name in ("negClip", "count", "hinge")
    started = time.perf_counter()
    for rows in order.split(batch):
        x, y = images[rows], texts[rows]
        tuned_x, tuned_y = (F.normalize(head(vectors), dim=1) for head, vectors in zip(heads, (x, y)))
        extra = F.normalize(heads[1](texts[(rows + 1) % len(texts)]), dim=1) if uses_extra else tuned_y
        loss = losses[name](Batch(tuned_x, tuned_y, extra, x, y))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return (time.perf_counter() - started) * 1000


def main() -> None:
    images_file, texts_file, dim, batch, threads, *names = sys.argv[1:]
    torch.set_num_threads(int(threads))
    images, texts = (torch.from_numpy(np.fromfile(file, dtype=np.float32).reshape(-1, int(dim))) for file in (images_file, texts_file))
    print(json.dumps({name: time_epoch(name, images, texts, int(batch)) for name in names}))


main()
