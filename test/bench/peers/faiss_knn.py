"""The k nearest rows of a matrix within itself by faiss IndexFlatIP: raw float32 in, raw int32 and float32 out, figures as JSON on stdout."""

import json
import resource
import sys
import time

import faiss
import numpy as np


def main() -> None:
    vectors_file, dim, k, threads, indices_file, scores_file = sys.argv[1:]
    vectors = np.fromfile(vectors_file, dtype=np.float32).reshape(-1, int(dim))
    faiss.omp_set_num_threads(int(threads))
    started = time.perf_counter()
    index = faiss.IndexFlatIP(int(dim))
    index.add(vectors)
    # One more than asked: a row finds itself, which the caller takes out.
    scores, indices = index.search(vectors, int(k) + 1)
    ms = (time.perf_counter() - started) * 1000
    indices.astype(np.int32).tofile(indices_file)
    scores.astype(np.float32).tofile(scores_file)
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"ms": ms, "rssMb": rss / 1024, "version": faiss.__version__}))


main()
