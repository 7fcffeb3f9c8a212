"""Turns a picture into the encoder's input as preprocessor_config.json tells it: shortest edge, centre crop, scale."""

from __future__ import annotations

import numpy
from PIL import Image

IMAGE_SIZE = 96
IMAGE_MEAN = (0.5, 0.5, 0.5)
IMAGE_STD = (0.25, 0.25, 0.25)


def fit_image(picture: Image.Image, size: int = IMAGE_SIZE) -> Image.Image:
    """Shrinks the shortest edge to `size` (bicubic) and crops the centre."""
    picture = picture.convert("RGB")
    width, height = picture.size
    shortest = min(width, height)
    target = (int(size * width / shortest), int(size * height / shortest))
    if target != picture.size:
        picture = picture.resize(target, Image.Resampling.BICUBIC)
    left, top = (target[0] - size) // 2, (target[1] - size) // 2
    return picture.crop((left, top, left + size, top + size))


def pixel_values(picture: Image.Image) -> numpy.ndarray:
    """The float32 array [3, size, size] for one picture."""
    array = numpy.asarray(fit_image(picture), dtype=numpy.float32) / 255
    array = (array - numpy.array(IMAGE_MEAN, numpy.float32)) / numpy.array(IMAGE_STD, numpy.float32)
    return numpy.ascontiguousarray(array.transpose(2, 0, 1), dtype=numpy.float32)
