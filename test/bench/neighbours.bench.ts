import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { matrixFromArray } from "../../src/core/matrix.ts";
import type { Neighbours } from "../../src/core/neighbours/best.ts";
import { nearest, nearestWithin } from "../../src/core/neighbours/nearest.ts";
import { createGemm } from "../../src/engine/encode/gemm.ts";
import type { DeviceGemm } from "../../src/engine/encode/gemm.ts";
import { createCounters } from "../../src/engine/env.ts";
import type { Env } from "../../src/engine/env.ts";
import { describeMachine, median, peakMb, report, runPeer } from "./peers.ts";
import { clusteredVectors } from "./vectors.ts";

// node test/bench/neighbours.bench.ts [--quick]: exact neighbours against faiss IndexFlatIP and usearch's exactSearch, in turn in one run.
const quick = process.argv.includes("--quick");
const dim = 512;
const k = 32;
const threads = availableParallelism();
const sizes = quick ? { rows: 4000, base: 2000, queries: 200, repeats: 3 } : { rows: 100_000, base: 50_000, queries: 2000, repeats: 2 };

const env: Env = { cacheFolder: "", dataFolder: "", now: () => Date.now(), log: () => undefined, counters: createCounters() };
const folder = await mkdtemp(join(tmpdir(), "winnow-bench-"));
const gemm = await createGemm(env, "cpu");
try {
  await benchWithin(gemm);
  await benchQueries(gemm);
} finally {
  await gemm.release();
  await rm(folder, { recursive: true });
}

async function benchWithin(gemm: DeviceGemm): Promise<void> {
  const values = clusteredVectors({ rows: sizes.rows, dim, clusters: sizes.rows / 100, spread: 1, seed: 1 });
  const files = { vectors: join(folder, "vectors.f32"), indices: join(folder, "indices.i32"), scores: join(folder, "scores.f32") };
  await writeFile(files.vectors, values);
  const [ours, peer]: [number[], number[]] = [[], []];
  let agreement: ReturnType<typeof compareToPeer> | undefined;
  let peerPeakMb: number | undefined;
  for (let repeat = 0; repeat < sizes.repeats; repeat += 1) {
    const started = performance.now();
    const found = await nearestWithin(matrixFromArray(values, dim), { k, gemm });
    ours.push(performance.now() - started);
    const figures = await runPeer("faiss_knn.py", [files.vectors, dim, k, threads, files.indices, files.scores]);
    if (figures === undefined) continue;
    peer.push(figures.ms as number);
    peerPeakMb = figures.rssMb;
    agreement ??= compareToPeer(found, await readArray(files.indices, Int32Array), await readArray(files.scores, Float32Array));
  }
  const rates = { ours: perSecond(sizes.rows, ours), peer: perSecond(sizes.rows, peer) };
  const shape = { rows: sizes.rows, dim, k };
  report({
    name: "neighbours within, faiss IndexFlatIP",
    unit: "queries/s",
    ...rates,
    ratio: ratio(rates),
    goal: 1.5,
    ...shape,
    ...agreement,
    peakMb: peakMb(),
    peerPeakMb,
    machine: describeMachine(),
  });
}

async function benchQueries(gemm: DeviceGemm): Promise<void> {
  const { MetricKind, exactSearch } = await import("usearch");
  const base = clusteredVectors({ rows: sizes.base, dim, clusters: sizes.base / 100, spread: 1, seed: 2 });
  const queries = base.slice(0, sizes.queries * dim);
  const [ours, peer]: [number[], number[]] = [[], []];
  let recall: number | undefined;
  for (let repeat = 0; repeat < sizes.repeats; repeat += 1) {
    let started = performance.now();
    const found = await nearest(matrixFromArray(queries, dim), matrixFromArray(base, dim), { k, gemm });
    ours.push(performance.now() - started);
    started = performance.now();
    const { keys } = exactSearch(base, queries, dim, k, MetricKind.IP, threads);
    peer.push(performance.now() - started);
    recall ??= shared(found, Int32Array.from(keys, Number));
  }
  const rates = { ours: perSecond(sizes.queries, ours), peer: perSecond(sizes.queries, peer) };
  report({
    name: "neighbours of queries, usearch exactSearch",
    unit: "queries/s",
    ...rates,
    ratio: ratio(rates),
    goal: 10,
    rows: sizes.base,
    queries: sizes.queries,
    dim,
    k,
    recall,
    machine: describeMachine(),
  });
}

/**
 * The part of neighbours that both name, and the largest difference of scores of equal rank: where names differ it tells ties from faults.
 */
function compareToPeer({ indices, scores }: Neighbours, peerIndices: Int32Array, peerScores: Float32Array) {
  const others = new Int32Array(indices.length);
  let scoreDifference = 0;
  for (let row = 0; row * k < indices.length; row += 1) {
    const from = row * (k + 1);
    const self = peerIndices.subarray(from, from + k + 1).indexOf(row);
    for (let at = 0; at < k; at += 1) {
      const theirs = from + at + (self >= 0 && at >= self ? 1 : 0);
      others[row * k + at] = peerIndices[theirs] as number;
      scoreDifference = Math.max(scoreDifference, Math.abs((peerScores[theirs] as number) - (scores[row * k + at] as number)));
    }
  }
  return { agreement: shared({ k, indices, scores }, others), scoreDifference };
}

function shared({ indices }: Neighbours, others: Int32Array): number {
  let count = 0;
  for (let from = 0; from < indices.length; from += k) {
    const theirs = new Set(others.subarray(from, from + k));
    for (const index of indices.subarray(from, from + k)) if (theirs.has(index)) count += 1;
  }
  return count / indices.length;
}

async function readArray<T>(file: string, kind: new (buffer: ArrayBuffer) => T): Promise<T> {
  const bytes = await readFile(file);
  return new kind(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

function perSecond(count: number, ms: readonly number[]): number | undefined {
  const middle = median(ms);
  return middle === undefined ? undefined : (count / middle) * 1000;
}

function ratio({ ours, peer }: { ours: number | undefined; peer: number | undefined }): number | undefined {
  return ours === undefined || peer === undefined ? undefined : ours / peer;
}
