"""Reads folders with the trainers' own loaders: one JSON document on stdout, {folder: {pairs: [[image, text], …], error}}. Usage: readAsTrainers.py <folder> <cache>"""

import json
import logging
import os
import sys
from pathlib import Path

import datasets
import webdataset as wds
from open_clip_train import data as open_clip_data

logging.disable(logging.CRITICAL)
datasets.disable_progress_bars()
folder, cache = Path(sys.argv[1]).resolve(), sys.argv[2]


def read_csv(root: Path) -> list:
    os.chdir(root)
    table = next(path for path in sorted(root.iterdir()) if path.suffix in (".csv", ".tsv"))
    separator = "," if table.suffix == ".csv" else "\t"
    taken = []
    dataset = open_clip_data.CsvDataset(str(table), lambda image: image, "filepath", "title", sep=separator, tokenizer=lambda texts: texts)
    for row in range(len(dataset)):
        # The picture is opened as the trainer does; the text is what its tokenizer is given.
        image, text = dataset[row]
        image.load()
        taken.append([str(dataset.images[row]), text])
    return taken


def samples_of(src):
    # open_clip's own tarfile_to_samples_nothrow. It asks for webdataset 0.2.86 at most; later ones end each shard with an empty mark, on which
    # open_clip 3.3.0 fails, so the marks are taken out.
    streams = open_clip_data.url_opener(src, handler=open_clip_data.log_and_continue)
    files = open_clip_data.tar_file_expander(streams, handler=open_clip_data.log_and_continue)
    return open_clip_data.group_by_keys_nothrow((file for file in files if "fname" in file), handler=open_clip_data.log_and_continue)


def read_shards(root: Path) -> list:
    pairs = []
    for shard in sorted(root.rglob("*.tar")):
        pipeline = wds.DataPipeline(
            wds.SimpleShardList([str(shard)]),
            samples_of,
            wds.select(open_clip_data.filter_no_caption_or_no_image),
            wds.decode("pilrgb", handler=open_clip_data.log_and_continue),
            wds.rename(image="jpg;png;jpeg;webp", text="txt"),
        )
        pairs += [[f"{shard.relative_to(root)}#{sample['__key__']}", sample["text"]] for sample in pipeline]
    return pairs


def read_imagefolder(root: Path) -> list:
    loaded = datasets.load_dataset("imagefolder", data_dir=str(root), cache_dir=f"{cache}/{root.name}")
    pairs = []
    for split, rows in loaded.items():
        rows = rows.cast_column("image", datasets.Image(decode=False))
        for row in rows:
            text = row.get("text")
            pairs.append([f"{split}:{Path(row['image']['path']).relative_to(root)}", None if text is None else str(text)])
    return pairs


readers = {"openClip": read_csv, "webdataset": read_shards, "imagefolder": read_imagefolder}
result = {}
for trainer, read in readers.items():
    for root in sorted(path for path in (folder / trainer).iterdir() if path.is_dir()):
        try:
            result[f"{trainer}/{root.name}"] = {"pairs": read(root), "error": None}
        except Exception as error:  # What ends a trainer is what the test asks about.
            result[f"{trainer}/{root.name}"] = {"pairs": [], "error": f"{type(error).__name__}: {error}"}
print(json.dumps(result))
