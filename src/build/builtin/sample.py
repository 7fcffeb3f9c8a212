"""Makes the sample dataset in media/sample and the list of its planted faults beside it."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path

from dataset import plan_dataset, write_dataset

PAIRS = 300

#: How many of each fault; a swap takes two pairs, a duplicate its original besides, and a common caption three pairs.
FAULTS = {
    "swappedCaption": 20, "exactDuplicate": 6, "pixelDuplicate": 2, "nearDuplicate": 12, "vagueCaption": 8,
    "wrongColour": 8, "wrongCount": 8, "wrongRelation": 8, "longCaption": 4, "brokenImage": 1, "emptyCaption": 1,
    "sameCaption": 2, "missingCaption": 1, "orphanCaption": 1,
}


def make_sample(folder: Path, list_path: Path, seed: int) -> None:
    """Writes the dataset anew."""
    shutil.rmtree(folder, ignore_errors=True)
    faults = write_dataset(plan_dataset(random.Random(seed), PAIRS, FAULTS), folder)
    content = {
        "about": "Generated pictures for trying Winnow; every fault in media/sample was planted and is listed here.",
        "seed": seed, "pictures": PAIRS, "faults": faults,
    }
    list_path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
