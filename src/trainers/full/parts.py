"""What losses share. A block is a matrix of cosines, rows asking for columns."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from .loss import Inputs


def both_ways(block: Tensor, term: Callable[[Tensor, bool], Tensor]) -> Tensor:
    """Half of a term over the rows and half of it over the columns: images ask for texts, and texts for images."""
    return (term(block, False) + term(block.T, True)) / 2


def cross_entropy(block: Tensor, temperature: Tensor, wanted: Tensor, weights: Tensor | None = None) -> Tensor:
    """−Σ_row w Σ_column wanted · log softmax(s/τ); a row counts 1 / rows where no weights are given."""
    terms = -(wanted * F.log_softmax(block / temperature, dim=1)).sum(1)
    return terms.mean() if weights is None else (weights * terms).sum()


def own_alone(block: Tensor) -> Tensor:
    """Wants the column of the row's own number and no other."""
    return torch.eye(block.shape[0], block.shape[1], dtype=block.dtype, device=block.device)


def contrast(inputs: Inputs, weights: Tensor | None = None) -> Tensor:
    """CLIP's own term: every image picks its text among all, every text its image."""
    return both_ways(inputs.blocks["imageText"], lambda block, _: cross_entropy(block, inputs.temperature, own_alone(block), weights))


def pair_masks(inputs: Inputs) -> Callable[[bool], Tensor]:
    """Which columns are of a row's group, for rows of images or, turned, of texts."""
    matches = inputs.targets["imageGroups"][:, None] == inputs.targets["textGroups"][None, :]
    return lambda is_turned: matches.T if is_turned else matches


def group_shares(matches: Tensor, dtype: torch.dtype) -> Tensor:
    """Wants all columns of a group alike."""
    shares = matches.to(dtype)
    return shares / shares.sum(1, keepdim=True).clamp_min(1)


def group_contrast(inputs: Inputs) -> Tensor:
    """CLIP's term where all of a group match, each as much as the others."""
    matches = pair_masks(inputs)
    return both_ways(
        inputs.blocks["imageText"],
        lambda block, is_turned: cross_entropy(block, inputs.temperature, group_shares(matches(is_turned), block.dtype)),
    )


def decoupled(block: Tensor, temperature: Tensor, negatives: Tensor) -> Tensor:
    """mean_i [−s_ii/τ + log Σ_{j: negative} exp(s_ij/τ)]; a row without a negative counts nothing."""
    has_any = negatives.any(1)
    logits = block / temperature
    # An empty sum has no derivative: such a row is given all columns and then not counted.
    sums = logits.masked_fill(~(negatives | ~has_any[:, None]), -torch.inf).logsumexp(1)
    terms = sums - logits.diagonal()[: block.shape[0]]
    return terms.where(has_any, torch.zeros_like(terms)).mean()


def follow_teacher(
    block: Tensor,
    temperature: Tensor,
    teacher: Tensor,
    teacher_temperature: float,
    is_believed: Callable[[Tensor], Tensor] | None = None,
) -> Tensor:
    """½ [mean_row KL(softmax(teacher) ‖ softmax(s/τ)) + the same over columns]; a row that is not believed counts nothing."""

    def term(rows: Tensor, is_turned: bool) -> Tensor:
        cosines = teacher.T if is_turned else teacher
        wanted = F.log_softmax(cosines / teacher_temperature, dim=1)
        terms = F.kl_div(F.log_softmax(rows / temperature, dim=1), wanted, reduction="none", log_target=True).sum(1)
        return (terms if is_believed is None else terms * is_believed(cosines)).mean()

    return both_ways(block, term)


def gaps(inputs: Inputs) -> Tensor:
    """s of the image with each extra text that was made of its caption − s with the caption itself."""
    own, extra, owners = inputs.blocks["imageText"], inputs.blocks["imageExtra"], inputs.targets["owners"]
    return extra[owners, torch.arange(len(owners), device=own.device)] - own[owners, owners]


def mean_or_zero(values: Tensor) -> Tensor:
    """The mean, 0 of nothing."""
    return values.sum() / max(1, values.numel())


def others(block: Tensor) -> Tensor:
    """Which places are not on the diagonal."""
    return own_alone(block) == 0


def retrieved(store: Tensor, left: Tensor, right: Tensor, scale: float) -> Tensor:
    """Cosines between what a modern Hopfield network finds for `left` and for `right` (queries × stored) in a store of known cosines."""
    shares = [F.softmax(scale * queries, dim=1) for queries in (left, right)]
    mixed = [share @ store for share in shares]
    lengths = [(share * mix).sum(1).sqrt() for share, mix in zip(shares, mixed, strict=True)]
    return (mixed[0] @ shares[1].T) / (lengths[0][:, None] * lengths[1][None, :])


def sorting_shares(distances: Tensor, firsts: Tensor) -> Tensor:
    """How much of each column ends among the first K of its row in a soft odd-even sorting network (Petersen et al., 2021), K a row."""
    size = distances.shape[1]
    values, stays = distances, []
    for layer in range(size):
        kept = 0.5 + torch.atan(_seconds(values, layer) - _firsts(values, layer)) / torch.pi
        stays.append(kept)
        values = _mixed(values, kept, layer)
    shares = (torch.arange(size, device=distances.device)[None, :] < firsts[:, None]).to(distances.dtype)
    for layer in reversed(range(size)):
        shares = _mixed(shares, stays[layer], layer)
    return shares


def _pairs(row: Tensor, layer: int) -> Tensor:
    from_ = layer % 2
    count = (row.shape[1] - from_) // 2
    return row[:, from_ : from_ + 2 * count].unflatten(1, (count, 2))


def _firsts(row: Tensor, layer: int) -> Tensor:
    return _pairs(row, layer)[..., 0]


def _seconds(row: Tensor, layer: int) -> Tensor:
    return _pairs(row, layer)[..., 1]


def _mixed(row: Tensor, kept: Tensor, layer: int) -> Tensor:
    """A layer's matrix is symmetric, so values going forwards and shares going backwards are mixed alike."""
    first, second = _firsts(row, layer), _seconds(row, layer)
    mixed = torch.stack([kept * first + (1 - kept) * second, (1 - kept) * first + kept * second], dim=2).flatten(1)
    from_ = layer % 2
    return torch.cat([row[:, :from_], mixed, row[:, from_ + mixed.shape[1] :]], dim=1)
