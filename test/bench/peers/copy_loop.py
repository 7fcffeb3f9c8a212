"""Exports pairs as a short script would: copies pictures and writes captions beside them or into one JSON Lines file; figures as JSON."""

import json
import shutil
import sys
import time
from pathlib import Path


def main() -> None:
    pairs_file, out, kind = sys.argv[1:]
    pairs = json.loads(Path(pairs_file).read_text())
    started, cpu = time.perf_counter(), time.process_time()
    folder = Path(out) / "images" if kind == "jsonl" else Path(out)
    folder.mkdir(parents=True)
    rows = []
    for pair in pairs:
        target = folder / Path(pair["path"]).name
        shutil.copyfile(pair["path"], target)
        if kind == "jsonl":
            rows.append(json.dumps({"image": f"images/{target.name}", "caption": pair["caption"], "sample": target.name, "captionIndex": 0}))
        else:
            target.with_suffix(".txt").write_text(pair["caption"] + "\n")
    if rows:
        (Path(out) / "captions.jsonl").write_text("\n".join(rows) + "\n")
    print(json.dumps({"ms": (time.perf_counter() - started) * 1000, "cpuMs": (time.process_time() - cpu) * 1000}))


main()
