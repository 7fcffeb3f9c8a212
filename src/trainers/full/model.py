"""The model that is trained: made by open_clip, locked or given LoRA as the settings say, and written as a folder that open_clip loads."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import open_clip
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional as F

from .errors import TrainError
from .loss import Loss
from .pairs import Reader
from .settings import Settings

_LOCAL = "local-dir:"
_TOKENIZER_FILES = ("tokenizer", "vocab", "merges", "special_tokens", "added_tokens", "spiece", "sentencepiece")
_LORA_TARGETS = {"image": r"visual\..*(attn|c_fc|c_proj|qkv|fc1|fc2)", "text": r"(text\.)?transformer\..*(attn|c_fc|c_proj)"}


def make_model(settings: Settings, device: torch.device) -> tuple[nn.Module, Reader]:
    """The model as it begins, with what prepares pictures and texts for it; the same for the same settings. Raises a TrainError."""
    torch.manual_seed(settings.seed)
    try:
        model, prepare_augmented, prepare = open_clip.create_model_and_transforms(
            settings.model, pretrained=settings.pretrained, require_pretrained=not settings.scratch, output_dict=True
        )
        tokenize = open_clip.get_tokenizer(settings.model)
    except (RuntimeError, ValueError, OSError, AssertionError) as error:
        raise TrainError(f"open_clip can't load {settings.model}: {str(error).strip().splitlines()[0]}") from error
    size = model.visual.image_size
    shape = (3, *(size if isinstance(size, tuple | list) else (size, size)))
    return model.to(device), Reader(prepare_augmented if settings.augment else prepare, tokenize, shape, settings.keepPictures)


def prepare_learning(model: nn.Module, settings: Settings, loss: Loss) -> nn.Module:
    """Locks what stays as it is, adds LoRA where it is asked for and the bias that a loss of sigmoids wants. Raises a TrainError."""
    if loss.start_bias is not None and getattr(model, "logit_bias", None) is None:
        model.logit_bias = nn.Parameter(torch.tensor(loss.start_bias, device=model.logit_scale.device))
    if settings.temperature is not None:
        with torch.no_grad():
            model.logit_scale.fill_(-torch.tensor(settings.temperature).log())
    if settings.gradCheckpointing:
        model.set_grad_checkpointing()
    if settings.loraRank > 0:
        model = _with_lora(model, settings)
    else:
        if settings.unlockedImage is not None:
            model.lock_image_tower(unlocked_groups=settings.unlockedImage)
        if settings.unlockedText is not None:
            model.lock_text_tower(unlocked_layers=settings.unlockedText)
    for parameter in scalars(model):
        parameter.requires_grad = settings.learnsTemperature
    return model


def _with_lora(model: nn.Module, settings: Settings) -> nn.Module:
    try:
        from peft import LoraConfig, get_peft_model
    except ImportError as error:
        raise TrainError('LoRA needs the package peft, which this Python does not have: run "python -m pip install peft"') from error
    targets = "|".join(_LORA_TARGETS[tower] for tower in settings.loraOn)
    config = LoraConfig(r=settings.loraRank, lora_alpha=2 * settings.loraRank, target_modules=f"({targets})")
    try:
        return get_peft_model(model, config)
    except ValueError as error:
        raise TrainError(f"LoRA finds no layer that it knows in {settings.model}: train without it, or lock layers instead") from error


def bare(model: nn.Module) -> nn.Module:
    """The model of open_clip itself, below LoRA."""
    return model.get_base_model() if hasattr(model, "get_base_model") else model


def scalars(model: nn.Module) -> list[nn.Parameter]:
    """The temperature and, where there is one, the bias: numbers of the loss, not of a tower."""
    inner = bare(model)
    return [number for number in (inner.logit_scale, getattr(inner, "logit_bias", None)) if isinstance(number, nn.Parameter)]


def encode(model: nn.Module, name: str, rows: Tensor) -> Tensor:
    """Vectors of length 1 in float32 of pictures or of token ids, by the name of what they are."""
    inner = bare(model)
    vectors = inner.encode_image(rows) if name in ("images", "referenceImages") else inner.encode_text(rows)
    return F.normalize(vectors.float(), dim=-1)


@torch.no_grad()
def dim_of(model: nn.Module, reader: Reader, device: torch.device) -> int:
    """The length of the vectors."""
    return encode(model, "texts", reader.texts(["a"]).to(device)).shape[1]


def make_optimizer(model: nn.Module, settings: Settings) -> torch.optim.AdamW:
    """AdamW with open_clip's β and ε; norms, biases and the numbers of the loss don't decay."""
    learning = [parameter for parameter in model.parameters() if parameter.requires_grad]
    if not learning:
        raise TrainError("Nothing of the model is left to learn: unlock layers of a tower, or let the temperature learn")
    groups = [
        {"params": [parameter for parameter in learning if parameter.ndim < 2], "weight_decay": 0.0},
        {"params": [parameter for parameter in learning if parameter.ndim >= 2], "weight_decay": settings.decay},
    ]
    some = [group for group in groups if group["params"]]
    # On a processor, where it isn't the default, it takes half the time for a vocabulary of 49,408.
    return torch.optim.AdamW(some, lr=settings.rate, betas=(0.9, 0.98), eps=1e-6, foreach=True)


def finish(model: nn.Module, settings: Settings) -> nn.Module:
    """The model as it goes out: LoRA merged, and weights between the first and the tuned ones (WiSE-FT, Wortsman et al., 2022)."""
    model = model.merge_and_unload() if hasattr(model, "merge_and_unload") else model
    if settings.interpolation == 1:
        return model
    first = make_model(settings, next(model.parameters()).device)[0].state_dict()
    mixed = {name: _between(first.get(name), tuned, settings.interpolation) for name, tuned in model.state_dict().items()}
    model.load_state_dict(mixed)
    return model


def _between(first: Tensor | None, tuned: Tensor, share: float) -> Tensor:
    if first is None or not tuned.is_floating_point():
        return tuned
    return torch.lerp(first.float(), tuned.float(), share).to(tuned.dtype)


def write_model(model: nn.Module, settings: Settings, folder: Path) -> None:
    """Writes a folder that `local-dir:FOLDER` loads, in one piece: configuration, weights, and the tokenizer's files where it has any."""
    made = folder.with_name(f"{folder.name}.tmp")
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    (made / "open_clip_config.json").write_text(json.dumps(config_of(model, settings.model), indent=2), encoding="utf8")
    weights = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in model.state_dict().items()}
    save_file(weights, made / "open_clip_model.safetensors")
    copy_tokenizer(settings.model, made)
    shutil.rmtree(folder, ignore_errors=True)
    made.replace(folder)


def copy_tokenizer(name: str, folder: Path) -> None:
    """Puts the tokenizer's files of a model into a folder, where it has any: CLIP's own is part of open_clip."""
    if name.startswith(_LOCAL):
        for path in Path(name.removeprefix(_LOCAL)).iterdir():
            if path.name.startswith(_TOKENIZER_FILES):
                shutil.copyfile(path, folder / path.name)
        return
    tokenizer = open_clip.get_tokenizer(name)
    if hasattr(tokenizer, "save_pretrained"):
        tokenizer.save_pretrained(str(folder))


def config_of(model: nn.Module, name: str) -> dict:
    """open_clip's own configuration of a model, with what was added to it."""
    if name.startswith(_LOCAL):
        text = (Path(name.removeprefix(_LOCAL)) / "open_clip_config.json").read_text(encoding="utf8")
        config = json.loads(text)["model_cfg"]
    else:
        config = open_clip.get_model_config(name.replace("/", "-")) or {}
    if isinstance(getattr(model, "logit_bias", None), nn.Parameter):
        config = {**config, "init_logit_bias": model.logit_bias.item()}
    kept = ("mean", "std", "interpolation", "resize_mode")
    return {"model_cfg": config, "preprocess_cfg": {key: model.visual.preprocess_cfg[key] for key in kept}}
