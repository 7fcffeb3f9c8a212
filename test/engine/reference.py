"""An independent scoring pipeline: PIL, transformers' tokenizer and onnxruntime, sharing nothing with Winnow.

Usage: reference.py ENCODER IMAGES CAPTIONS OUT
CAPTIONS is a JSON list of {"image": file name, "caption": text}. Writes into OUT: images.npy (images x dim) and
captions.npy (captions x dim), float16 and L2-normalised, and reference.json with the images' order and the scores.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image, ImageOps
from transformers import CLIPTokenizer, PreTrainedTokenizerFast


def pixels(path: Path, preprocessing: dict) -> np.ndarray:
    """One picture as CLIP's preprocessing makes it: 3 x crop x crop."""
    size = preprocessing["size"]
    shorter = size if isinstance(size, int) else size["shortest_edge"]
    crop = preprocessing["crop_size"]
    crop = crop if isinstance(crop, int) else crop["height"]
    picture = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
    width, height = picture.size
    if width <= height:
        target = (shorter, int(shorter * height / width))
    else:
        target = (int(shorter * width / height), shorter)
    picture = picture.resize(target, Image.Resampling.BICUBIC)
    left, top = (target[0] - crop) // 2, (target[1] - crop) // 2
    values = np.asarray(picture.crop((left, top, left + crop, top + crop)), dtype=np.float32) / 255
    mean, std = np.float32(preprocessing["image_mean"]), np.float32(preprocessing["image_std"])
    return ((values - mean) / std).transpose(2, 0, 1)


def normalised(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16)


def session(path: Path) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])


def encode_images(encoder: Path, paths: list[Path]) -> np.ndarray:
    preprocessing = json.loads((encoder / "preprocessor_config.json").read_text())
    vision = session(encoder / "onnx" / "vision_model.onnx")
    rows = [vision.run(["image_embeds"], {"pixel_values": pixels(path, preprocessing)[None]})[0] for path in paths]
    return normalised(np.concatenate(rows))


def encode_texts(encoder: Path, texts: list[str]) -> np.ndarray:
    context = json.loads((encoder / "config.json").read_text())["text_config"]["max_position_embeddings"]
    if (encoder / "vocab.json").exists():
        tokenizer = CLIPTokenizer(str(encoder / "vocab.json"), str(encoder / "merges.txt"))
    else:
        tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(encoder / "tokenizer.json"))
    text_model = session(encoder / "onnx" / "text_model.onnx")
    names = {value.name for value in text_model.get_inputs()}
    rows = []
    for text in texts:
        tokens = tokenizer([text], truncation=True, max_length=context, return_tensors="np")
        rows.append(text_model.run(["text_embeds"], {name: tokens[name].astype(np.int64) for name in names})[0])
    return normalised(np.concatenate(rows))


def main() -> None:
    encoder, images, captions, out = map(Path, sys.argv[1:5])
    pairs = json.loads(captions.read_text())
    names = sorted({pair["image"] for pair in pairs})
    image_vectors = encode_images(encoder, [images / name for name in names])
    text_vectors = encode_texts(encoder, [pair["caption"] for pair in pairs])
    rows = {name: row for row, name in enumerate(names)}
    own = image_vectors[[rows[pair["image"]] for pair in pairs]].astype(np.float32)
    scores = (own * text_vectors.astype(np.float32)).sum(axis=1)
    np.save(out / "images.npy", image_vectors)
    np.save(out / "captions.npy", text_vectors)
    (out / "reference.json").write_text(json.dumps({"images": names, "scores": scores.tolist()}))


main()
