"""Makes folders of picture-caption pairs with planted faults, and lists every fault."""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from PIL import Image, ImageEnhance, ImageOps

from captions import Wish, caption_scene, long_caption, vague_caption, wish_for, wrong_caption
from drawing import draw_scene
from scenes import CHANGES, Scene, held_out_scene, is_held_out, is_mirror_symmetric, random_scene
from vocabulary import COLUMN, SINGLE, TEXTURES, UNREADABLE
from vocabulary import SIZES as OBJECT_SIZES

SIZES = ((192, 192), (192, 192), (224, 224), (256, 192), (192, 240), (272, 176), (176, 256), (208, 208), (160, 160))
FOLDERS: dict[str, frozenset[str]] = {
    "morning": frozenset({"white", "cream", "sky blue"}),
    "garden": frozenset({"mint", "lavender", "peach"}),
    "night": frozenset({"navy", "charcoal"}),
    "workshop": frozenset({"grey"}),
}
WRONG_KINDS = {"wrongColour": "colour", "wrongCount": "count", "wrongRelation": "relation"}
ORPHAN_CAPTION = "orphanCaption"


@dataclass
class Item:
    """One pair on its way to the disk; `copy_of` and `change` make it a duplicate."""

    scene: Scene
    caption: str | None
    suffix: str
    picture_seed: int
    faults: list[dict[str, object]] = field(default_factory=list)
    copy_of: Item | None = None
    change: str = ""
    has_picture: bool = True
    name: str = ""
    partner: Item | None = None


def plan_dataset(rng: random.Random, pairs: int, faults: Mapping[str, int]) -> list[Item]:
    """Draws the items by lot: first those with faults, then sound ones until there are enough."""
    items: list[Item] = []
    for kind, count in faults.items():
        planner = _PLANNERS[kind]
        for index in range(count):
            items += planner(rng, kind, index)
    while sum(item.has_picture for item in items) < pairs:
        items += _plan_family(rng) if rng.random() < 0.3 else [_plan_sound(rng)]
    while sum(item.has_picture for item in items) > pairs:
        last = max(index for index, item in enumerate(items) if not item.faults and not _is_needed(item, items))
        items.pop(last)
    rng.shuffle(items)
    for number, item in enumerate(items, 1):
        folder = next(name for name, backgrounds in FOLDERS.items() if item.scene.background in backgrounds)
        item.name = f"{folder}/scene-{number:04d}{item.suffix}"
    return items


def write_dataset(items: list[Item], folder: Path) -> list[dict[str, object]]:
    """Writes pictures and captions, and gives back the list of faults by sample."""
    done: dict[str, bytes] = {}
    for item in sorted(items, key=lambda item: item.copy_of is not None):
        path = folder / item.name
        path.parent.mkdir(parents=True, exist_ok=True)
        if item.has_picture:
            done[item.name] = _picture_bytes(item, done)
            path.write_bytes(done[item.name])
        if item.caption is not None:
            ending = "" if item.picture_seed % 12 == 0 or not item.caption else "\n"
            path.with_suffix(".txt").write_text(item.caption + ending, encoding="utf-8")
    return [_named(item, fault) for item in sorted(items, key=lambda item: item.name) for fault in item.faults]


def _named(item: Item, fault: dict[str, object]) -> dict[str, object]:
    name = item.name if item.has_picture else str(Path(item.name).with_suffix(".txt").as_posix())
    entry: dict[str, object] = {"kind": fault["kind"], "sample": name}
    if item.copy_of is not None:
        entry["of"] = item.copy_of.name
    elif item.partner is not None:
        entry["with"] = item.partner.name
    return entry | {key: value for key, value in fault.items() if key != "kind"}


def _picture_bytes(item: Item, done: Mapping[str, bytes]) -> bytes:
    if item.copy_of is None:
        rng = random.Random(item.picture_seed)
        data = encode_picture(draw_scene(item.scene, rng, *rng.choice(SIZES)), item.suffix, rng.randint(80, 90))
        return data[:len(data) * 2 // 5] if item.change == "truncated" else data
    original = done[item.copy_of.name]
    if item.change == "bytes":
        return original
    with Image.open(io.BytesIO(original)) as opened:
        picture = opened.convert("RGB")
    if item.change == "container":
        return encode_picture(picture, item.suffix, 100, lossless=True)
    return encode_picture(NEAR_CHANGES[item.change](picture), item.suffix, 28 if item.change == "quality" else 85)


def encode_picture(picture: Image.Image, suffix: str, quality: int, lossless: bool = False) -> bytes:
    """The bytes of a picture file."""
    buffer = io.BytesIO()
    if suffix == ".jpg":
        picture.save(buffer, "JPEG", quality=quality, optimize=True)
    elif suffix == ".webp":
        picture.save(buffer, "WEBP", quality=quality, lossless=lossless, method=4)
    else:
        picture.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _crop(picture: Image.Image) -> Image.Image:
    width, height = picture.size
    return picture.crop((round(width * 0.03), round(height * 0.05), round(width * 0.95), round(height * 0.96)))


def _shrink(picture: Image.Image) -> Image.Image:
    return picture.resize((round(picture.width * 0.6), round(picture.height * 0.6)), Image.Resampling.LANCZOS)


def _tint(picture: Image.Image) -> Image.Image:
    red, green, blue = picture.split()
    return Image.merge("RGB", (red.point(lambda v: min(255, round(v * 1.05))), green, blue.point(lambda v: round(v * 0.92))))


NEAR_CHANGES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "crop": _crop,
    "quality": lambda picture: picture,
    "resize": _shrink,
    "tint": _tint,
    "brightness": lambda picture: ImageEnhance.Brightness(picture).enhance(0.86),
    "flip": ImageOps.mirror,
}


def _plan_sound(rng: random.Random, scene: Scene | None = None, wish: Wish = Wish(partial=False)) -> Item:
    scene = scene or held_out_scene(rng)
    suffix = rng.choice((".jpg", ".jpg", ".jpg", ".webp"))
    if scene.background_kind == "plain" and rng.random() < 0.6:
        suffix = ".png"
    return Item(scene, caption_scene(scene, rng.getrandbits(32), wish).text, suffix, rng.getrandbits(32))


def _plan_family(rng: random.Random) -> list[Item]:
    """Two or three scenes that differ in one point only, each with a right caption."""
    first = held_out_scene(rng)
    scenes = [first]
    for _ in range(300):
        changed = CHANGES[rng.choice(("colour", "count", "relation"))](first, rng)
        if is_held_out(changed) and changed not in scenes:
            scenes.append(changed)
        if len(scenes) == 3:
            break
    return [_plan_sound(rng, scene, Wish(place=True, partial=False)) for scene in scenes]


def _plan_swap(rng: random.Random, kind: str, index: int) -> list[Item]:
    del index
    one, other = _plan_sound(rng), _plan_sound(rng)
    one.caption, other.caption = other.caption, one.caption
    one.partner, other.partner = other, one
    one.faults, other.faults = [{"kind": kind}], [{"kind": kind}]
    return [one, other]


def _plan_wrong(rng: random.Random, kind: str, index: int) -> list[Item]:
    del index
    while True:
        item = _plan_sound(rng)
        seed, wish = rng.getrandbits(32), wish_for(WRONG_KINDS[kind])
        text = wrong_caption(item.scene, seed, WRONG_KINDS[kind], rng, wish)
        if text is not None:
            item.faults = [{"kind": kind, "right": caption_scene(item.scene, seed, wish).text, "wrong": text}]
            item.caption = text
            return [item]


def _plan_copy(rng: random.Random, kind: str, index: int) -> list[Item]:
    change = {"exactDuplicate": "bytes", "pixelDuplicate": "container"}.get(kind) or list(NEAR_CHANGES)[index % len(NEAR_CHANGES)]
    original = _plan_sound(rng, held_out_scene(rng, _symmetric_scene) if change == "flip" else None)
    if change == "container":
        original.suffix = ".png"
    copy = _plan_sound(rng, original.scene)
    copy.suffix = {"bytes": original.suffix, "container": ".webp"}.get(change, ".jpg" if change == "quality" else copy.suffix)
    copy.copy_of, copy.change = original, change
    copy.faults = [{"kind": kind, "change": change}]
    return [original, copy]


def _symmetric_scene(rng: random.Random) -> Scene:
    while True:
        scene = random_scene(rng)
        if is_mirror_symmetric(scene) and scene.layout in (COLUMN, SINGLE):
            return scene


def _plan_caption(rng: random.Random, kind: str, index: int) -> list[Item]:
    item = _plan_sound(rng)
    captions: dict[str, str | None] = {
        "vagueCaption": vague_caption(rng.getrandbits(32)),
        "longCaption": long_caption(item.scene, rng.getrandbits(32)),
        "emptyCaption": "",
        "missingCaption": None,
    }
    del index
    item.caption = captions[kind]
    item.faults = [{"kind": kind}]
    return [item]


def _plan_broken(rng: random.Random, kind: str, index: int) -> list[Item]:
    del index
    item = _plan_sound(rng)
    item.suffix, item.change, item.faults = ".jpg", "truncated", [{"kind": kind}]
    return [item]


def _plan_orphan(rng: random.Random, kind: str, index: int) -> list[Item]:
    del index
    item = _plan_sound(rng)
    item.has_picture, item.faults = False, [{"kind": kind}]
    return [item]


def _plan_same(rng: random.Random, kind: str, index: int) -> list[Item]:
    """Three scenes that differ in what their common caption leaves out."""
    del index
    first = _plan_sound(rng, wish=Wish(place=True, size=False, texture=False, partial=False))
    while "background" in (first.caption or ""):
        first = _plan_sound(rng, wish=Wish(place=True, size=False, texture=False, partial=False))
    items = [first]
    while len(items) < 3:
        changed = _otherwise_alike(first.scene, rng)
        if is_held_out(changed) and all(changed != item.scene for item in items):
            item = _plan_sound(rng, changed)
            item.caption = first.caption
            items.append(item)
    for item in items:
        item.faults = [{"kind": kind, "caption": first.caption}]
    return items


def _otherwise_alike(scene: Scene, rng: random.Random) -> Scene:
    """Another scene for which every caption that names no size, texture or background stays true."""
    colours = {group.colour for group in scene.groups}
    backgrounds = [name for name, unreadable in UNREADABLE.items() if not unreadable & colours]
    groups = tuple(
        replace(group, size=rng.choice(OBJECT_SIZES), texture=rng.choice(TEXTURES)) for group in scene.groups)
    return replace(scene, groups=groups, background=rng.choice(backgrounds))


def _is_needed(item: Item, items: list[Item]) -> bool:
    return any(other.copy_of is item for other in items)


_PLANNERS: dict[str, Callable[[random.Random, str, int], list[Item]]] = {
    "swappedCaption": _plan_swap,
    "exactDuplicate": _plan_copy,
    "pixelDuplicate": _plan_copy,
    "nearDuplicate": _plan_copy,
    "vagueCaption": _plan_caption,
    "wrongColour": _plan_wrong,
    "wrongCount": _plan_wrong,
    "wrongRelation": _plan_wrong,
    "longCaption": _plan_caption,
    "brokenImage": _plan_broken,
    "emptyCaption": _plan_caption,
    "sameCaption": _plan_same,
    "missingCaption": _plan_caption,
    ORPHAN_CAPTION: _plan_orphan,
}

#: Every kind of fault that can be planted.
FAULT_KINDS = tuple(_PLANNERS)
