"""Draws pictures with captions for a training from scratch, with every planted fault but swapped captions.

Usage: draw_pairs.py FOLDER SEED TRAINED HELD_OUT; FOLDER gets `train/` and `validation/` with pictures, and `pairs.jsonl`, a line a
picture: its split and name, its right caption, the caption that it is given, and the fault that was planted, null for none. What is held
out has none, and shows no scene that is trained on.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

sys.path.append(str(Path(__file__).parents[3] / "src/build/builtin"))
from captions import Wish, caption_scene, vague_caption, wish_for, wrong_caption
from dataset import NEAR_CHANGES, WRONG_KINDS
from drawing import draw_scene
from scenes import Scene, held_out_scene, scene_key

# What the built-in encoder looks at.
SIDE = 96
WHOLE = Wish(partial=False)
# Shares of what is trained on. A mirrored copy is none of them: its caption would tell places wrongly.
FAULTS = {
    "exactDuplicate": 0.01,
    "nearDuplicate": 0.04,
    "wrongColour": 0.02,
    "wrongCount": 0.02,
    "wrongRelation": 0.02,
    "partialCaption": 0.02,
    "vagueCaption": 0.02,
}
CHANGES = [name for name in NEAR_CHANGES if name != "flip"]


@dataclass(frozen=True)
class Drawn:
    """A picture with the caption that it is given, and what is wrong with it."""

    scene: Scene
    picture: Image.Image
    quality: int
    right: str
    caption: str
    fault: str | None = None


def main() -> None:
    """Reads the command line and draws."""
    folder, seed, trained, held_out = Path(sys.argv[1]), *(int(word) for word in sys.argv[2:5])
    rng = random.Random(seed)
    drawn = list(draw_trained(rng, trained))
    rng.shuffle(drawn)
    seen = {scene_key(one.scene) for one in drawn}
    lines = [write(folder, "train", at, one) for at, one in enumerate(drawn)]
    lines += [write(folder, "validation", at, one) for at, one in enumerate(draw_unseen(rng, held_out, seen))]
    (folder / "pairs.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf8")


def draw_trained(rng: random.Random, count: int) -> Iterator[Drawn]:
    """As many pairs, those with faults first."""
    faults = [fault for fault, share in FAULTS.items() for _ in range(round(share * count))]
    sound = [draw_sound(rng, held_out_scene(rng)) for _ in range(count - len(faults))]
    yield from sound
    for at, fault in enumerate(faults):
        yield draw_copy(rng, fault, sound[at]) if fault.endswith("Duplicate") else draw_faulty(rng, fault)


def draw_unseen(rng: random.Random, count: int, seen: set[str]) -> Iterator[Drawn]:
    """Sound pairs of scenes that are not among those."""
    while count > 0:
        scene = held_out_scene(rng)
        if scene_key(scene) not in seen:
            seen.add(scene_key(scene))
            count -= 1
            yield draw_sound(rng, scene)


def draw_sound(rng: random.Random, scene: Scene) -> Drawn:
    """A picture with a caption that is right."""
    text = caption_scene(scene, rng.getrandbits(32), WHOLE).text
    return Drawn(scene, draw_scene(scene, rng, SIDE, SIDE), rng.randint(80, 90), text, text)


def draw_copy(rng: random.Random, fault: str, of: Drawn) -> Drawn:
    """A picture once more, or changed mildly, in other right words."""
    text = caption_scene(of.scene, rng.getrandbits(32), WHOLE).text
    if fault == "exactDuplicate":
        return Drawn(of.scene, of.picture, of.quality, text, text, fault)
    change = rng.choice(CHANGES)
    return Drawn(of.scene, NEAR_CHANGES[change](of.picture), 40 if change == "quality" else 85, text, text, fault)


def draw_faulty(rng: random.Random, fault: str) -> Drawn:
    """A picture whose caption tells one thing wrongly, one group of several alone, or nothing."""
    while True:
        scene, seed = held_out_scene(rng), rng.getrandbits(32)
        kind = WRONG_KINDS.get(fault)
        wish = WHOLE if kind is None else wish_for(kind)
        right, given = caption_scene(scene, seed, wish).text, None
        if kind is not None:
            given = wrong_caption(scene, seed, kind, rng, wish)
        elif fault == "vagueCaption":
            given = vague_caption(seed)
        elif len(scene.groups) > 1:
            given = caption_scene(scene, seed, Wish(partial=True)).text
        if given is not None:
            return Drawn(scene, draw_scene(scene, rng, SIDE, SIDE), rng.randint(80, 90), right, given, fault)


def write(folder: Path, split: str, at: int, one: Drawn) -> dict[str, object]:
    """Writes a picture, and gives its line."""
    name = f"{at:05d}.jpg"
    (folder / split).mkdir(parents=True, exist_ok=True)
    one.picture.save(folder / split / name, quality=one.quality)
    return {"split": split, "name": name, "right": one.right, "caption": one.caption, "fault": one.fault}


if __name__ == "__main__":
    main()
