"""Reads exports back with the libraries that trainers use: one JSON document on stdout. Usage: exporters.python.py <folder> <cache>"""

import json
import sys
from pathlib import Path

import datasets
import pandas

folder, cache = Path(sys.argv[1]), sys.argv[2]
datasets.disable_progress_bars()


def title(value: object) -> str:
    # What open_clip's CsvDataset hands to the tokenizer.
    return str(value)


result = {}
for name in ("tabs", "commas", "numbers"):
    table = pandas.read_csv(folder / name / "captions.csv", sep="," if name == "commas" else "\t")
    result[name] = {"paths": [str(path) for path in table["filepath"].tolist()], "captions": [title(value) for value in table["title"].tolist()]}

loaded = datasets.load_dataset("imagefolder", data_dir=str(folder / "imagefolder"), cache_dir=cache)
result["imagefolder"] = {split: [row["text"] for row in rows] for split, rows in loaded.items()}
result["sizes"] = sorted({row["image"].size for rows in loaded.values() for row in rows})

document = json.loads((folder / "coco" / "captions.json").read_text(encoding="utf-8"))
names = {image["id"]: image["file_name"] for image in document["images"]}
result["coco"] = [[names[annotation["image_id"]], annotation["caption"]] for annotation in document["annotations"]]

table = pandas.read_json(folder / "jsonl" / "captions.jsonl", lines=True, dtype=False, convert_dates=False)
result["jsonl"] = table["caption"].tolist()
print(json.dumps(result))
