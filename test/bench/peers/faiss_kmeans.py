"""Spherical k-means by faiss, on all rows, and the assignment of all rows: raw float32 in, figures as JSON on stdout."""

import json
import resource
import sys
import time

import faiss
import numpy as np


def main() -> None:
    vectors_file, dim, k, threads, rounds, per_centroid = sys.argv[1:]
    vectors = np.fromfile(vectors_file, dtype=np.float32).reshape(-1, int(dim))
    faiss.omp_set_num_threads(int(threads))
    started = time.perf_counter()
    model = faiss.Kmeans(int(dim), int(k), niter=int(rounds), spherical=True, seed=1, max_points_per_centroid=int(per_centroid))
    model.train(vectors)
    trained = time.perf_counter()
    similarity, _ = model.index.search(vectors, 1)
    done = time.perf_counter()
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    figures = {
        "trainMs": (trained - started) * 1000,
        "ms": (done - started) * 1000,
        "inertia": float(np.sum(1 - similarity[:, 0], dtype=np.float64)),
        "rssMb": rss / 1024,
        "version": faiss.__version__,
    }
    print(json.dumps(figures))


main()
