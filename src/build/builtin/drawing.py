"""Draws scenes: smooth, slightly irregular objects with a soft shadow on a quiet background."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

import numpy
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from scenes import Group, Scene
from vocabulary import BACKGROUNDS, COLOURS, ROW, SINGLE

SUPERSAMPLING = 2
Colour = tuple[int, int, int]
Point = tuple[float, float]


@dataclass(frozen=True)
class Placed:
    """One object at its place, in units of the central square's side."""

    group: Group
    x: float
    y: float
    radius: float


def draw_scene(scene: Scene, rng: random.Random, width: int, height: int) -> Image.Image:
    """Draws a scene; all objects lie inside the central square, so that a centre crop keeps them whole."""
    large = (width * SUPERSAMPLING, height * SUPERSAMPLING)
    side = min(large)
    left, top = (large[0] - side) / 2, (large[1] - side) / 2
    picture = _draw_background(scene, rng, large)
    shades = {group: _jitter_colour(COLOURS[group.colour], rng, 9) for group in scene.groups}
    placed = _place_scene(scene, rng)
    drawn = [_draw_object(item.group, shades[item.group], item.radius * side, rng) for item in placed]
    middles = [(left + item.x * side, top + item.y * side) for item in placed]
    _draw_shadows(picture, [(mask, middle) for (_, mask), middle in zip(drawn, middles, strict=True)], side)
    for (patch, mask), (x, y) in zip(drawn, middles, strict=True):
        picture.paste(patch, (round(x - patch.width / 2), round(y - patch.height / 2)), mask)
    return picture.resize((width, height), Image.Resampling.LANCZOS)


def _draw_background(scene: Scene, rng: random.Random, size: tuple[int, int]) -> Image.Image:
    base = numpy.array(_jitter_colour(BACKGROUNDS[scene.background], rng, 4), dtype=numpy.float32)
    noise = numpy.random.default_rng(rng.getrandbits(32))
    grid_y, grid_x = numpy.mgrid[0:16, 0:16].astype(numpy.float32) / 15 - 0.5
    if scene.background_kind == "gradient":
        angle = rng.uniform(0, 2 * math.pi)
        light = 26 * (math.cos(angle) * grid_x + math.sin(angle) * grid_y)
    elif scene.background_kind == "glow":
        light = 14 - 44 * (grid_x ** 2 + grid_y ** 2)
    elif scene.background_kind == "paper":
        light = noise.normal(0, 3.2, (16, 16))
    else:
        light = numpy.zeros((16, 16), dtype=numpy.float32)
    field = numpy.clip(base + light[..., None], 0, 255).astype(numpy.uint8)
    return Image.fromarray(field, "RGB").resize(size, Image.Resampling.BICUBIC)


def _place_scene(scene: Scene, rng: random.Random) -> list[Placed]:
    if scene.layout == SINGLE:
        offset = {"left": (-0.25, 0.0), "right": (0.25, 0.0), "top": (0.0, -0.25), "bottom": (0.0, 0.25)}
        dx, dy = offset.get(scene.position, (0.0, 0.0))
        spread = min(0.33, 0.12 + 0.06 * scene.groups[0].count)
        half = (0.2 if dx else spread, 0.2 if dy else spread) if dx or dy else (min(0.26, spread), min(0.26, spread))
        centre = (0.5 + dx + rng.uniform(-0.02, 0.02), 0.5 + dy + rng.uniform(-0.02, 0.02))
        return _place_group(scene.groups[0], centre, half, rng)
    amount = len(scene.groups)
    along = (0.26, 0.74) if amount == 2 else (0.195, 0.5, 0.805)
    reach = 0.2 if amount == 2 else 0.135
    across = rng.uniform(0.45, 0.55)
    placed: list[Placed] = []
    for group, middle in zip(scene.groups, along, strict=True):
        spread = min(0.4, 0.13 + 0.075 * group.count * (1.0 if group.size == "large" else 0.7))
        shift = max(-0.05, min(0.05, 0.44 - spread)) * rng.uniform(-1, 1)
        if scene.layout == ROW:
            placed += _place_group(group, (middle, across + shift), (reach, spread), rng)
        else:
            placed += _place_group(group, (across + shift, middle), (spread, reach), rng)
    return placed


def _place_group(group: Group, centre: Point, half: Point, rng: random.Random) -> list[Placed]:
    """Throws darts until all objects fit without touching; makes them a little smaller whenever they do not."""
    radius = rng.uniform(0.05, 0.06)
    if group.size == "large":
        radius = rng.uniform(0.095, 0.118) if group.count < 4 else rng.uniform(0.086, 0.1)
    for attempt in range(40):
        points = _throw_darts(group.count, radius, centre, half, rng)
        if points is not None:
            return [Placed(group, x, y, radius * rng.uniform(0.97, 1.03)) for x, y in points]
        if attempt % 3 == 2:
            radius *= 0.975
    raise RuntimeError(f"no room for {group}")


def _throw_darts(count: int, radius: float, centre: Point, half: Point, rng: random.Random) -> list[Point] | None:
    reach = [max(0.01, extent - radius) for extent in half]
    points: list[Point] = []
    for _ in range(40 * count):
        x, y = (min(0.93 - radius, max(0.07 + radius, c + rng.uniform(-r, r))) for c, r in zip(centre, reach, strict=True))
        if all(math.hypot(x - px, y - py) > 2.16 * radius for px, py in points):
            points.append((x, y))
            if len(points) == count:
                return points
    return None


def _draw_shadows(picture: Image.Image, masks: list[tuple[Image.Image, Point]], side: float) -> None:
    scale = 4
    shadow = Image.new("L", (picture.width // scale, picture.height // scale), 0)
    for mask, (x, y) in masks:
        small = mask.resize((max(1, mask.width // scale), max(1, mask.height // scale)), Image.Resampling.BOX)
        centre = ((x + 0.008 * side) / scale, (y + 0.016 * side) / scale)
        shadow.paste(70, (round(centre[0] - small.width / 2), round(centre[1] - small.height / 2)), small)
    soft = shadow.filter(ImageFilter.GaussianBlur(side * 0.011 / scale + 0.4)).resize(picture.size, Image.Resampling.BILINEAR)
    picture.paste((30, 26, 40), (0, 0, *picture.size), soft)


def _draw_object(group: Group, shade: Colour, radius: float, rng: random.Random) -> tuple[Image.Image, Image.Image]:
    extent = max(8, int(radius * 2.4))
    turn = rng.uniform(-16, 16) if group.shape not in ("arrow", "crescent") else rng.uniform(0, 360)
    mask = _shape_mask(group.shape, extent, radius, turn)
    patch = _textured_patch(group.texture, extent, radius, shade, rng)
    border = max(1, round(radius * 0.09)) * 2 + 1
    inner = mask.filter(ImageFilter.MinFilter(border))
    rim = ImageChops.subtract(mask, inner)
    patch.paste(_blend(shade, (0, 0, 0), 0.3), (0, 0, extent, extent), rim)
    return patch, mask


def _textured_patch(texture: str, extent: int, radius: float, shade: Colour, rng: random.Random) -> Image.Image:
    patch = Image.new("RGB", (extent, extent), shade)
    if texture == "plain":
        return patch
    bright = sum(shade) > 330
    second = _blend(shade, (0, 0, 0), 0.42) if bright and sum(shade) > 480 else _blend(shade, (255, 255, 255), 0.72)
    pen = ImageDraw.Draw(patch)
    if texture == "striped":
        _draw_stripes(pen, extent, radius, second, rng)
    elif texture == "dotted":
        _draw_dots(pen, extent, radius, second, rng)
    else:
        _draw_checks(pen, extent, radius, second, rng)
    return patch


def _draw_stripes(pen: ImageDraw.ImageDraw, extent: int, radius: float, ink: Colour, rng: random.Random) -> None:
    period = max(5.0, radius * 0.62)
    slope = rng.uniform(-1.0, 1.0)
    start = -2 * extent + rng.uniform(0, period)
    while start < 3 * extent:
        shift = slope * extent
        pen.polygon(
            [(start, 0), (start + period * 0.45, 0), (start + period * 0.45 + shift, extent), (start + shift, extent)], fill=ink)
        start += period


def _draw_dots(pen: ImageDraw.ImageDraw, extent: int, radius: float, ink: Colour, rng: random.Random) -> None:
    period, dot = max(5.0, radius * 0.56), max(1.5, radius * 0.15)
    offset = rng.uniform(0, period)
    rows = int(extent / period) + 3
    for row in range(-1, rows):
        for column in range(-1, rows):
            x, y = offset + (column + 0.5 * (row % 2)) * period, offset + row * period * 0.87
            pen.ellipse((x - dot, y - dot, x + dot, y + dot), fill=ink)


def _draw_checks(pen: ImageDraw.ImageDraw, extent: int, radius: float, ink: Colour, rng: random.Random) -> None:
    cell = max(3.0, radius * 0.4)
    offset = rng.uniform(0, cell)
    cells = int(extent / cell) + 2
    for row in range(-1, cells):
        for column in range(-1, cells):
            if (row + column) % 2 == 0:
                x, y = offset + column * cell, offset + row * cell
                pen.rectangle((x, y, x + cell, y + cell), fill=ink)


def _shape_mask(shape: str, extent: int, radius: float, turn: float) -> Image.Image:
    mask = Image.new("L", (extent, extent), 0)
    pen = ImageDraw.Draw(mask)
    centre = extent / 2
    if shape in ("circle", "ring"):
        pen.ellipse(_around(centre, centre, radius * 0.96), fill=255)
        if shape == "ring":
            pen.ellipse(_around(centre, centre, radius * 0.5), fill=0)
        return mask
    if shape == "crescent":
        pen.ellipse(_around(centre, centre, radius), fill=255)
        angle = math.radians(turn)
        pen.ellipse(
            _around(centre + math.cos(angle) * radius * 0.5, centre + math.sin(angle) * radius * 0.5, radius * 0.8), fill=0)
        return mask
    if shape == "flower":
        for petal in range(6):
            angle = math.radians(turn + petal * 60)
            reach = radius * 0.62
            pen.ellipse(
                _around(centre + math.cos(angle) * reach, centre + math.sin(angle) * reach, radius * 0.37), fill=255)
        pen.ellipse(_around(centre, centre, radius * 0.5), fill=255)
        pen.ellipse(_around(centre, centre, radius * 0.2), fill=0)
        return mask
    pen.polygon(_turned(_outline(shape), centre, radius, turn), fill=255)
    return mask


def _outline(shape: str) -> list[Point]:
    if shape == "heart":
        points = []
        for step in range(40):
            t = 2 * math.pi * step / 40
            y = 13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)
            points.append((math.sin(t) ** 3 * 1.0, -(y + 2.5) / 15))
        return points
    if shape == "star":
        return [_polar(1.05 if step % 2 == 0 else 0.44, -90 + 36 * step) for step in range(10)]
    outlines: dict[str, list[Point]] = {
        "square": [(-0.8, -0.8), (0.8, -0.8), (0.8, 0.8), (-0.8, 0.8)],
        "triangle": [_polar(1.08, angle) for angle in (-90, 30, 150)],
        "hexagon": [_polar(1.0, angle) for angle in range(0, 360, 60)],
        "diamond": [(0, -1.08), (0.66, 0), (0, 1.08), (-0.66, 0)],
        "cross": [
            (-0.3, -0.95), (0.3, -0.95), (0.3, -0.3), (0.95, -0.3), (0.95, 0.3), (0.3, 0.3),
            (0.3, 0.95), (-0.3, 0.95), (-0.3, 0.3), (-0.95, 0.3), (-0.95, -0.3), (-0.3, -0.3)],
        "arrow": [(1.05, 0), (0.2, 0.8), (0.2, 0.3), (-0.95, 0.3), (-0.95, -0.3), (0.2, -0.3), (0.2, -0.8)],
    }
    return outlines[shape]


def _polar(radius: float, degrees: float) -> Point:
    return radius * math.cos(math.radians(degrees)), radius * math.sin(math.radians(degrees))


def _turned(points: list[Point], centre: float, radius: float, degrees: float) -> list[Point]:
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return [(centre + radius * (x * cos - y * sin), centre + radius * (x * sin + y * cos)) for x, y in points]


def _around(x: float, y: float, radius: float) -> tuple[float, float, float, float]:
    return x - radius, y - radius, x + radius, y + radius


def _blend(colour: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a * (1 - share) + b * share) for a, b in zip(colour, other, strict=True))
    return red, green, blue


def _jitter_colour(colour: Colour, rng: random.Random, reach: int) -> Colour:
    red, green, blue = (max(0, min(255, channel + rng.randint(-reach, reach))) for channel in colour)
    return red, green, blue
