"""Pictures to a model's pixels with Pillow and numpy on several processes, with hashes and small grey pictures where asked: figures as JSON."""

import hashlib
import json
import resource
import sys
import time
from io import BytesIO
from multiprocessing import Pool
from pathlib import Path

import numpy as np
import xxhash
from PIL import Image, ImageOps

side = 224
mean = np.array([0.48145466, 0.4578275, 0.40821073], dtype=np.float32)
std = np.array([0.26862954, 0.26130258, 0.27577711], dtype=np.float32)


def preprocess(picture: Image.Image) -> np.ndarray:
    width, height = picture.size
    scale = side / min(width, height)
    size = (side, int(side * height / width)) if width <= height else (int(side * width / height), side)
    resized = picture if scale == 1 else picture.resize(size, Image.Resampling.BICUBIC)
    left, top = (resized.width - side) // 2, (resized.height - side) // 2
    pixels = np.asarray(resized.crop((left, top, left + side, top + side)), dtype=np.float32)
    return np.ascontiguousarray(((pixels / np.float32(255) - mean) / std).transpose(2, 0, 1))


def read(path: str) -> Image.Image:
    with Image.open(path) as opened:
        return ImageOps.exif_transpose(opened).convert("RGB")


def pixels_only(path: str) -> str:
    return str(preprocess(read(path)).shape)


def with_facts(path: str) -> str:
    data = Path(path).read_bytes()
    hashlib.sha256(data).hexdigest()
    with Image.open(BytesIO(data)) as opened:
        picture = ImageOps.exif_transpose(opened).convert("RGB")
    preprocess(picture)
    pixel_hash = xxhash.xxh64(picture.tobytes(), seed=picture.width).hexdigest()
    grey = picture.convert("L")
    thumbnail = np.asarray(grey.resize((17, 16), Image.Resampling.BOX), dtype=np.int16)
    np.packbits(thumbnail[:, :-1] > thumbnail[:, 1:])
    np.packbits(thumbnail[:, :-1] < thumbnail[:, 1:])
    np.asarray(grey.resize((32, 32), Image.Resampling.BOX))
    return pixel_hash


def cpu_seconds() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime


def main() -> None:
    list_file, processes, kind, hashes_file = sys.argv[1:]
    paths = Path(list_file).read_text().splitlines()
    work = with_facts if kind == "facts" else pixels_only
    with Pool(int(processes)) as pool:
        pool.map(work, paths[: 4 * int(processes)])
        started = time.perf_counter()
        hashes = pool.map(work, paths, chunksize=8)
        ms = (time.perf_counter() - started) * 1000
        pool.close()
        pool.join()
    Path(hashes_file).write_text("\n".join(hashes))
    print(json.dumps({"ms": ms, "cpuMs": cpu_seconds() * 1000}))


main()
