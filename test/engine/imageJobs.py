"""Reads what was written for text-to-image trainers with the libraries that they use: one JSON document on stdout. Usage: imageJobs.py <folder> <cache>"""

import json
import sys
import tomllib
from pathlib import Path

import datasets
import yaml

folder, cache = Path(sys.argv[1]), sys.argv[2]
datasets.disable_progress_bars()

# As diffusers' scripts load --train_data_dir.
loaded = datasets.load_dataset("imagefolder", data_files={"train": str(folder / "diffusers" / "images" / "**")}, cache_dir=cache)["train"]
result = {
    "dataset": tomllib.loads((folder / "kohya" / "dataset.toml").read_text(encoding="utf-8")),
    "train": tomllib.loads((folder / "kohya" / "train.toml").read_text(encoding="utf-8")),
    "config": yaml.safe_load((folder / "ai-toolkit" / "config.yaml").read_text(encoding="utf-8")),
    "rows": loaded["text"][:],
    "sizes": sorted({row["image"].size for row in loaded}),
}
print(json.dumps(result))
