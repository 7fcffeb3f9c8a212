"""Keeps the best 70 % of pairs by score and lists the others with a reason, with pandas: raw columns in, figures as JSON on stdout."""

import json
import sys
import time

import numpy as np
import pandas as pd


def main() -> None:
    scores_file, rows_file, captions_file = sys.argv[1:]
    rows = np.fromfile(rows_file, dtype=np.uint32)
    pairs = pd.DataFrame(
        {
            "sample": [f"folder{row % 100:02}/{row:07}.jpg" for row in rows],
            "folder": [f"folder{row % 100:02}" for row in rows],
            "captionIndex": np.fromfile(captions_file, dtype=np.uint32),
            "score": np.fromfile(scores_file, dtype=np.float32),
        }
    )
    started, cpu = time.perf_counter(), time.process_time()
    ranked = pairs.sort_values(["score", "sample", "captionIndex"], ascending=[False, True, True])
    cut = ranked["score"].iloc[len(ranked) * 70 // 100 - 1]
    pairs["kept"] = pairs["score"] >= cut
    dropped = pairs.loc[~pairs["kept"], ["sample", "captionIndex", "score"]].copy()
    dropped["reason"] = [f"clipScore {score:.4f} is not in the top 70% (cut at {cut:.4f})" for score in dropped["score"]]
    listed = dropped[["sample", "captionIndex", "reason"]].to_dict("records")
    by_sample = pairs.groupby("sample", sort=False)["kept"].any()
    by_folder = pairs.groupby("folder", sort=False)["kept"].any()
    figures = {"ms": (time.perf_counter() - started) * 1000, "cpuMs": (time.process_time() - cpu) * 1000}
    counts = {"samples": int(by_sample.sum()), "captions": int(pairs["kept"].sum()), "listed": len(listed), "folders": int((~by_folder).sum())}
    print(json.dumps({**figures, **counts}))


main()
