"""Writes the trained encoder as media/encoder: two ONNX towers, their configuration and the tokenizer."""

from __future__ import annotations

import json
import shutil
import warnings
from pathlib import Path

import onnx
import torch

from card import LIMITS
from model import EMBEDDING_SIZE, DualEncoder
from preprocess import IMAGE_MEAN, IMAGE_SIZE, IMAGE_STD
from tokens import END_ID, MAX_TOKENS, PAD_ID, START_ID

OPSET = 17


def export_encoder(model: DualEncoder, tokenizer_folder: Path, folder: Path, vocabulary: int) -> None:
    """Writes everything a client needs to load the encoder."""
    (folder / "onnx").mkdir(parents=True, exist_ok=True)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(tokenizer_folder / name, folder / name)
    _write_json(folder / "config.json", _config(model, vocabulary))
    _write_json(folder / "preprocessor_config.json", _preprocessor_config())
    model = model.float().eval()
    model.vision.to(memory_format=torch.contiguous_format)
    _export(
        model.vision, torch.zeros(2, 3, IMAGE_SIZE, IMAGE_SIZE), "pixel_values", {0: "batch"},
        "image_embeds", folder / "onnx" / "vision_model.onnx")
    ids = torch.tensor([[START_ID, 40, 41, END_ID, PAD_ID], [START_ID, 42, 43, 44, END_ID]])
    _export(model.text, ids, "input_ids", {0: "batch", 1: "sequence"}, "text_embeds", folder / "onnx" / "text_model.onnx")


def _export(
        tower: torch.nn.Module, example: torch.Tensor, input_name: str, axes: dict[int, str], output_name: str, path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            tower, (example,), str(path), input_names=[input_name], output_names=[output_name], opset_version=OPSET,
            dynamic_axes={input_name: axes, output_name: {0: "batch"}}, dynamo=False)
    graph = onnx.load(str(path))
    graph.doc_string = "Winnow's small encoder for generated pictures; not for photographs."
    for node in graph.graph.node:
        node.doc_string = ""
    onnx.checker.check_model(graph)
    onnx.save(graph, str(path))


def _config(model: DualEncoder, vocabulary: int) -> dict[str, object]:
    return {
        "model_type": "clip",
        "architectures": ["WinnowBuiltInEncoder"],
        "projection_dim": EMBEDDING_SIZE,
        "logit_scale": round(model.logit_scale.item(), 6),
        "logit_scale_init_value": 2.6592,
        "text_config": {
            "vocab_size": vocabulary, "max_position_embeddings": MAX_TOKENS, "pad_token_id": PAD_ID,
            "bos_token_id": START_ID, "eos_token_id": END_ID},
        "vision_config": {"image_size": IMAGE_SIZE, "num_channels": 3},
        "winnow": {
            "builtin": True,
            "note": LIMITS,
        },
    }


def _preprocessor_config() -> dict[str, object]:
    return {
        "image_processor_type": "CLIPImageProcessor",
        "do_convert_rgb": True,
        "do_resize": True,
        "size": {"shortest_edge": IMAGE_SIZE},
        "resample": 3,
        "do_center_crop": True,
        "crop_size": {"height": IMAGE_SIZE, "width": IMAGE_SIZE},
        "do_rescale": True,
        "rescale_factor": 1 / 255,
        "do_normalize": True,
        "image_mean": list(IMAGE_MEAN),
        "image_std": list(IMAGE_STD),
    }


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
