"""Writes a trained model of open_clip as an encoder that Winnow reads: graphs in ONNX, checked against torch, beside its configuration.

Usage: export_encoder.py OUT --model MODEL [--pretrained TAG] [--checkpoint FILE]

MODEL is a name of open_clip or `local-dir:FOLDER`; FILE a checkpoint of stock open_clip's trainer with the weights. Into OUT go
`open_clip_config.json`, `winnow.json` with the temperature, the tokenizer, `onnx/vision_model.onnx` and `onnx/text_model.onnx`. A line
of JSON tells the worst cosine between both on noise pictures and on words, and how many those were. Needs open_clip_torch, onnx and
onnxruntime.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

LEAST_COSINE = 0.9999
OPSET = 17
PICTURES = 4
WORDS = ["a", "two dogs", "a red car beside a tree, seen from above", "nothing at all"]

try:
    import numpy as np
    import onnxruntime
    import open_clip
    import torch
    from full.errors import TrainError
    from full.model import config_of, copy_tokenizer
    from torch import Tensor, nn
except ModuleNotFoundError as missing:
    packages = "open_clip_torch onnx onnxruntime"
    sys.exit(f'This Python lacks {missing.name}: run "{sys.executable} -m pip install {packages}", or choose another Python')


class Side(nn.Module):
    """One side of a model as a graph."""

    def __init__(self, model: nn.Module, embed: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.model, self.embed = model, embed

    def forward(self, rows: Tensor) -> Tensor:
        """Vectors as the model gives them; Winnow brings them to length 1."""
        return self.embed(rows)


def load(name: str, pretrained: str | None, checkpoint: str | None) -> nn.Module:
    """The trained model. Raises a TrainError."""
    try:
        is_ready = checkpoint is None
        model = open_clip.create_model(name, pretrained=pretrained if is_ready else None, require_pretrained=is_ready)
        if checkpoint is not None:
            open_clip.load_checkpoint(model, checkpoint)
    except (RuntimeError, ValueError, OSError) as error:
        raise TrainError(f"open_clip can't load {checkpoint or name}: {str(error).strip().splitlines()[0]}") from error
    return model.eval()


def write_graph(path: Path, side: Side, rows: Tensor, names: tuple[str, str]) -> None:
    """Writes a graph whose batch may be any."""
    path.parent.mkdir(parents=True, exist_ok=True)
    given, made = names
    with warnings.catch_warnings():
        # The exporter that traces is the one whose graphs run everywhere; it says that it is an old one.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            side,
            (rows,),
            str(path),
            input_names=[given],
            output_names=[made],
            dynamic_axes={given: {0: "batch"}, made: {0: "batch"}},
            opset_version=OPSET,
            dynamo=False,
        )


def worst_cosine(path: Path, side: Side, rows: Tensor) -> float:
    """The least cosine between a graph's vectors and torch's."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    found = session.run(None, {session.get_inputs()[0].name: rows.numpy()})[0]
    wanted = side(rows).numpy()
    lengths = np.linalg.norm(found, axis=1) * np.linalg.norm(wanted, axis=1)
    return float(((found * wanted).sum(1) / lengths).min())


def write_merges(folder: Path, tokenizer: object) -> None:
    """CLIP's own vocabulary as the file that others read it from; the merges stand in their order in the tokenizer."""
    if (folder / "merges.txt").exists() or (folder / "tokenizer.json").exists() or not hasattr(tokenizer, "bpe_ranks"):
        return
    merges = sorted(tokenizer.bpe_ranks, key=tokenizer.bpe_ranks.get)
    lines = "".join(f"{left} {right}\n" for left, right in merges)
    (folder / "merges.txt").write_text(f"#version: 0.2\n{lines}", encoding="utf8")


def write_words(folder: Path, model: nn.Module, name: str) -> None:
    """Writes what a graph doesn't tell: configuration, temperature and tokenizer."""
    (folder / "open_clip_config.json").write_text(json.dumps(config_of(model, name), indent=2), encoding="utf8")
    told = {"schema": 1, "logitScale": model.logit_scale.exp().item()}
    bias = getattr(model, "logit_bias", None)
    if isinstance(bias, nn.Parameter):
        told["logitBias"] = bias.item()
    (folder / "winnow.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf8")
    copy_tokenizer(name, folder)
    write_merges(folder, open_clip.get_tokenizer(name))


@torch.inference_mode()
def export(out: Path, name: str, pretrained: str | None, checkpoint: str | None) -> float:
    """Writes the encoder in one piece and gives the worst cosine to torch. Raises a TrainError where that is too little."""
    # One operator for all of attention is fast, but unknown to ONNX.
    torch.backends.mha.set_fastpath_enabled(False)
    model = load(name, pretrained, checkpoint)
    made = out.with_name(f"{out.name}.tmp")
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    write_words(made, model, name)
    size = model.visual.image_size
    shape = size if isinstance(size, tuple | list) else (size, size)
    pictures = torch.randn(PICTURES, 3, *shape, generator=torch.Generator().manual_seed(1))
    sides = {
        "vision_model": (Side(model, model.encode_image), pictures, ("pixel_values", "image_embeds")),
        "text_model": (Side(model, model.encode_text), open_clip.get_tokenizer(name)(WORDS), ("input_ids", "text_embeds")),
    }
    worst = 1.0
    for file, (side, rows, names) in sides.items():
        path = made / f"onnx/{file}.onnx"
        write_graph(path, side.eval(), rows, names)
        worst = min(worst, worst_cosine(path, side, rows))
    if not worst >= LEAST_COSINE:
        raise TrainError(f"The ONNX graphs of {name} differ from torch's: the worst cosine is {worst:.6f}, expected {LEAST_COSINE} or more")
    shutil.rmtree(out, ignore_errors=True)
    made.replace(out)
    return worst


def main() -> int:
    """Reads the command line and exports."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--model", required=True)
    parser.add_argument("--pretrained")
    parser.add_argument("--checkpoint")
    words = parser.parse_args()
    try:
        worst = export(words.out.resolve(), words.model, words.pretrained, words.checkpoint)
    except TrainError as error:
        print(error, file=sys.stderr)
        return 1
    compared = {"pictures": PICTURES, "texts": len(WORDS)}
    print(json.dumps({"folder": str(words.out.resolve()), "worstCosine": worst, **compared}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
