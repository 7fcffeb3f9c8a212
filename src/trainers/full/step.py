"""A step: the loss over the whole batch of all processes, and its derivatives through every process's own share of it.

Each process encodes its share in chunks. Where one chunk is not all, vectors are made twice: first without derivatives, and once the loss
has told the derivative for every vector, again chunk by chunk with them (GradCache, Gao et al., 2021). So neither the number of processes
nor the size of a chunk changes the result: unlike with plain accumulation, every pair of the batch is contrasted with every other.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .chance import mix_seeds
from .clusters import Clusters, cluster_targets
from .errors import TrainError
from .loss import Inputs, Loss, State
from .model import bare, encode, scalars
from .pairs import Batch, Pair
from .ranks import Ranks

_BLOCKS = {
    "imageText": ("images", "texts"),
    "imageImage": ("images", "images"),
    "textText": ("texts", "texts"),
    "imageExtra": ("images", "extras"),
    "imagePrototypes": ("images", "imagePrototypes"),
    "textPrototypes": ("texts", "textPrototypes"),
    "imageQueue": ("images", "queue"),
    "textQueue": ("texts", "queue"),
    "reference": ("referenceImages", "referenceTexts"),
}
_OF_IMAGES = ("images", "referenceImages")


@dataclass
class Contest:
    """What a step works with: the model, a frozen copy where the loss asks a teacher, the loss with its options and state."""

    model: nn.Module
    teacher: nn.Module | None
    loss: Loss
    options: dict[str, float]
    state: State
    ranks: Ranks
    precision: str
    chunk: int
    seed: int
    caption_ids: dict[str, int]
    dim: int
    clusters: Clusters | None = None

    def autocast(self) -> AbstractContextManager:
        """bfloat16 inside the towers where it is asked for."""
        return torch.autocast(self.ranks.device.type, torch.bfloat16, enabled=self.precision == "bf16")


@dataclass(frozen=True)
class Took:
    """What a step took: its loss, and how many pictures could not be read."""

    loss: float
    unreadable: int


def take_step(contest: Contest, pairs: Sequence[Pair], batch: Batch, shard: dict[str, Tensor]) -> Took:
    """Leaves a batch's derivatives in the parameters, the same in every process. Raises a TrainError for a loss that is no number."""
    ranks = contest.ranks
    counts = _counts(batch, ranks)
    own = {name: shard[name].to(ranks.device) for name in counts}
    encoded = {name: _Rows(contest, name, rows) for name, rows in own.items()}
    leaves = {name: ranks.gather(rows.values, counts[name]).requires_grad_() for name, rows in encoded.items()}
    kept = _kept(ranks, batch, shard, counts)
    if int(kept["images"].sum()) < 2:
        raise TrainError(f"Of {len(batch.items)} pictures of a batch fewer than two can be read: look at {pairs[batch.items[0]].image}")
    chosen = {name: leaf[kept[name]] for name, leaf in leaves.items()}
    taught = _taught(contest, own, counts, kept) if contest.teacher is not None else {}
    inputs = _inputs(contest, pairs, batch, (chosen, kept, taught))
    loss = contest.loss(inputs)
    if not torch.isfinite(loss):
        raise TrainError("The loss is no number any more: lower the rate, raise the temperature at the beginning, or train without bf16")
    loss.backward()
    for name, rows in encoded.items():
        gradient = leaves[name].grad
        start = sum(counts[name][: ranks.rank])
        if gradient is not None:
            rows.backward(gradient[start : start + len(own[name])])
    numbers = {id(number) for number in scalars(contest.model)}
    # Every process has the whole derivative for the numbers of the loss already.
    ranks.sum_gradients(parameter for parameter in contest.model.parameters() if id(parameter) not in numbers)
    return Took(loss.item(), int((~kept["images"]).sum()))


def stacked(contest: Contest, chunks: Sequence[Tensor]) -> Tensor:
    """Vectors of several chunks as one matrix, of no rows where there is no chunk."""
    return torch.cat([torch.zeros(0, contest.dim, device=contest.ranks.device), *chunks])


class _Rows:
    """A process's own vectors of one kind, with the way back to the weights."""

    def __init__(self, contest: Contest, name: str, rows: Tensor) -> None:
        self.contest, self.name, self.rows = contest, name, rows
        self.is_cached = len(rows) > contest.chunk
        with torch.set_grad_enabled(not self.is_cached):
            chunks = [self._encode(at) for at in self._starts()]
        self.values = stacked(contest, chunks)

    def backward(self, gradient: Tensor) -> None:
        """Carries a derivative for the vectors on to the weights."""
        if not self.is_cached:
            if self.values.requires_grad:
                self.values.backward(gradient)
            return
        for at in self._starts():
            vectors = self._encode(at)
            if vectors.requires_grad:
                vectors.backward(gradient[at : at + self.contest.chunk])

    def _starts(self) -> range:
        return range(0, len(self.rows), self.contest.chunk)

    def _encode(self, at: int) -> Tensor:
        # What dropout leaves to chance must be the same both times.
        torch.manual_seed(mix_seeds(mix_seeds(self.contest.seed, at), self.contest.ranks.rank))
        with self.contest.autocast():
            return encode(self.contest.model, self.name, self.rows[at : at + self.contest.chunk])


def _counts(batch: Batch, ranks: Ranks) -> dict[str, list[int]]:
    """How many rows of each kind every process has; all of them know it of all."""
    shares = ranks.shares(len(batch.items))
    images = [len(share) for share in shares]
    counts = {"images": images, "texts": [sum(len(batch.captions[place]) for place in share) for share in shares]}
    if any(batch.negatives):
        counts["extras"] = [sum(len(batch.negatives[place]) for place in share) for share in shares]
    if batch.reference:
        counts |= {"referenceImages": images, "referenceTexts": images}
    return counts


def _kept(ranks: Ranks, batch: Batch, shard: dict[str, Tensor], counts: dict[str, list[int]]) -> dict[str, Tensor]:
    """Which rows take part: an image that can't be read is left out with its texts."""

    def gathered(name: str) -> Tensor:
        return ranks.gather(shard[name].to(ranks.device, torch.uint8), counts["images"]).bool()

    def spread(ok: Tensor, texts: Sequence[Sequence[str]]) -> Tensor:
        return ok.repeat_interleave(torch.tensor([len(own) for own in texts], device=ok.device))

    ok = gathered("ok")
    kept = {"images": ok, "texts": spread(ok, batch.captions), "extras": spread(ok, batch.negatives)}
    if batch.reference:
        kept |= {"referenceImages": gathered("referenceOk"), "referenceTexts": torch.ones_like(ok)}
    return kept


@torch.no_grad()
def _taught(contest: Contest, own: dict[str, Tensor], counts: dict[str, list[int]], kept: dict[str, Tensor]) -> dict[str, Tensor]:
    """The frozen copy's vectors of the same rows."""
    taught = {}
    for name in own.keys() - {"extras"}:
        chunks = []
        for at in range(0, len(own[name]), contest.chunk):
            with contest.autocast():
                chunks.append(encode(contest.teacher, name, own[name][at : at + contest.chunk]))
        taught[name] = contest.ranks.gather(stacked(contest, chunks), counts[name])[kept[name]]
    return taught


def _inputs(
    contest: Contest, pairs: Sequence[Pair], batch: Batch, rows: tuple[dict[str, Tensor], dict[str, Tensor], dict[str, Tensor]]
) -> Inputs:
    chosen, kept, taught = rows
    device = contest.ranks.device
    places = [place for place, is_ok in enumerate(kept["images"].tolist()) if is_ok]
    none = chosen["images"].new_zeros(0, chosen["images"].shape[1])
    kept_state = {name: contest.state.get(name, none).to(device) for name in ("queue", "imagePrototypes", "textPrototypes")}
    sides = {"extras": none, **chosen, **kept_state}
    items = [batch.items[place] for place in places]
    captions = [text for place in places for text in batch.captions[place]]
    classes = [pairs[item].class_ for item in items]
    targets = {
        "imageGroups": torch.tensor(classes, device=device),
        "textGroups": torch.tensor(
            [class_ for place, class_ in zip(places, classes, strict=True) for _ in batch.captions[place]], device=device
        ),
        "imageIds": torch.tensor(items, device=device),
        "textIds": torch.tensor([contest.caption_ids[text] for text in captions], device=device),
        "owners": torch.tensor([at for at, place in enumerate(places) for _ in batch.negatives[place]], dtype=torch.long, device=device),
        "weights": torch.tensor([pairs[item].weight for item in items], device=device),
        "textFeatures": chosen["texts"],
    }
    if contest.clusters is not None:
        targets |= {name: target.to(device) for name, target in cluster_targets(contest.clusters, items, captions).items()}
    if taught:
        targets |= {"teacher": taught["images"] @ taught["texts"].T, "teacherImages": taught["images"] @ taught["images"].T}
    if "referenceImages" in taught:
        targets["teacherReference"] = taught["referenceImages"] @ taught["referenceTexts"].T
    inner = bare(contest.model)
    bias = getattr(inner, "logit_bias", None)
    return Inputs(
        blocks={name: sides[_BLOCKS[name][0]] @ sides[_BLOCKS[name][1]].T for name in contest.loss.blocks},
        targets=targets,
        temperature=(-inner.logit_scale).exp(),
        bias=torch.zeros((), device=device) if bias is None else bias,
        options=contest.options,
        state=contest.state,
        seed=contest.seed,
    )
