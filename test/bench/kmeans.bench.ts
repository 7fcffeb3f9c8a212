import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { kmeans } from "../../src/core/clusters/kmeans.ts";
import { matrixFromArray } from "../../src/core/matrix.ts";
import { createGemm } from "../../src/engine/encode/gemm.ts";
import { createCounters } from "../../src/engine/env.ts";
import type { Env } from "../../src/engine/env.ts";
import { describeMachine, median, peakMb, report, runPeer } from "./peers.ts";
import { clusteredVectors } from "./vectors.ts";

// node test/bench/kmeans.bench.ts [--quick]: spherical k-means against faiss, in turn in one run. Both move the centroids ten times and
// then assign all rows. faiss as it comes trains on at most 256 rows a cluster (76,800 here); it is measured so ("sampled") and on all
// rows, as ours works.
const quick = process.argv.includes("--quick");
const dim = 512;
const rounds = 10;
const threads = availableParallelism();
const { rows, k, repeats } = quick ? { rows: 6000, k: 20, repeats: 3 } : { rows: 100_000, k: 300, repeats: 3 };

const env: Env = { cacheFolder: "", dataFolder: "", now: () => Date.now(), log: () => undefined, counters: createCounters() };
const folder = await mkdtemp(join(tmpdir(), "winnow-bench-"));
const gemm = await createGemm(env, "cpu");
try {
  await benchKmeans();
} finally {
  await gemm.release();
  await rm(folder, { recursive: true });
}

async function benchKmeans(): Promise<void> {
  const values = clusteredVectors({ rows, dim, clusters: k * 5, spread: 1.5, seed: 3 });
  const file = join(folder, "vectors.f32");
  await writeFile(file, values);
  const ours: number[] = [];
  const peers = { all: [] as number[], sampled: [] as number[] };
  const inertia: Record<string, number | undefined> = {};
  let moved = 0;
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    const started = performance.now();
    const found = await kmeans(matrixFromArray(values, dim), { k, seed: 1, gemm, rounds, tolerance: 0 });
    ours.push(performance.now() - started);
    moved = found.rounds;
    inertia.ours = found.inertia;
    for (const [name, perCentroid] of [["all", rows] as const, ["sampled", 256] as const]) {
      const figures = await runPeer("faiss_kmeans.py", [file, dim, k, threads, rounds, perCentroid]);
      if (figures === undefined) continue;
      peers[name].push(figures.ms as number);
      inertia[name] = figures.inertia;
    }
  }
  for (const name of ["all", "sampled"] as const) {
    const [mine, peer] = [median(ours), median(peers[name])];
    const ratio = mine === undefined || peer === undefined ? undefined : peer / mine;
    const inertias = { inertia: inertia.ours, peerInertia: inertia[name] };
    report({
      name: `k-means, faiss spherical, ${name} rows`,
      unit: "ms",
      ours: mine,
      peer,
      ratio,
      goal: 1,
      rows,
      dim,
      k,
      rounds: moved,
      ...inertias,
      peakMb: peakMb(),
      machine: describeMachine(),
    });
  }
}
