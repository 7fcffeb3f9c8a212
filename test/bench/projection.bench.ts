import { cp } from "node:fs/promises";
import { join } from "node:path";
import { UMAP } from "umap-js";
import type { Matrix } from "../../src/core/matrix.ts";
import { matrixFromArray } from "../../src/core/matrix.ts";
import type { Neighbours } from "../../src/core/neighbours/best.ts";
import type { Gemm } from "../../src/core/neighbours/gemm.ts";
import { nearestWithin } from "../../src/core/neighbours/nearest.ts";
import { fuzzyUnion, membershipStrengths } from "../../src/core/projection/fuzzyGraph.ts";
import { epochsFor, layOut, startFrom } from "../../src/core/projection/layout.ts";
import { projectOnPlane } from "../../src/core/projection/pca.ts";
import { createRandom } from "../../src/core/random.ts";
import { finish } from "../../src/core/steps.ts";
import { createGemm } from "../../src/engine/encode/gemm.ts";
import type { Env } from "../../src/engine/env.ts";
import { runPipeline } from "../../src/engine/pipeline.ts";
import { findEncoderOf } from "../../src/engine/requests/encoderOfAnalysis.ts";
import { readContentHashes, withTables } from "../../src/engine/requests/searcher.ts";
import { openVectors } from "../../src/engine/store/vectors.ts";
import { assetsFolder } from "../assets.ts";
import type { Timing } from "./compare.ts";
import { envIn, inFolder, time } from "./compare.ts";
import { describeMachine, peakMb, report } from "./peers.ts";
import { clusteredVectors } from "./vectors.ts";

// node test/bench/projection.bench.ts [--quick]: what a map of all pictures costs, and how many of a picture's ten nearest neighbours are among
// its ten nearest on the map; beside umap-js on the same neighbours where it can take so many.
const quick = process.argv.includes("--quick");
const dim = 512;
const k = 14;
const sizes = quick ? [500] : [10_000, 100_000];
/** umap-js takes 1.3 GB for 20,000 rows. */
const mostForPeer = 10_000;

await inFolder(async (folder) => {
  const env = envIn(folder);
  const gemm = await createGemm(env, "cpu");
  for (const rows of sizes) {
    const values = clusteredVectors({ rows, dim, clusters: Math.ceil(rows / 100), spread: 1, seed: 1 });
    await bench(`${rows} made-up vectors`, matrixFromArray(values, dim), gemm);
  }
  const photos = quick ? undefined : await encodePhotos(env, folder);
  if (photos !== undefined) await bench("photos of Flickr8k by the stand-in encoder", photos, gemm);
  await gemm.release();
});

async function bench(name: string, matrix: Matrix, gemm: Gemm): Promise<void> {
  const { rows } = matrix;
  let [plane, neighbours]: [Awaited<ReturnType<typeof projectOnPlane>> | undefined, Neighbours | undefined] = [undefined, undefined];
  const pca = await time(async () => (plane = await projectOnPlane(matrix, { gemm })));
  const near = await time(async () => (neighbours = await nearestWithin(matrix, { k, gemm })));
  const xy = startFrom(plane!.xy, 0);
  const layout = await time(() => layOutAll(neighbours!, xy));
  const peer = rows > mostForPeer ? undefined : await peerLayout(neighbours!);
  const figures = { rows, dim: matrix.dim, machine: describeMachine() };
  report({
    name: `principal components, ${name}`,
    unit: "ms",
    ours: pca.ms,
    cpuMs: pca.cpuMs,
    preserved: preserved(neighbours!, plane!.xy),
    ...figures,
  });
  report({
    name: `UMAP on exact neighbours, ${name}, umap-js`,
    unit: "ms",
    ours: layout.ms,
    cpuMs: layout.cpuMs,
    peer: peer?.ms,
    peerCpuMs: peer?.cpuMs,
    ratio: peer && peer.ms / layout.ms,
    neighboursMs: near.ms,
    neighboursCpuMs: near.cpuMs,
    preserved: preserved(neighbours!, xy),
    peerPreserved: peer && preserved(neighbours!, peer.xy),
    peakMb: peakMb(),
    ...figures,
  });
}

function layOutAll(neighbours: Neighbours, xy: Float32Array): void {
  const graph = finish(fuzzyUnion(neighbours, finish(membershipStrengths(neighbours))));
  const layout = layOut(graph, xy, { epochs: epochsFor(graph.rows), seed: 0 });
  while (layout.next().done !== true);
}

async function peerLayout({ indices, scores }: Neighbours): Promise<Timing & { xy: Float32Array }> {
  const places = Array.from({ length: indices.length / k }, (_, row) => [row * k, (row + 1) * k] as const);
  const umap = new UMAP({ nNeighbors: k + 1, random: createRandom(0) });
  umap.setPrecomputedKNN(
    places.map(([from, to], row) => [row, ...indices.subarray(from, to)]),
    places.map(([from, to]) => [0, ...Array.from(scores.subarray(from, to), (score) => Math.max(0, 1 - score))]),
  );
  let xy: number[][] = [];
  const timing = await time(() => (xy = umap.fit(places.map(() => [0]))));
  return { ...timing, xy: Float32Array.from(xy.flat()) };
}

/** Of the ten nearest neighbours of up to 500 rows, the share that is among the ten nearest in the plane. */
function preserved({ indices }: Neighbours, xy: Float32Array): number {
  const rows = xy.length / 2;
  const looked = Math.min(500, rows);
  let kept = 0;
  for (let at = 0; at < looked; at += 1) {
    const row = Math.floor((at * rows) / looked);
    const near = new Set(indices.subarray(row * k, row * k + 10));
    const distances = Float64Array.from(
      { length: rows },
      (_, other) => (xy[other * 2]! - xy[row * 2]!) ** 2 + (xy[other * 2 + 1]! - xy[row * 2 + 1]!) ** 2,
    );
    distances[row] = Infinity;
    const limit = Float64Array.from(distances).sort()[9]!;
    for (const other of near) if (distances[other]! <= limit) kept += 1;
  }
  return kept / (looked * 10);
}

/** The vectors of 1,000 photos, where they and the encoder are there. */
async function encodePhotos(env: Env, folder: string): Promise<Matrix | undefined> {
  const assets = assetsFolder();
  if (assets === undefined) {
    console.error("Left out real photos: they are missing at ../shared/assets");
    return undefined;
  }
  const root = join(folder, "photos");
  await cp(join(assets, "flickr8k-dev"), root, { recursive: true });
  const watch = { signal: new AbortController().signal, onProgress: () => undefined };
  await runPipeline(env, { root, encoder: join(assets, "mini-dual-encoder"), provider: "cpu", discover: {} }, watch);
  const { generation, encoder } = await findEncoderOf(env, root);
  const store = await openVectors(env, encoder.descriptor.id, "image", encoder.descriptor.dim);
  return await store.matrixOf((await withTables(generation, readContentHashes)).filter((hash) => hash !== undefined));
}
