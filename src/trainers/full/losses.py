"""All losses by the names that Winnow's `core/losses` gives them; the papers stand there."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from .chance import Random, create_random, draw_integer
from .loss import Inputs, Loss
from .parts import (
    both_ways,
    contrast,
    cross_entropy,
    decoupled,
    follow_teacher,
    gaps,
    group_contrast,
    group_shares,
    mean_or_zero,
    others,
    own_alone,
    pair_masks,
    retrieved,
    sorting_shares,
)

_ALL_BLOCKS = ("imageText", "imageImage", "textText")
_GROUPS = ("imageGroups", "textGroups")
_LEAST_WANTED = 1e-8
_LEAST_SHARE = 1e-12


def _sig_lip(inputs: Inputs) -> Tensor:
    matches = pair_masks(inputs)(False)
    logits = inputs.blocks["imageText"] / inputs.temperature + inputs.bias
    return F.softplus(torch.where(matches, -logits, logits)).sum() / logits.shape[0]


def _dcl(inputs: Inputs) -> Tensor:
    matches = pair_masks(inputs)
    return both_ways(inputs.blocks["imageText"], lambda block, is_turned: decoupled(block, inputs.temperature, ~matches(is_turned)))


def _info_loob(inputs: Inputs) -> Tensor:
    image_text, images, texts = (inputs.blocks[name] for name in _ALL_BLOCKS)
    scale = inputs.options["hopfieldScale"]
    found = [retrieved(images, images, image_text.T, scale), retrieved(texts, texts, image_text, scale)]
    first, second = (decoupled(block, inputs.temperature, others(block)) for block in found)
    return first + second


def _sdm(inputs: Inputs) -> Tensor:
    matches = pair_masks(inputs)

    def divergence(block: Tensor, is_turned: bool) -> Tensor:
        shares = F.log_softmax(block / inputs.temperature, dim=1)
        wanted = (group_shares(matches(is_turned), block.dtype) + _LEAST_WANTED).log()
        return (shares.exp() * (shares - wanted)).sum(1).mean()

    return both_ways(inputs.blocks["imageText"], divergence)


def _cwcl(inputs: Inputs) -> Tensor:
    alike = (inputs.targets["teacherImages"] + 1) / 2
    wanted = alike / alike.sum(1, keepdim=True)
    return both_ways(inputs.blocks["imageText"], lambda block, _: cross_entropy(block, inputs.temperature, wanted))


def _label_smoothing(inputs: Inputs) -> Tensor:
    smoothing = inputs.options["smoothing"]

    def term(block: Tensor, _: bool) -> Tensor:
        return cross_entropy(block, inputs.temperature, (1 - smoothing) * own_alone(block) + smoothing / block.shape[1])

    return both_ways(inputs.blocks["imageText"], term)


def _sample_weighted(inputs: Inputs) -> Tensor:
    weights = inputs.targets["weights"].to(inputs.blocks["imageText"].dtype)
    return contrast(inputs, weights / weights.sum() if weights.sum() > 0 else torch.zeros_like(weights))


def _loss_weighted(inputs: Inputs) -> Tensor:
    spread = inputs.options["spread"]
    logits = inputs.blocks["imageText"] / inputs.temperature
    terms = (logits.logsumexp(1) + logits.logsumexp(0)) / 2 - logits.diagonal()
    return spread * ((terms / spread).logsumexp(0) - math.log(len(terms)))


def _i_sog_clr(inputs: Inputs) -> Tensor:
    block = inputs.blocks["imageText"]
    rows = _anchored(block, inputs.targets["imageIds"], inputs, "images")
    return rows + _anchored(block.T, inputs.targets["textIds"], inputs, "texts")


def _anchored(block: Tensor, ids: Tensor, inputs: Inputs, side: str) -> Tensor:
    """½ mean_i [τ_i log g_i + ρ τ_i] with the derivative of τ_i g_i / u_i; temperatures and averages move in the state."""
    temperatures, averages = inputs.state[f"{side}.temperatures"], inputs.state[f"{side}.averages"]
    options = inputs.options
    ids = ids.to(temperatures.device)
    own = temperatures[ids].to(block)
    gap = (block - block.diagonal()[:, None]) / own[:, None]
    powers = gap.exp() * others(block)
    columns = block.shape[1] - 1
    found = powers.sum(1) / columns
    with torch.no_grad():
        before = averages[ids].to(block)
        average = torch.where(before.isnan(), found, before + options["average"] * (found - before))
        value = (own * (average.log() + options["cost"])).sum() / (2 * len(own))
        slope = average.log() + options["cost"] - (powers * gap).sum(1) / columns / average
        averages[ids] = average.to(averages)
        temperatures[ids] = (own - options["rate"] * slope).clamp_min(options["least"]).to(temperatures)
    stand_in = (own * found / average).sum() / (2 * len(own))
    return stand_in + (value - stand_in).detach()


def _cacr(inputs: Inputs) -> Tensor:
    matches = pair_masks(inputs)
    options = inputs.options

    def weighed(distances: Tensor, mask: Tensor, steepness: float) -> Tensor:
        has_any = mask.any(1, keepdim=True)
        weights = (steepness * distances).masked_fill(~(mask | ~has_any), -torch.inf).softmax(1)
        return (weights * distances).sum(1) * has_any[:, 0]

    def term(block: Tensor, is_turned: bool) -> Tensor:
        distances, mask = 2 - 2 * block, matches(is_turned)
        return (weighed(distances, mask, options["attraction"]) - weighed(distances, ~mask, -options["repulsion"])).mean()

    return both_ways(inputs.blocks["imageText"], term)


def _gro_co(inputs: Inputs) -> Tensor:
    matches = pair_masks(inputs)

    def order(block: Tensor, is_turned: bool) -> Tensor:
        mask = matches(is_turned)
        shares = sorting_shares((1 - block) / inputs.temperature, mask.sum(1))
        return -torch.where(mask, shares, 1 - shares).clamp_min(_LEAST_SHARE).log().mean()

    return both_ways(inputs.blocks["imageText"], order)


def _rank_clip(inputs: Inputs) -> Tensor:
    image_text, images, texts = (inputs.blocks[name] for name in _ALL_BLOCKS)

    def order_like(block: Tensor, like: Tensor, is_own_left_out: bool) -> Tensor:
        scores = like.detach().masked_fill(~others(like), -torch.inf) if is_own_left_out else like.detach()
        order = scores.argsort(dim=1, descending=True, stable=True)[:, : block.shape[1] - int(is_own_left_out)]
        logits = block.gather(1, order) / inputs.temperature
        return (logits.flip(1).logcumsumexp(1).flip(1) - logits).mean()

    across = both_ways(image_text, lambda block, _: order_like(block, block.T, False))
    within = (order_like(images, texts, True) + order_like(texts, images, True)) / 2
    return contrast(inputs) + inputs.options["cross"] * across + inputs.options["within"] * within


def _align_uniform(inputs: Inputs) -> Tensor:
    image_text, images, texts = (inputs.blocks[name] for name in _ALL_BLOCKS)

    def crowding(block: Tensor) -> Tensor:
        away = (4 * block[others(block)] - 4).flatten()
        return away.logsumexp(0) - math.log(len(away))

    distance = (2 - 2 * image_text.diagonal()).mean()
    spread = crowding(image_text) + crowding(images) / 2 + crowding(texts) / 2
    return contrast(inputs) + inputs.options["alignment"] * distance + inputs.options["uniformity"] * spread


def _proto_clip(inputs: Inputs) -> Tensor:
    def pick(block: str, clusters: str) -> Tensor:
        cosines = inputs.blocks[block]
        wanted = F.one_hot(inputs.targets[clusters].long(), cosines.shape[1]).to(cosines.dtype)
        return cross_entropy(cosines, inputs.temperature, wanted)

    picked = pick("imagePrototypes", "imageClusters") + pick("textPrototypes", "textClusters")
    return contrast(inputs) + inputs.options["prototypes"] / 2 * picked


def _mlcd(inputs: Inputs) -> Tensor:
    logits = inputs.blocks["imagePrototypes"] / inputs.temperature
    labels = inputs.targets["labels"].bool()

    def term(signed: Tensor, mask: Tensor) -> Tensor:
        # The leading 0 is the 1 in log(1 + Σ): there may be nothing to sum.
        return F.pad(signed.masked_fill(~mask, -torch.inf), (1, 0)).logsumexp(1).mean()

    return inputs.options["contrast"] * contrast(inputs) + term(logits, ~labels) + term(-logits, labels)


def _neg_clip(inputs: Inputs) -> Tensor:
    own = inputs.blocks["imageText"]
    beside = torch.cat([own, inputs.blocks["imageExtra"]], dim=1)
    images = cross_entropy(beside, inputs.temperature, own_alone(beside))
    return (images + cross_entropy(own.T, inputs.temperature, own_alone(own))) / 2


def _count(inputs: Inputs) -> Tensor:
    return contrast(inputs) + inputs.options["counting"] * mean_or_zero(F.softplus(gaps(inputs) / inputs.temperature))


def _hinge(inputs: Inputs) -> Tensor:
    return contrast(inputs) + inputs.options["structure"] * mean_or_zero(F.relu(gaps(inputs) + inputs.options["margin"]))


def _hard_mixing(inputs: Inputs) -> Tensor:
    image_text, images, texts = (inputs.blocks[name] for name in _ALL_BLOCKS)
    random = create_random(inputs.seed)
    rows = _contest(image_text, texts, inputs, random)
    return (rows + _contest(image_text.T, images, inputs, random)) / 2


def _contest(block: Tensor, among: Tensor, inputs: Inputs, random: Random) -> Tensor:
    """mean_i [−s_ii/τ + log Σ exp(s/τ)] over columns and mixtures of two of the hardest, or of one and the row's own partner."""
    hardest = block.detach().masked_fill(~others(block), -torch.inf).argsort(dim=1, descending=True, stable=True)
    hardest = hardest[:, : min(int(inputs.options["hardest"]), block.shape[1] - 1)].tolist()
    if not hardest[0]:
        return cross_entropy(block, inputs.temperature, own_alone(block))
    drawn = [_draw_mixtures(columns, row, inputs.options, random) for row, columns in enumerate(hardest)]
    mixtures = torch.tensor(drawn, dtype=block.dtype, device=block.device)
    first, second, share = mixtures[..., 0].long(), mixtures[..., 1].long(), mixtures[..., 2]
    lengths = (share**2 + (1 - share) ** 2 + 2 * share * (1 - share) * among[first, second]).sqrt()
    mixed = (share * block.gather(1, first) + (1 - share) * block.gather(1, second)) / lengths
    beside = torch.cat([block, mixed], dim=1)
    return cross_entropy(beside, inputs.temperature, own_alone(beside))


def _draw_mixtures(hardest: list[int], row: int, options: dict[str, float], random: Random) -> list[tuple[int, int, float]]:
    def draw() -> int:
        return hardest[draw_integer(random, len(hardest))]

    mixed = [(draw(), draw(), random()) for _ in range(int(options["mixed"]))]
    return mixed + [(draw(), row, 1 - random() / 2) for _ in range(int(options["withOwn"]))]


def _nearest_neighbour(inputs: Inputs) -> Tensor:
    features = inputs.targets["textFeatures"].detach()
    earlier = inputs.state.get("queue", features[:0])
    inputs.state["queue"] = torch.cat([features, earlier.to(features)])[: int(inputs.options["length"])]
    share = inputs.options["neighbours"] if inputs.blocks["imageQueue"].shape[1] > 0 else 0.0
    if share == 0:
        return contrast(inputs)
    chosen = inputs.blocks["imageQueue"][:, inputs.blocks["textQueue"].argmax(1)]
    neighbours = both_ways(chosen, lambda block, _: cross_entropy(block, inputs.temperature, own_alone(block)))
    return (1 - share) * contrast(inputs) + share * neighbours


def _distillation(inputs: Inputs) -> Tensor:
    share = inputs.options["distilled"]
    block, teacher = inputs.blocks["imageText"], inputs.targets["teacher"]
    taught = follow_teacher(block, inputs.temperature, teacher, inputs.options["teacherTemperature"])
    return (1 - share) * contrast(inputs) + share * taught


def _off_diagonal(inputs: Inputs) -> Tensor:
    def is_own_first(cosines: Tensor) -> Tensor:
        return cosines.diagonal() >= cosines.max(1).values

    block, teacher = inputs.blocks["imageText"], inputs.targets["teacher"]
    taught = follow_teacher(block, inputs.temperature, teacher, inputs.options["teacherTemperature"], is_own_first)
    return contrast(inputs) + inputs.options["kept"] * taught


def _keep_zero_shot(inputs: Inputs) -> Tensor:
    block, teacher = inputs.blocks["reference"], inputs.targets["teacherReference"]
    return contrast(inputs) + inputs.options["kept"] * follow_teacher(
        block, inputs.temperature, teacher, inputs.options["teacherTemperature"]
    )


_TAUGHT = {"kept": 1.0, "teacherTemperature": 0.02}

LOSSES: dict[str, Loss] = {
    loss.id: loss
    for loss in (
        Loss("infoNce", contrast),
        Loss("sigLip", _sig_lip, needs=_GROUPS, start_bias=-10.0),
        Loss("dcl", _dcl, needs=_GROUPS),
        Loss("infoLoob", _info_loob, _ALL_BLOCKS, options={"hopfieldScale": 8.0}),
        Loss("supCon", group_contrast, needs=_GROUPS),
        Loss("sdm", _sdm, needs=_GROUPS, captions="all"),
        Loss("oneToMany", group_contrast, needs=_GROUPS, captions="all"),
        Loss("cwcl", _cwcl, needs=("teacherImages",)),
        Loss("labelSmoothing", _label_smoothing, options={"smoothing": 0.1}),
        Loss("sampleWeighted", _sample_weighted, needs=("weights",)),
        Loss("lossWeighted", _loss_weighted, options={"spread": 1.0}),
        Loss(
            "iSogClr",
            _i_sog_clr,
            needs=("imageIds", "textIds"),
            options={"average": 0.8, "cost": 0.1, "least": 0.01, "rate": 0.005, "first": 0.05},
        ),
        Loss("cacr", _cacr, needs=_GROUPS, captions="all", options={"attraction": 1.0, "repulsion": 2.0}),
        Loss("groCo", _gro_co, needs=_GROUPS),
        Loss("rankClip", _rank_clip, _ALL_BLOCKS, options={"cross": 1.0, "within": 1.0}),
        Loss("alignUniform", _align_uniform, _ALL_BLOCKS, options={"alignment": 1.0, "uniformity": 1.0}),
        Loss(
            "protoClip",
            _proto_clip,
            ("imageText", "imagePrototypes", "textPrototypes"),
            needs=("imageClusters", "textClusters"),
            options={"prototypes": 1.0},
        ),
        Loss("mlcd", _mlcd, ("imageText", "imagePrototypes"), needs=("labels",), options={"contrast": 1.0}),
        Loss("negClip", _neg_clip, ("imageText", "imageExtra")),
        Loss("count", _count, ("imageText", "imageExtra"), needs=("owners",), options={"counting": 1.0}),
        Loss("hinge", _hinge, ("imageText", "imageExtra"), needs=("owners",), options={"margin": 0.2, "structure": 1.0}),
        Loss(
            "hardMixing",
            _hard_mixing,
            _ALL_BLOCKS,
            needs=("seed",),
            options={"hardest": 64.0, "mixed": 16.0, "withOwn": 8.0},
        ),
        Loss(
            "nearestNeighbour",
            _nearest_neighbour,
            ("imageText", "imageQueue", "textQueue"),
            needs=("textFeatures",),
            options={"neighbours": 0.2, "length": 4096.0},
        ),
        Loss("distillation", _distillation, needs=("teacher",), options={"distilled": 0.5, "teacherTemperature": 0.02}),
        Loss("offDiagonal", _off_diagonal, needs=("teacher",), options=_TAUGHT),
        Loss("keepZeroShot", _keep_zero_shot, ("imageText", "reference"), needs=("teacherReference",), options=_TAUGHT),
    )
}
