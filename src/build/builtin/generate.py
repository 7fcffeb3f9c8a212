"""Writes a fresh dataset of unseen generated pairs, with planted faults and their list, for tests and measurements."""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path

from dataset import FAULT_KINDS, plan_dataset, write_dataset


def main() -> None:
    """Reads the command line and writes the dataset and, beside it, the truth."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=300)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--truth", type=Path, help="where to list the faults; by default <out>-truth.json")
    parser.add_argument("--swap", type=float, default=0.0, help="the share of pairs whose captions are swapped")
    parser.add_argument("--faults", default="", help=f"such as wrongColour=5,vagueCaption=3; kinds: {', '.join(FAULT_KINDS)}")
    given = parser.parse_args()
    faults = parse_faults(given.faults)
    if given.swap:
        faults["swappedCaption"] = round(given.pairs * given.swap / 2)
    items = plan_dataset(random.Random(given.seed), given.pairs, faults)
    listed = write_dataset(items, given.out)
    truth = given.truth or given.out.with_name(given.out.name + "-truth.json")
    content = {"seed": given.seed, "pictures": given.pairs, "faults": listed}
    truth.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def parse_faults(text: str) -> dict[str, int]:
    """Reads `kind=count` pairs."""
    faults: dict[str, int] = {}
    for part in filter(None, text.split(",")):
        kind, _, count = part.partition("=")
        if kind not in FAULT_KINDS:
            raise SystemExit(f"no such fault: {kind}; there are {', '.join(FAULT_KINDS)}")
        faults[kind] = int(count)
    return faults


if __name__ == "__main__":
    main()
