"""Scene descriptions: how they are drawn by lot, changed in one point, mirrored, and told apart."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from vocabulary import (
    BACKGROUND_KINDS, BACKGROUNDS, COLOURS, COLUMN, COUNTS, POSITIONS, ROW, SHAPES, SINGLE, SIZES, TEXTURES, UNREADABLE,
)

#: One scene in this many is never trained on.
HELD_OUT_SHARE = 8


@dataclass(frozen=True)
class Group:
    """Some equal objects that stand together."""

    shape: str
    colour: str
    count: int
    size: str
    texture: str


@dataclass(frozen=True)
class Scene:
    """A picture in words: groups from left to right (row) or from top to bottom (column), or a single group somewhere."""

    layout: str
    position: str
    groups: tuple[Group, ...]
    background: str
    background_kind: str


def random_scene(rng: random.Random) -> Scene:
    """Draws a scene by lot."""
    background = rng.choice(list(BACKGROUNDS))
    colours = [colour for colour in COLOURS if colour not in UNREADABLE[background]]
    amount = rng.choices((1, 2, 3), weights=(25, 55, 20))[0]
    groups: list[Group] = []
    while len(groups) < amount:
        group = _random_group(rng, colours, 3 if amount == 3 else 5)
        if groups:
            group = _make_related(rng, group, groups[0])
        if all((group.shape, group.colour) != (other.shape, other.colour) for other in groups):
            groups.append(group)
    layout = SINGLE if amount == 1 else rng.choice((ROW, COLUMN))
    position = rng.choice(POSITIONS) if amount == 1 else ""
    return Scene(layout, position, tuple(groups), background, rng.choice(BACKGROUND_KINDS))


def held_out_scene(rng: random.Random, draw: Callable[[random.Random], Scene] = random_scene) -> Scene:
    """Draws a scene of the part that training never sees."""
    while True:
        scene = draw(rng)
        if is_held_out(scene):
            return scene


def training_scene(rng: random.Random, draw: Callable[[random.Random], Scene] = random_scene) -> Scene:
    """Draws a scene of the part that training may see."""
    while True:
        scene = draw(rng)
        if not is_held_out(scene):
            return scene


def is_held_out(scene: Scene) -> bool:
    """Whether the scene, or a mirror image of it, belongs to the unseen part; this depends on its meaning alone."""
    digest = hashlib.sha256(scene_key(scene).encode()).digest()
    return int.from_bytes(digest[:4], "big") % HELD_OUT_SHARE == 0


def scene_key(scene: Scene) -> str:
    """A text that is equal for scenes of equal meaning and for their mirror images."""
    variants = (scene, mirror(scene, ROW), mirror(scene, COLUMN), mirror(mirror(scene, ROW), COLUMN))
    return min(repr(replace(variant, background_kind="")) for variant in variants)


def mirror(scene: Scene, axis: str) -> Scene:
    """What the scene becomes when its picture is flipped: left and right with ROW, top and bottom with COLUMN."""
    if scene.layout == SINGLE:
        names = ("left", "right") if axis == ROW else ("top", "bottom")
        if scene.position not in names:
            return scene
        return replace(scene, position=names[1 - names.index(scene.position)])
    return replace(scene, groups=scene.groups[::-1]) if scene.layout == axis else scene


def is_mirror_symmetric(scene: Scene) -> bool:
    """Whether a left-right flip leaves every caption of the scene true."""
    return mirror(scene, ROW) == scene


def wrong_colour(scene: Scene, rng: random.Random) -> Scene:
    """Gives one group a colour that the scene does not have."""
    present = {group.colour for group in scene.groups}
    allowed = [colour for colour in COLOURS if colour not in present and colour not in UNREADABLE[scene.background]]
    return _change_group(scene, rng, lambda group: replace(group, colour=rng.choice(allowed)))


def wrong_count(scene: Scene, rng: random.Random) -> Scene:
    """Gives one group another number of objects."""
    most = 3 if len(scene.groups) == 3 else 5
    return _change_group(
        scene, rng, lambda group: replace(group, count=rng.choice([c for c in COUNTS if c != group.count and c <= most])))


def wrong_shape(scene: Scene, rng: random.Random) -> Scene:
    """Gives one group a shape that the scene does not have."""
    present = {group.shape for group in scene.groups}
    return _change_group(
        scene, rng, lambda group: replace(group, shape=rng.choice([s for s in SHAPES if s not in present])))


def wrong_size(scene: Scene, rng: random.Random) -> Scene:
    """Makes the small objects of one group large, or the large ones small."""
    return _change_group(scene, rng, lambda group: replace(group, size=SIZES[1 - SIZES.index(group.size)]))


def wrong_texture(scene: Scene, rng: random.Random) -> Scene:
    """Gives one group another texture."""
    return _change_group(
        scene, rng, lambda group: replace(group, texture=rng.choice([t for t in TEXTURES if t != group.texture])))


def wrong_relation(scene: Scene, rng: random.Random) -> Scene:
    """Swaps two neighbouring groups, so that left and right (or above and below) are told wrongly."""
    if scene.layout == SINGLE:
        return scene
    groups = list(scene.groups)
    first = rng.randrange(len(groups) - 1)
    groups[first], groups[first + 1] = groups[first + 1], groups[first]
    return replace(scene, groups=tuple(groups))


def wrong_axis(scene: Scene, rng: random.Random) -> Scene:
    """Turns a row into a column, or a column into a row."""
    del rng
    if scene.layout == SINGLE:
        return scene
    return replace(scene, layout=COLUMN if scene.layout == ROW else ROW)


def wrong_position(scene: Scene, rng: random.Random) -> Scene:
    """Puts a single group somewhere else."""
    if scene.layout != SINGLE:
        return scene
    return replace(scene, position=rng.choice([p for p in POSITIONS if p != scene.position]))


def swapped_colours(scene: Scene, rng: random.Random) -> Scene:
    """Lets two groups of different shape exchange their colours."""
    pairs = [
        (i, j) for i in range(len(scene.groups)) for j in range(i)
        if scene.groups[i].colour != scene.groups[j].colour and scene.groups[i].shape != scene.groups[j].shape
    ]
    if not pairs:
        return scene
    i, j = rng.choice(pairs)
    groups = list(scene.groups)
    groups[i], groups[j] = (
        replace(groups[i], colour=groups[j].colour), replace(groups[j], colour=groups[i].colour))
    return replace(scene, groups=tuple(groups))


#: Every way of making a scene wrong in one point; each gives the scene back unchanged where it does not apply.
CHANGES: dict[str, Callable[[Scene, random.Random], Scene]] = {
    "colour": wrong_colour,
    "count": wrong_count,
    "relation": wrong_relation,
    "shape": wrong_shape,
    "size": wrong_size,
    "texture": wrong_texture,
    "position": wrong_position,
    "axis": wrong_axis,
    "binding": swapped_colours,
}


def is_sound(scene: Scene) -> bool:
    """Whether all groups can be told apart by shape and colour."""
    return len({(group.shape, group.colour) for group in scene.groups}) == len(scene.groups)


def _random_group(rng: random.Random, colours: list[str], most: int) -> Group:
    return Group(
        rng.choice(SHAPES), rng.choice(colours), rng.randint(1, most), rng.choice(SIZES),
        rng.choices(TEXTURES, weights=(46, 18, 18, 18))[0])


def _make_related(rng: random.Random, group: Group, other: Group) -> Group:
    """Lets a quarter of the neighbours share their shape, and some their colour, so that scenes are confusable."""
    lot = rng.random()
    if lot < 0.25:
        return replace(group, shape=other.shape)
    if lot < 0.4:
        return replace(group, colour=other.colour)
    return group


def _change_group(scene: Scene, rng: random.Random, change: Callable[[Group], Group]) -> Scene:
    which = rng.randrange(len(scene.groups))
    groups = list(scene.groups)
    groups[which] = change(groups[which])
    changed = replace(scene, groups=tuple(groups))
    return changed if is_sound(changed) else scene
