"""Draws the training pictures once and stores them as one array; each scene is followed by a sibling wrong in one point."""

from __future__ import annotations

import pickle
import random
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy

from drawing import draw_scene
from preprocess import IMAGE_SIZE, fit_image
from scenes import CHANGES, Scene, is_held_out, training_scene

#: By what siblings differ, and how often.
SIBLING_KINDS = ("colour", "count", "relation", "shape", "position", "binding", "axis", "size", "texture")
SIBLING_WEIGHTS = (20, 34, 18, 8, 6, 5, 3, 3, 3)
CHUNK = 500


@dataclass(frozen=True)
class TrainingSet:
    """Pictures [count, size, size, 3], their scenes, and by what each odd one differs from the one before it."""

    pictures: numpy.ndarray
    scenes: list[Scene]
    kinds: list[str]


def render_training_set(folder: Path, count: int, seed: int, processes: int = 2) -> None:
    """Writes `pictures.npy` and `scenes.pickle` to the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures = numpy.lib.format.open_memmap(
        folder / "pictures.npy", mode="w+", dtype=numpy.uint8, shape=(count, IMAGE_SIZE, IMAGE_SIZE, 3))
    scenes: list[Scene] = []
    kinds: list[str] = []
    starts = range(0, count, CHUNK)
    with ProcessPoolExecutor(processes) as pool:
        jobs = pool.map(_render_chunk, [seed * 1_000_003 + start for start in starts], [min(CHUNK, count - s) for s in starts])
        for start, (block, block_scenes, block_kinds) in zip(starts, jobs, strict=True):
            pictures[start:start + len(block)] = block
            scenes += block_scenes
            kinds += block_kinds
    pictures.flush()
    (folder / "scenes.pickle").write_bytes(pickle.dumps((scenes, kinds)))


def load_training_set(folder: Path) -> TrainingSet:
    """Reads what `render_training_set` wrote."""
    scenes, kinds = pickle.loads((folder / "scenes.pickle").read_bytes())
    return TrainingSet(numpy.load(folder / "pictures.npy", mmap_mode="r"), scenes, kinds)


def _render_chunk(seed: int, count: int) -> tuple[numpy.ndarray, list[Scene], list[str]]:
    rng = random.Random(seed)
    block = numpy.empty((count, IMAGE_SIZE, IMAGE_SIZE, 3), numpy.uint8)
    scenes: list[Scene] = []
    kinds: list[str] = []
    while len(scenes) < count:
        scene = training_scene(rng)
        sibling, kind = _sibling(scene, rng)
        scenes += [scene, sibling]
        kinds += ["", kind]
    for index, scene in enumerate(scenes[:count]):
        side = rng.choice((112, 128, 144, 176))
        block[index] = numpy.asarray(fit_image(draw_scene(scene, rng, side, side)))
    return block, scenes[:count], kinds[:count]


def _sibling(scene: Scene, rng: random.Random) -> tuple[Scene, str]:
    while True:
        kind = rng.choices(SIBLING_KINDS, SIBLING_WEIGHTS)[0]
        sibling = CHANGES[kind](scene, rng)
        if sibling != scene and not is_held_out(sibling):
            return sibling, kind
