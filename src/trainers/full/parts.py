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
    """How much of each column ends among the first K of its row in a soft sorting network (Petersen et al., 2021), K a row.

    The network is Batcher's odd-even merge sort. A comparison keeps f of both values in place and changes the rest; it is symmetric, so
    that shares go backwards through the same comparisons that values go forwards through.
    """
    size = distances.shape[1]
    passes = [(low.to(distances.device), high.to(distances.device)) for low, high in _passes(size)]
    values, stays = distances, []
    for low, high in passes:
        stays.append(0.5 + torch.atan(values[:, high] - values[:, low]) / torch.pi)
        values = _mixed(values, stays[-1], low, high)
    shares = (torch.arange(size, device=distances.device)[None, :] < firsts[:, None]).to(distances.dtype)
    for (low, high), kept in zip(reversed(passes), reversed(stays), strict=True):
        shares = _mixed(shares, kept, low, high)
    return shares


def _mixed(row: Tensor, kept: Tensor, low: Tensor, high: Tensor) -> Tensor:
    first, second = row[:, low], row[:, high]
    mixed = row.index_copy(1, low, kept * first + (1 - kept) * second)
    return mixed.index_copy(1, high, (1 - kept) * first + kept * second)


def _passes(size: int) -> list[tuple[Tensor, Tensor]]:
    """The places that are compared, in passes that touch a value once (Knuth, The Art of Computer Programming, 5.2.2, algorithm M)."""
    passes = []
    top = step = 2 ** (max(1, (size - 1).bit_length()) - 1)
    while step >= 1:
        reach, distance, wanted = top, step, 0
        while True:
            low = [at for at in range(size - distance) if at & step == wanted]
            passes.append((torch.tensor(low, dtype=torch.long), torch.tensor([at + distance for at in low], dtype=torch.long)))
            if reach == step:
                break
            distance, reach, wanted = reach - step, reach // 2, step
        step //= 2
    return passes
