"""Reference vectors by open_clip or transformers, for Winnow's parity check.

Usage: reference.py FOLDER --model MODEL [--pretrained TAG]

FOLDER is what `winnow parity --make FOLDER` wrote: `material.json` names the pictures and texts. Into it go `image.npy` and
`text.npy` (float32, a row of length 1 a picture or text, zeros where it can't be read) and `reference.json` with the versions.
MODEL is a folder that transformers loads, `local-dir:FOLDER` or `hf-hub:OWNER/NAME` for open_clip, `open_clip:NAME` for one of its
architectures, or a name on the hub for transformers. Progress goes to stdout, a line of JSON each.

Pictures are turned upright by their EXIF orientation first, as Winnow does and as people see them; transformers prepares
them with Pillow. Needs torch, numpy, pillow and the library that loads the model.
"""

from __future__ import annotations

import argparse
import inspect
import json
import platform
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps

Embed = Callable[[list], torch.Tensor]
BATCH = 16


def open_clip_model(name: str, pretrained: str | None) -> tuple[Embed, Embed]:
    """The two sides of an open_clip model, with its own preprocessing and tokenizer."""
    import open_clip

    name = name.removeprefix("open_clip:")
    model, _, preprocess = open_clip.create_model_and_transforms(name, pretrained=pretrained)
    tokenizer = open_clip.get_tokenizer(name)
    model.eval()

    def images(pictures: list[Image.Image]) -> torch.Tensor:
        return model.encode_image(torch.stack([preprocess(picture) for picture in pictures]))

    return images, lambda texts: model.encode_text(tokenizer(texts))


def transformers_model(name: str) -> tuple[Embed, Embed]:
    """The two sides of a transformers model. Texts are padded to the full length where the model was trained so."""
    from transformers import AutoConfig, AutoImageProcessor, AutoModel, AutoTokenizer

    config = AutoConfig.from_pretrained(name)
    model = AutoModel.from_pretrained(name, config=config, dtype=torch.float32).eval()
    processor = AutoImageProcessor.from_pretrained(name, backend="pil")
    tokenizer = AutoTokenizer.from_pretrained(name)
    text_config = getattr(config, "text_config", config)
    longest = min(text_config.max_position_embeddings, tokenizer.model_max_length)
    is_full = config.model_type.startswith("siglip")
    named = inspect.signature(model.get_text_features).parameters

    def images(pictures: list[Image.Image]) -> torch.Tensor:
        return vectors_of(model.get_image_features(**processor(pictures, return_tensors="pt")))

    def texts(batch: list[str]) -> torch.Tensor:
        padding = "max_length" if is_full else "longest"
        tokens = tokenizer(batch, padding=padding, truncation=True, max_length=longest, return_tensors="pt", padding_side="right")
        # What is padded to its full length was trained without a mask.
        wanted = {key: value for key, value in tokens.items() if key in named and not (is_full and key == "attention_mask")}
        return vectors_of(model.get_text_features(**wanted))

    return images, texts


def vectors_of(output: object) -> torch.Tensor:
    """Newer versions of transformers give an object, older ones the vectors alone."""
    return output if isinstance(output, torch.Tensor) else output.pooler_output


def load(name: str, pretrained: str | None) -> tuple[Embed, Embed]:
    if name.startswith(("open_clip:", "local-dir:", "hf-hub:")):
        return open_clip_model(name, pretrained)
    return transformers_model(name)


def read_picture(path: Path) -> Image.Image | None:
    """A picture upright in RGB; none where it can't be read."""
    try:
        with Image.open(path) as picture:
            return ImageOps.exif_transpose(picture).convert("RGB")
    except (OSError, ValueError, SyntaxError):
        return None


def embed_all(items: list, read: Callable[[object], object | None], embed: Embed, advance: Callable[[int], None]) -> np.ndarray:
    """A row an item, of length 1; zeros for what can't be read."""
    rows: list[np.ndarray | None] = []
    for start in range(0, len(items), BATCH):
        batch = [read(item) for item in items[start : start + BATCH]]
        known = [value for value in batch if value is not None]
        vectors = iter(embed(known).float().cpu().numpy()) if known else iter(())
        rows.extend(None if value is None else next(vectors) for value in batch)
        advance(len(batch))
    dim = next(row for row in rows if row is not None).shape[0]
    matrix = np.stack([np.zeros(dim, np.float32) if row is None else row for row in rows]).astype(np.float32)
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    return np.divide(matrix, lengths, out=np.zeros_like(matrix), where=np.isfinite(lengths) & (lengths > 0))


def versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in ("torch", "torchvision", "open_clip_torch", "transformers", "tokenizers", "pillow", "numpy"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def make(folder: Path, name: str, pretrained: str | None = None) -> None:
    """Writes the vectors of a model into the folder of the material."""
    material = json.loads((folder / "material.json").read_text(encoding="utf8"))
    pictures = [folder / "pictures" / picture["file"] for picture in material["pictures"]]
    texts = [text["text"] for text in material["texts"]]
    done, total = 0, len(pictures) + len(texts)

    def advance(count: int) -> None:
        nonlocal done
        done += count
        print(json.dumps({"done": done, "total": total}), flush=True)

    advance(0)
    with torch.inference_mode():
        embed_images, embed_texts = load(name, pretrained)
        np.save(folder / "image.npy", embed_all(pictures, read_picture, embed_images, advance))
        np.save(folder / "text.npy", embed_all(texts, lambda text: text, embed_texts, advance))
    reference = {"schema": 1, "material": material["digest"], "model": name, "versions": versions()}
    (folder / "reference.json").write_text(json.dumps(reference), encoding="utf8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", required=True)
    parser.add_argument("--pretrained")
    words = parser.parse_args()
    make(words.folder, words.model, words.pretrained)


if __name__ == "__main__":
    main()
