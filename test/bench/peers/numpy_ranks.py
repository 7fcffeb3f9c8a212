"""Ranks of pairs among all captions and all images by numpy's blocked product: raw float32 in, raw int32 out, figures as JSON on stdout."""

import json
import resource
import sys
import time

import numpy as np

block_rows = 512
tolerance = np.float32(1e-6)


def main() -> None:
    images_file, texts_file, dim, ranks_file = sys.argv[1:]
    images = np.fromfile(images_file, dtype=np.float32).reshape(-1, int(dim))
    texts = np.fromfile(texts_file, dtype=np.float32).reshape(-1, int(dim))
    started, cpu = time.perf_counter(), time.process_time()
    limits = np.einsum("ij,ij->i", images, texts) + tolerance
    ranks = np.ones((2, len(images)), dtype=np.int32)
    for start in range(0, len(images), block_rows):
        rows = slice(start, start + block_rows)
        scores = images[rows] @ texts.T
        ranks[0, rows] += np.count_nonzero(scores > limits[rows, None], axis=1).astype(np.int32)
        ranks[1] += np.count_nonzero(scores > limits, axis=0).astype(np.int32)
    figures = {"ms": (time.perf_counter() - started) * 1000, "cpuMs": (time.process_time() - cpu) * 1000}
    ranks.tofile(ranks_file)
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({**figures, "rssMb": rss / 1024}))


main()
