"""The closed world of the generated pictures: every shape, colour, texture and background there is."""

from __future__ import annotations

SHAPES: tuple[str, ...] = (
    "circle", "square", "triangle", "star", "heart", "ring",
    "cross", "hexagon", "diamond", "crescent", "arrow", "flower",
)

COLOURS: dict[str, tuple[int, int, int]] = {
    "red": (216, 44, 52),
    "orange": (245, 138, 31),
    "yellow": (248, 209, 47),
    "green": (58, 160, 72),
    "teal": (22, 178, 176),
    "blue": (44, 92, 214),
    "purple": (134, 62, 178),
    "pink": (246, 122, 178),
    "brown": (128, 80, 46),
    "black": (38, 38, 44),
}

TEXTURES: tuple[str, ...] = ("plain", "striped", "dotted", "checkered")
SIZES: tuple[str, ...] = ("small", "large")
COUNTS: tuple[int, ...] = (1, 2, 3, 4, 5)
POSITIONS: tuple[str, ...] = ("left", "right", "top", "bottom", "centre")

#: How a scene with several groups is laid out: groups are listed from left to right, or from top to bottom.
ROW = "row"
COLUMN = "column"
SINGLE = "single"

BACKGROUNDS: dict[str, tuple[int, int, int]] = {
    "white": (250, 249, 247),
    "grey": (205, 208, 212),
    "cream": (250, 240, 218),
    "sky blue": (206, 230, 247),
    "mint": (211, 240, 221),
    "lavender": (226, 218, 245),
    "peach": (253, 224, 206),
    "navy": (27, 36, 74),
    "charcoal": (62, 64, 70),
}

BACKGROUND_KINDS: tuple[str, ...] = ("plain", "gradient", "paper", "glow")

#: Colours that would be hard to see on a background, and are therefore never drawn on it.
UNREADABLE: dict[str, frozenset[str]] = {
    "white": frozenset(),
    "grey": frozenset(),
    "cream": frozenset({"yellow"}),
    "sky blue": frozenset(),
    "mint": frozenset(),
    "lavender": frozenset(),
    "peach": frozenset(),
    "navy": frozenset({"black", "blue", "purple", "brown"}),
    "charcoal": frozenset({"black", "brown", "purple"}),
}
