"""Writes captions of scenes in several styles; the same seed words two scenes alike, apart from what differs in them."""

from __future__ import annotations

import random
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from scenes import CHANGES, Group, Scene
from vocabulary import ROW, SINGLE

Item = TypeVar("Item")

NUMBER_WORDS = ("no", "one", "two", "three", "four", "five")
SIZE_WORDS = {"small": ("small", "small", "little", "tiny"), "large": ("large", "large", "big")}
TEXTURE_WORDS = {
    "plain": ("plain", "solid"), "striped": ("striped",), "dotted": ("dotted", "spotted"), "checkered": ("checkered", "chequered"),
}
COLOUR_WORDS = {"teal": ("teal", "teal", "turquoise"), "purple": ("purple", "purple", "violet")}
BACKGROUND_WORDS = {"grey": ("grey", "gray"), "sky blue": ("sky blue", "pale blue"), "navy": ("navy", "dark blue")}
OPENINGS = ("A photo of", "A picture of", "An image of", "There is", "A drawing of", "You can see")
RELATION_WORDS = {
    "left": ("left of", "to the left of", "on the left of"),
    "right": ("right of", "to the right of", "on the right of"),
    "above": ("above", "above", "over"),
    "below": ("below", "below", "under", "beneath"),
}
POSITION_WORDS = {
    "left": ("on the left", "at the left side", "on the left side"),
    "right": ("on the right", "at the right side", "on the right side"),
    "top": ("at the top", "in the upper part", "at the top edge"),
    "bottom": ("at the bottom", "in the lower part", "at the bottom edge"),
    "centre": ("in the middle", "in the centre", "in the center"),
}
VAGUE = (
    "a picture", "some shapes on a background", "an image", "colourful shapes", "a drawing with shapes", "several objects",
    "shapes", "a simple picture of things", "a nice illustration", "geometric figures",
)


#: Faults that only a caption which tells places can have.
PLACE_KINDS = frozenset({"relation", "position", "axis"})


@dataclass(frozen=True)
class Caption:
    """A caption, and whether it tells everything by which scenes of the same groups could differ."""

    text: str
    tells_place: bool
    tells_all_groups: bool


@dataclass(frozen=True)
class Wish:
    """What a caption has to tell; None leaves it to the lot."""

    place: bool | None = None
    size: bool | None = None
    texture: bool | None = None
    partial: bool | None = None
    turned: bool = False
    """Name two groups in the other order than the seed says."""


class _Lot:
    """Choices by name that depend on nothing but the seed and the name."""

    def __init__(self, seed: int) -> None:
        self._seed = seed & 0xFFFFFFFF

    def number(self, name: str) -> float:
        """A number from 0 to 1."""
        value = (self._seed * 0x9E3779B1 ^ _name_code(name)) & 0xFFFFFFFF
        value = ((value ^ value >> 16) * 0x85EBCA6B) & 0xFFFFFFFF
        value = ((value ^ value >> 13) * 0xC2B2AE35) & 0xFFFFFFFF
        return (value ^ value >> 16) / 0x100000000

    def pick(self, name: str, options: Sequence[Item]) -> Item:
        """One of the options."""
        return options[int(self.number(name) * len(options))]

    def decide(self, name: str, share: float, wish: bool | None) -> bool:
        """Yes in this share of the cases, unless there is a wish."""
        return self.number(name) < share if wish is None else wish


_NAME_CODES: dict[str, int] = {}


def _name_code(name: str) -> int:
    if name not in _NAME_CODES:
        _NAME_CODES[name] = zlib.crc32(name.encode())
    return _NAME_CODES[name]


def caption_scene(scene: Scene, seed: int, wish: Wish = Wish()) -> Caption:
    """Words a scene; the seed settles the style and every choice of words."""
    lot = _Lot(seed)
    if len(scene.groups) > 1 and lot.decide("partial", 0.05, wish.partial):
        return Caption(_partial_caption(scene, lot, wish), False, False)
    tells_place = lot.decide("place", 0.8, wish.place)
    if scene.layout == SINGLE:
        text = _caption_single(scene, lot, wish, tells_place)
    elif not tells_place:
        text = _caption_list(scene, lot, wish)
    elif len(scene.groups) == 2:
        text = _caption_pair(scene, lot, wish)
    else:
        text = _caption_three(scene, lot, wish)
    return Caption(_finish(text, scene, lot), tells_place, True)


def vague_caption(seed: int) -> str:
    """A caption that would be true of nearly every picture."""
    return _Lot(seed).pick("vague", VAGUE)


def long_caption(scene: Scene, seed: int) -> str:
    """A true but rambling caption, well over the encoder's token limit."""
    lot = _Lot(seed)
    parts = [caption_scene(scene, seed + turn, Wish(place=True, size=True, texture=True, partial=False)).text for turn in range(3)]
    filler = (
        "It was made with a lot of patience and drawn with soft edges and a gentle shadow under every object",
        "Everything in it is arranged with care so that nothing touches anything else and nothing is cut off at the border",
        "The colours are clear and the whole picture has a calm and friendly look that is easy on the eye",
        "One could look at it for quite a while and still find the same few things in it again and again",
    )
    start = int(lot.number("filler") * len(filler))
    sentences = [part.rstrip(".") + ". " + filler[(start + turn) % len(filler)] + "." for turn, part in enumerate(parts)]
    return " ".join(sentences)


def wrong_caption(scene: Scene, seed: int, kind: str, rng: random.Random, wish: Wish = Wish()) -> str | None:
    """The caption of the same seed with one thing told wrongly; None where that cannot be."""
    told = caption_scene(scene, seed, wish)
    right = told.text
    if kind in PLACE_KINDS and not (told.tells_place and told.tells_all_groups):
        return None
    for _ in range(4):
        changed = CHANGES[kind](scene, rng)
        turned = kind == "relation" and rng.random() < 0.5
        text = caption_scene(changed, seed, replace(wish, turned=True) if turned else wish).text
        if text != right:
            return text
    return None


def wish_for(kind: str) -> Wish:
    """What a caption has to tell for a fault of this kind to show in it."""
    if kind in PLACE_KINDS:
        return Wish(place=True, partial=False)
    if kind == "size":
        return Wish(size=True, partial=False)
    if kind == "texture":
        return Wish(texture=True, partial=False)
    return Wish(partial=False)


def _caption_single(scene: Scene, lot: _Lot, wish: Wish, tells_place: bool) -> str:
    phrase = _phrase(scene.groups[0], 0, lot, wish)
    if not tells_place:
        return _opened(phrase, lot)
    place = lot.pick("position", POSITION_WORDS[scene.position])
    form = lot.number("form")
    if form < 0.45:
        return _opened(f"{phrase} {place}", lot)
    if form < 0.65:
        return f"{phrase}, {place}"
    if form < 0.8:
        return f"{place} {_of_the_picture(lot)}{_verb(scene.groups[0])} {phrase}"
    return f"{phrase}, {scene.position}"


def _caption_list(scene: Scene, lot: _Lot, wish: Wish) -> str:
    phrases = [_phrase(group, index, lot, wish) for index, group in enumerate(scene.groups)]
    if lot.number("order") < 0.5:
        phrases.reverse()
    if lot.number("form") < 0.5:
        return ", ".join(phrases)
    return _opened(_join(phrases), lot)


def _caption_pair(scene: Scene, lot: _Lot, wish: Wish) -> str:
    turned = (lot.number("order") < 0.5) != wish.turned
    one, other = (1, 0) if turned else (0, 1)
    first, second = _phrase(scene.groups[one], one, lot, wish), _phrase(scene.groups[other], other, lot, wish)
    names = ("left", "right") if scene.layout == ROW else ("above", "below")
    words = lot.pick("relation", RELATION_WORDS[names[one]])
    form = lot.number("form")
    if form < 0.4:
        return _opened(f"{first} {words} {second}", lot)
    if form < 0.52:
        return f"{second}, {first} {names[one]}"
    if form < 0.66:
        places = [_side(scene.layout, index, 2, lot) for index in (one, other)]
        return f"{places[0]} {_verb(scene.groups[one])} {first} and {places[1]} {second}"
    if form < 0.78:
        return f"{first} {_side(scene.layout, one, 2, lot)}, {second} {_side(scene.layout, other, 2, lot)}"
    if form < 0.9:
        short = ("left", "right") if scene.layout == ROW else ("top", "bottom")
        return f"{short[one]}: {first}; {short[other]}: {second}"
    return f"{first} {'stand' if scene.groups[one].count > 1 else 'stands'} {words} {second}"


def _caption_three(scene: Scene, lot: _Lot, wish: Wish) -> str:
    phrases = [_phrase(group, index, lot, wish) for index, group in enumerate(scene.groups)]
    start, end = ("left", "right") if scene.layout == ROW else ("top", "bottom")
    toward, backward = ("left", "right") if scene.layout == ROW else ("above", "below")
    form, turned = lot.number("form"), lot.number("order") < 0.5
    if form < 0.45:
        if turned:
            phrases, start, end = phrases[::-1], end, start
        listing = _join(phrases)
        forms = (f"from {start} to {end}: {listing}", f"{listing} from {start} to {end}", f"{listing}, {start} to {end}")
        return lot.pick("listing", forms)
    if form < 0.75:
        name = backward if turned else toward
        words, more = lot.pick("relation", RELATION_WORDS[name]), lot.pick("relation2", RELATION_WORDS[name])
        if turned:
            phrases = phrases[::-1]
        many = scene.groups[1].count > 1
        link = lot.pick("link", ("which are", "and those are") if many else ("which is", "and that is"))
        return f"{phrases[0]} {words} {phrases[1]}, {link} {more} {phrases[2]}"
    places = [_side(scene.layout, index, 3, lot) for index in range(3)]
    return f"{phrases[0]} {places[0]}, {phrases[1]} {places[1]} and {phrases[2]} {places[2]}"


def _partial_caption(scene: Scene, lot: _Lot, wish: Wish) -> str:
    index = int(lot.number("which group") * len(scene.groups))
    return _finish(_opened(_phrase(scene.groups[index], index, lot, wish), lot), scene, lot)


def _phrase(group: Group, index: int, lot: _Lot, wish: Wish) -> str:
    words = [_count_word(group.count, lot)]
    if lot.decide("size", 0.5, wish.size):
        words.append(lot.pick(f"size word {index}", SIZE_WORDS[group.size]))
    if lot.decide("texture", 0.65, wish.texture) and (
            group.texture != "plain" or wish.texture or lot.number(f"plain {index}") < 0.12):
        words.append(lot.pick("texture word", TEXTURE_WORDS[group.texture]))
    words.append(lot.pick("colour word", COLOUR_WORDS.get(group.colour, (group.colour,))))
    words.append(_plural(group.shape) if group.count > 1 else group.shape)
    if words[0] == "a" and words[1][0] in "aeiou":
        words[0] = "an"
    return " ".join(words)


def _count_word(count: int, lot: _Lot) -> str:
    style = lot.number("count style")
    if style < 0.2:
        return str(count)
    if count == 1:
        return "one" if style < 0.35 else "a"
    return NUMBER_WORDS[count]


def _plural(shape: str) -> str:
    return shape + ("es" if shape.endswith("s") else "s")


def _verb(group: Group) -> str:
    return "are" if group.count > 1 else "is"


def _opened(phrase: str, lot: _Lot) -> str:
    if lot.number("opened") < 0.45:
        return phrase
    opening = lot.pick("opening", OPENINGS)
    if opening == "There is" and not phrase.startswith(("a ", "an ", "one ", "1 ")):
        opening = "There are"
    return f"{opening} {phrase}"


def _side(layout: str, index: int, amount: int, lot: _Lot) -> str:
    if layout == ROW:
        names = ("on the left", "on the right") if amount == 2 else ("on the left", "in the middle", "on the right")
    else:
        names = ("at the top", "at the bottom") if amount == 2 else ("at the top", "in the middle", "at the bottom")
    return names[index] if lot.number("side") < 0.75 else names[index].replace("the middle", "the centre")


def _of_the_picture(lot: _Lot) -> str:
    return "of the picture " if lot.number("of picture") < 0.4 else ""


def _join(phrases: Sequence[str]) -> str:
    return ", ".join(phrases[:-1]) + " and " + phrases[-1]


def _finish(text: str, scene: Scene, lot: _Lot) -> str:
    if lot.number("background") < 0.35:
        name = lot.pick("background word", BACKGROUND_WORDS.get(scene.background, (scene.background,)))
        form = lot.number("background form")
        article = "an" if name[0] in "aeiou" else "a"
        if form < 0.6:
            text = f"{text} on {article} {name} background"
        elif form < 0.8:
            text = f"{text}, {name} background"
        else:
            text = f"on {article} {name} background, {text[0].lower() + text[1:]}"
    if lot.number("sentence") < 0.55:
        return text[0].upper() + text[1:] + "."
    return text
