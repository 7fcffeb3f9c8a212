"""Runs the exported encoder with onnxruntime, just as any client of media/encoder would."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy
import onnxruntime
from PIL import Image

from preprocess import pixel_values
from tokens import load_tokenizer


class Encoder:
    """Unit-length vectors of pictures and captions."""

    def __init__(self, folder: Path, threads: int = 2) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._vision, self._text = (
            onnxruntime.InferenceSession(str(folder / "onnx" / name), options, providers=["CPUExecutionProvider"])
            for name in ("vision_model.onnx", "text_model.onnx"))
        self._tokenizer = load_tokenizer(folder)

    def embed_images(self, pictures: Sequence[Image.Image], batch: int = 32) -> numpy.ndarray:
        """One row per picture."""
        rows = []
        for start in range(0, len(pictures), batch):
            pixels = numpy.stack([pixel_values(picture) for picture in pictures[start:start + batch]])
            rows.append(self._vision.run(None, {"pixel_values": pixels})[0])
        return _unit(numpy.concatenate(rows))

    def embed_texts(self, texts: Sequence[str], batch: int = 64) -> numpy.ndarray:
        """One row per caption."""
        rows = []
        for start in range(0, len(texts), batch):
            encodings = self._tokenizer.encode_batch(list(texts[start:start + batch]))
            ids = numpy.array([encoding.ids for encoding in encodings], numpy.int64)
            rows.append(self._text.run(None, {"input_ids": ids})[0])
        return _unit(numpy.concatenate(rows))


def _unit(rows: numpy.ndarray) -> numpy.ndarray:
    result: numpy.ndarray = rows / numpy.linalg.norm(rows, axis=1, keepdims=True)
    return result
