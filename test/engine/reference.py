"""An independent scoring pipeline: PIL, transformers' tokenizer and onnxruntime, sharing nothing with Winnow.

Usage: reference.py ENCODER IMAGES CAPTIONS OUT
CAPTIONS is a JSON list of {"image": file name, "caption": text}. Writes into OUT reference.json: the
cosine of each pair, from vectors that are stored as float16, and R@1 both ways.
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
    (out / "reference.json").write_text(json.dumps({"scores": scores.tolist(), "recall": recall(image_vectors, text_vectors, pairs, rows)}))


def recall(image_vectors: np.ndarray, text_vectors: np.ndarray, pairs: list[dict], rows: dict[str, int]) -> dict:
    """R@1 both ways; a text that is written on several images counts as found with either."""
    similarity = image_vectors.astype(np.float32) @ text_vectors.astype(np.float32).T
    own = np.array([rows[pair["image"]] for pair in pairs])
    texts = [pair["caption"] for pair in pairs]
    images_of: dict[str, set[int]] = {}
    for text, image in zip(texts, own):
        images_of.setdefault(text, set()).add(int(image))
    best_image, best_text = similarity.argmax(axis=0), similarity.argmax(axis=1)
    text_to_image = np.mean([int(best_image[at]) in images_of[text] for at, text in enumerate(texts)])
    image_to_text = np.mean([row in images_of[texts[best]] for row, best in enumerate(best_text)])
    return {"textToImage": float(text_to_image), "imageToText": float(image_to_text)}


main()
