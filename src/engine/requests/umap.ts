import { nearest, nearestWithin } from "../../core/neighbours/nearest.ts";
import type { Neighbours } from "../../core/neighbours/best.ts";
import { fuzzyUnion, membershipStrengths } from "../../core/projection/fuzzyGraph.ts";
import { epochsFor, layOut, startFrom } from "../../core/projection/layout.ts";
import { projectOnPlane } from "../../core/projection/pca.ts";
import { placeAmong } from "../../core/projection/place.ts";
import { createRandom, drawDistinct } from "../../core/random.ts";
import type { ContentHash } from "../../core/sample.ts";
import type { DeviceGemm } from "../encode/gemm.ts";
import type { Env } from "../env.ts";
import { createPause, inTurns } from "../store/inTurns.ts";
import type { VectorStore } from "../store/vectors.ts";

/** Places of vectors, rows × 2, with a sentence that says how they were made. */
export interface Laid {
  readonly xy: Float32Array;
  readonly about: string;
}

/** What a layout works with; `report` makes what tells the progress of a part that runs from one share of the whole to another. */
export interface LayOutTools {
  readonly env: Env;
  readonly gemm: DeviceGemm;
  readonly signal: AbortSignal;
  readonly report: (from: number, to: number) => (done: number, total: number) => void;
}

/** UMAP's usual 15 neighbours count the row itself. */
const neighbourCount = 14;
/** Below this every row would be everybody's neighbour. */
export const leastForUmap = neighbourCount + 2;
/** So many pictures are laid out with all their neighbours; of more, a seeded draw of so many, and the rest is placed among them. */
const laidOutAtMost = 100_000;
/** A picture that is placed among others lies at the mean of so many. */
const placedAmong = 5;
const seed = 0;
/**
 * Lays vectors out by UMAP: on the exact neighbours of all, or of a draw of `most` where there are more. Begins at the principal components,
 * so that it comes out alike each time.
 */
export async function layOutByNeighbours(
  store: VectorStore,
  keys: readonly ContentHash[],
  tools: LayOutTools,
  most = laidOutAtMost,
): Promise<Laid> {
  if (keys.length <= most) {
    const xy = await layOutAll(store, keys, tools, 1);
    return { xy, about: `UMAP of ${keys.length} pictures' vectors on their ${neighbourCount} exact nearest neighbours` };
  }
  const drawn = Int32Array.from(drawDistinct(createRandom(seed), most, keys.length)).sort();
  const drawnKeys = Array.from(drawn, (row) => keys[row]!);
  const xy = await layOutAll(store, drawnKeys, tools, 0.5);
  const about = `UMAP of ${most} pictures drawn at random out of ${keys.length}, on their ${neighbourCount} exact nearest neighbours; each of the others lies at the mean of the ${placedAmong} of them that are nearest to it`;
  return { xy: await placeOthers(store, keys, { drawn, xy }, tools), about };
}

async function layOutAll(store: VectorStore, keys: readonly ContentHash[], tools: LayOutTools, share: number): Promise<Float32Array> {
  const { env, gemm, signal, report } = tools;
  const matrix = await store.matrixOf(keys);
  try {
    const plane = await projectOnPlane(matrix, { gemm, signal, onProgress: report(0, 0.02 * share) });
    const neighbours = await nearestWithin(matrix, { k: neighbourCount, gemm, signal, onProgress: report(0.02 * share, 0.5 * share) });
    return await followEdges(neighbours, startFrom(plane.xy, seed), { env, signal, onProgress: report(0.5 * share, share) });
  } finally {
    await matrix.dispose();
  }
}

async function followEdges(
  neighbours: Neighbours,
  xy: Float32Array,
  { env, signal, onProgress }: { env: Env; signal: AbortSignal; onProgress: (done: number, total: number) => void },
): Promise<Float32Array> {
  const epochs = epochsFor(neighbours.indices.length / neighbours.k);
  const strengths = await inTurns(env, membershipStrengths(neighbours), signal);
  const graph = await inTurns(env, fuzzyUnion(neighbours, strengths), signal);
  const pause = createPause(env, signal);
  for (const done of layOut(graph, xy, { epochs, seed })) {
    onProgress(done, epochs);
    await pause();
  }
  return xy;
}

async function placeOthers(
  store: VectorStore,
  keys: readonly ContentHash[],
  { drawn, xy }: { drawn: Int32Array; xy: Float32Array },
  { env, gemm, signal, report }: LayOutTools,
): Promise<Float32Array> {
  const isDrawn = new Uint8Array(keys.length);
  for (const row of drawn) isDrawn[row] = 1;
  const others = Int32Array.from(keys.keys()).filter((row) => isDrawn[row] === 0);
  const queries = await store.matrixOf(Array.from(others, (row) => keys[row]!));
  const base = await store.matrixOf(Array.from(drawn, (row) => keys[row]!));
  try {
    const neighbours = await nearest(queries, base, { k: placedAmong, gemm, signal, onProgress: report(0.5, 1) });
    const placed = await inTurns(env, placeAmong(neighbours, xy), signal);
    const all = new Float32Array(keys.length * 2);
    drawn.forEach((row, at) => all.set(xy.subarray(at * 2, at * 2 + 2), row * 2));
    others.forEach((row, at) => all.set(placed.subarray(at * 2, at * 2 + 2), row * 2));
    return all;
  } finally {
    await queries.dispose();
    await base.dispose();
  }
}
