"""Near-duplicates, judged end to end on planted edits.

    python near_duplicates.py make PHOTOS OUT [--edits 150] [--seed 1]   copies the photos, plants edits and writes OUT/../truth.json
    python near_duplicates.py judge TRUTH GROUPS                         prints pair F1 of `winnow groups OUT --kind nearDuplicate --json`

Mild edits: crop of at least 80 % of the area, flip, JPEG quality 40 to 80, half size, tint 0.15. Hard ones: crops of 60 %, and combinations.
"""

import argparse
import io
import json
import random
import shutil
from itertools import combinations
from pathlib import Path

from PIL import Image, ImageOps


def crop(image, area, rng):
    width, height = (round(side * area**0.5) for side in image.size)
    left, top = rng.randint(0, image.width - width), rng.randint(0, image.height - height)
    return image.crop((left, top, left + width, top + height))


def recompress(image, quality):
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return Image.open(io.BytesIO(buffer.getvalue())).convert("RGB")


def tint(image, rng):
    return Image.blend(image, Image.new("RGB", image.size, tuple(rng.randint(0, 255) for _ in range(3))), 0.15)


def halve(image):
    return image.resize((max(1, image.width // 2), max(1, image.height // 2)), Image.BICUBIC)


EDITS = {
    "mild": {
        "crop": lambda image, rng: crop(image, rng.uniform(0.8, 0.95), rng),
        "flip": lambda image, rng: ImageOps.mirror(image),
        "jpeg": lambda image, rng: recompress(image, rng.randint(40, 80)),
        "half": lambda image, rng: halve(image),
        "tint": lambda image, rng: tint(image, rng),
    },
    "hard": {
        "crop60": lambda image, rng: crop(image, 0.6, rng),
        "flipCrop": lambda image, rng: ImageOps.mirror(crop(image, 0.8, rng)),
        "jpegCrop": lambda image, rng: recompress(crop(image, 0.8, rng), 40),
        "tintCrop": lambda image, rng: tint(crop(image, 0.8, rng), rng),
        "all": lambda image, rng: recompress(tint(ImageOps.mirror(crop(image, 0.8, rng)), rng), 40),
    },
}


def make(arguments):
    rng = random.Random(arguments.seed)
    photos = sorted(path for path in Path(arguments.photos).iterdir() if path.suffix.lower() in {".jpg", ".jpeg", ".png"})
    out = Path(arguments.out)
    out.mkdir(parents=True)
    source = {}
    for photo in photos:
        shutil.copyfile(photo, out / photo.name)
        out.joinpath(photo.stem + ".txt").write_text("a photo\n")
        source[photo.name] = photo.name
    for level, photo in zip(["mild", "hard"] * arguments.edits, rng.sample(photos, 2 * arguments.edits)):
        name = rng.choice(sorted(EDITS[level]))
        edited = EDITS[level][name](Image.open(photo).convert("RGB"), rng)
        file = f"{level}-{name}-{photo.stem}.jpg"
        edited.save(out / file, quality=92)
        out.joinpath(file).with_suffix(".txt").write_text("a photo\n")
        source[file] = photo.name
    out.parent.joinpath("truth.json").write_text(json.dumps(source))


def judge(arguments):
    source = json.loads(Path(arguments.truth).read_text())
    groups = json.loads(Path(arguments.groups).read_text())
    found = {frozenset(pair) for group in groups for pair in combinations(sorted({member["sample"] for member in group["members"]}), 2)}
    for level in EDITS:
        edits = {file for file in source if file.startswith(level + "-")}
        true = {frozenset((file, source[file])) for file in edits}
        claimed = {pair for pair in found if pair & edits or pair <= {source[file] for file in edits}}
        right = len(true & claimed)
        f1 = 2 * right / (len(true) + len(claimed))
        print(json.dumps({"level": level, "pairs": len(true), "found": right, "false": len(claimed) - right, "f1": round(f1, 4)}))
    print(json.dumps({"falsePairsOfPhotos": sum(all(source[file] == file for file in pair) for pair in found)}))


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
commands = parser.add_subparsers(required=True)
making = commands.add_parser("make")
making.add_argument("photos")
making.add_argument("out")
making.add_argument("--edits", type=int, default=150)
making.add_argument("--seed", type=int, default=1)
making.set_defaults(run=make)
judging = commands.add_parser("judge")
judging.add_argument("truth")
judging.add_argument("groups")
judging.set_defaults(run=judge)
arguments = parser.parse_args()
arguments.run(arguments)
