import { resolve } from "node:path";
import type { Encoder } from "../encode/encoderFolder.ts";
import { nearest } from "../../core/neighbours/nearest.ts";
import { matrixFromArray } from "../../core/matrix.ts";
import type { ContentHash } from "../../core/sample.ts";
import type { SearchHit, SearchRequest } from "../../protocol/engineApi.ts";
import { createDecodePool } from "../decode/decodePool.ts";
import { readEncoder } from "../encode/encoderFolder.ts";
import { normalizeRows } from "../encode/normalize.ts";
import { openTower } from "../encode/tower.ts";
import type { Env } from "../env.ts";
import { matrixOfKnown } from "../run/matrices.ts";
import { openGemm } from "../run/openGemm.ts";
import { openVectors } from "../store/vectors.ts";
import type { Watch } from "../watch.ts";
import { openAnalysed } from "./analysedDataset.ts";

/**
 * Finds the pictures nearest to a text or a picture by the encoder of the current analysis; equal scores come in the order of the dataset.
 * Throws `NotAnalysedError`, an EncoderError, or an error that says what is wrong with the picture.
 */
export async function search(env: Env, request: SearchRequest, { signal }: Watch): Promise<SearchHit[]> {
  const dataset = await openAnalysed(env, request.root);
  try {
    const rows = await dataset.tables.query("SELECT sample, contentHash FROM samples ORDER BY sampleRow");
    const { encoder: used } = dataset.summary;
    const encoder = await readEncoder(env, used.folder);
    const { id, dim } = encoder.descriptor;
    if (id !== used.id) throw new Error(`The encoder in ${used.folder} has changed since the analysis: run "winnow run" again`);
    const query = await encodeQuery(env, encoder, request);
    const store = await openVectors(env, id, "image", dim);
    const images = await matrixOfKnown(
      store,
      rows.map(({ contentHash }) => (contentHash ?? undefined) as ContentHash | undefined),
    );
    const gemm = await openGemm(env, request.provider);
    try {
      const found = await nearest(matrixFromArray(query, dim), images, { k: request.limit, gemm, signal });
      return [...found.indices].flatMap((row, at) => (row < 0 ? [] : [{ sample: String(rows[row]!["sample"]), score: found.scores[at]! }]));
    } finally {
      await gemm.release();
      await images.dispose();
    }
  } finally {
    dataset.close();
  }
}

async function encodeQuery(env: Env, encoder: Encoder, { query, provider }: SearchRequest): Promise<Float32Array> {
  const vector =
    query.kind === "text"
      ? await encodeText(env, encoder, { text: query.text, provider })
      : await encodePicture(env, encoder, { path: query.path, provider });
  if (normalizeRows(vector, encoder.descriptor.dim).length > 0)
    throw new Error("The encoder gave no usable vector for the query: try another one");
  return vector;
}

async function encodeText(
  env: Env,
  encoder: Encoder,
  { text, provider }: { text: string; provider: SearchRequest["provider"] },
): Promise<Float32Array> {
  const tower = await openTower(env, encoder, "text", { provider });
  try {
    return await tower.embedTokens(encoder.tokenizer.tokenize([text], encoder.descriptor.contextLength));
  } finally {
    await tower.release();
  }
}

async function encodePicture(
  env: Env,
  encoder: Encoder,
  { path, provider }: { path: string; provider: SearchRequest["provider"] },
): Promise<Float32Array> {
  const pool = createDecodePool(env, { slotCount: 1, threadCount: 1, preprocessing: encoder.descriptor.image });
  try {
    const answer = await pool.decode({ locator: { kind: "file", path: resolve(path) }, facts: true, slot: 0 });
    const problem = answer.problem ?? (answer.facts?.kind === "failed" ? answer.facts.problem : undefined);
    if (problem !== undefined || !answer.wrotePixels) throw new Error(`${path} ${problem?.message ?? "can't be decoded"}`);
    const tower = await openTower(env, encoder, "image", { provider });
    try {
      return await tower.embedPixels(pool.pixels, 1);
    } finally {
      await tower.release();
    }
  } finally {
    await pool.close();
  }
}
