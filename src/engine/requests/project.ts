import { projectOnPlane } from "../../core/projection/pca.ts";
import type { ProviderChoice } from "../../core/providers.ts";
import type { ContentHash } from "../../core/sample.ts";
import type { Points, PointsRequest } from "../../protocol/map.ts";
import type { Env } from "../env.ts";
import { openGemm } from "../run/openGemm.ts";
import type { StoredMatrix, VectorStore } from "../store/vectors.ts";
import { openVectors } from "../store/vectors.ts";
import { digestOfVectors, loadProjection, saveProjection } from "./projectionCache.ts";
import { findEncoderOf } from "./encoderOfAnalysis.ts";
import { readContentHashes, withTables } from "./searcher.ts";
import type { Laid, LayOutTools } from "./umap.ts";
import { layOutByNeighbours, leastForUmap } from "./umap.ts";

/** How a projection is watched and stopped. */
export interface ProjectWatch {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: { done: number; total: number }) => void;
}

const reportEveryMs = 100;
/** Progress is told in thousandths, for blocks of a product and epochs of a layout have no common unit. */
const total = 1000;

/**
 * Lays the pictures of a dataset out in two dimensions: by principal components, which takes about a second, or by UMAP on their exact
 * neighbours. What was laid out before is taken from the cache as long as the pictures and the encoder are the same, whatever became of the
 * captions. The same vectors give the same places. Throws `NotAnalysedError`, an EncoderError, and the signal's reason.
 */
export async function project(
  env: Env,
  { root, projection, provider }: PointsRequest & { provider: ProviderChoice },
  watch: ProjectWatch,
): Promise<Points> {
  const { generation, encoder } = await findEncoderOf(env, root);
  const { id, dim } = encoder.descriptor;
  const store = await openVectors(env, id, "image", dim);
  const hashes = await withTables(generation, readContentHashes);
  const keys = hashes.map((hash) => (hash !== undefined && store.has(hash) ? hash : undefined));
  const place = { root, projection, digest: digestOfVectors(id, keys) };
  const kept = await loadProjection(env, place, hashes.length);
  if (kept !== undefined) return { generation: generation.id, projection, ...kept };
  const report = createReport(env, watch.onProgress);
  const gemm = await openGemm(env, provider);
  try {
    const known = keys.filter((key) => key !== undefined);
    const { xy, about } = await layOutVectors(store, known, { projection, tools: { env, gemm, signal: watch.signal, report } });
    const points = { xy: scatter(xy, keys), about };
    await saveProjection(env, place, points);
    return { generation: generation.id, projection, ...points };
  } finally {
    await gemm.release();
  }
}

async function layOutVectors(
  store: VectorStore,
  known: readonly ContentHash[],
  { projection, tools }: { projection: PointsRequest["projection"]; tools: LayOutTools },
): Promise<Laid> {
  if (projection === "umap" && known.length >= leastForUmap) return await layOutByNeighbours(store, known, tools);
  const matrix = await store.matrixOf(known);
  try {
    const plane = await layOutOnPlane(matrix, tools);
    const instead = projection === "umap" ? `Fewer than ${leastForUmap} pictures are too few for UMAP. ` : "";
    return { ...plane, about: `${instead}${plane.about}` };
  } finally {
    await matrix.dispose();
  }
}

async function layOutOnPlane(matrix: StoredMatrix, { gemm, signal, report }: LayOutTools): Promise<Laid> {
  const { xy, explained } = await projectOnPlane(matrix, { gemm, signal, onProgress: report(0, 1) });
  const share = `${(100 * explained).toFixed(explained < 0.1 ? 1 : 0)} %`;
  return { xy, about: `The two principal components of ${matrix.rows} pictures' vectors, which hold ${share} of their variance` };
}

/** Puts the places of known rows where they belong; the others are NaN. */
function scatter(xy: Float32Array, keys: readonly (ContentHash | undefined)[]): Float32Array {
  const all = new Float32Array(keys.length * 2).fill(Number.NaN);
  let next = 0;
  keys.forEach((key, row) => {
    if (key === undefined) return;
    all.set(xy.subarray(next * 2, next * 2 + 2), row * 2);
    next += 1;
  });
  return all;
}

/** Turns the progress of parts into that of the whole, at most ten times a second; a part runs from one share of the whole to another. */
function createReport(env: Env, onProgress: ProjectWatch["onProgress"]): LayOutTools["report"] {
  let toldAt = 0;
  return (from, to) => (done, all) => {
    if (env.now() - toldAt < reportEveryMs) return;
    toldAt = env.now();
    onProgress({ done: Math.floor(total * (from + ((to - from) * done) / Math.max(1, all))), total });
  };
}
