import { drawTrialPicture, drawTrialText } from "../../core/encoders/trialMaterial.ts";
import { createWritePixels } from "../../core/pixels/preprocess.ts";
import type { Env } from "../env.ts";
import type { Modality } from "../store/vectors.ts";
import type { Encoder } from "./encoderFolder.ts";
import { normalizeRows } from "./normalize.ts";
import { selectTokens } from "./tokenizer.ts";
import { openTower } from "./tower.ts";
import type { Tower } from "./tower.ts";

/** How close one side of an encoder comes to another's, by cosines of the same pictures or texts, and how many a second each encoded in turn. */
export interface TowerComparison {
  readonly count: number;
  /** NaN where a side gave a vector without a direction. */
  readonly minCosine: number;
  readonly meanCosine: number;
  readonly perSecond: number;
  readonly referencePerSecond: number;
}

/** How a comparison is stopped and followed, in pictures or texts. */
export interface ComparisonWatch {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: { readonly done: number; readonly total: number }) => void;
}

const batchSize = 16;
const batches = 4;

/** Encodes seeded pictures or texts by two encoders of one model on the CPU, batch by batch in turn. Rejects where either can't be loaded. */
export async function compareTowers(
  env: Env,
  { encoder, reference }: { encoder: Encoder; reference: Encoder },
  modality: Modality,
  { signal, onProgress }: ComparisonWatch,
): Promise<TowerComparison> {
  const tower = await openTower(env, encoder, modality, { provider: "cpu" });
  try {
    const other = await openTower(env, reference, modality, { provider: "cpu" });
    try {
      const total = batchSize * batches;
      const cosines: number[] = [];
      const [own, theirs]: [number[], number[]] = [[], []];
      for (let batch = 0; batch < batches; batch += 1) {
        signal.throwIfAborted();
        onProgress({ done: batch * batchSize, total });
        const embed = prepareBatch(reference, modality, batch);
        const expected = await timed(env, () => embed(other));
        const given = await timed(env, () => embed(tower));
        theirs.push(expected.ms);
        own.push(given.ms);
        cosines.push(...cosinesOf(given.rows, expected.rows, reference.descriptor.dim));
      }
      onProgress({ done: total, total });
      return {
        count: total,
        minCosine: Math.min(...cosines),
        meanCosine: cosines.reduce((sum, cosine) => sum + cosine, 0) / cosines.length,
        perSecond: rateOf(own),
        referencePerSecond: rateOf(theirs),
      };
    } finally {
      await other.release();
    }
  } finally {
    await tower.release();
  }
}

function prepareBatch(encoder: Encoder, modality: Modality, batch: number): (tower: Tower) => Promise<Float32Array> {
  const seeds = Array.from({ length: batchSize }, (_, i) => 1 + batch * batchSize + i);
  if (modality === "text") {
    const { contextLength, padding } = encoder.descriptor;
    const tokens = encoder.tokenizer.tokenize(seeds.map(drawTrialText), contextLength);
    const width = padding === "max_length" ? contextLength : Math.min(contextLength, tokens.width);
    return (tower) => tower.embedTokens(selectTokens(tokens, [...seeds.keys()], { width, padId: encoder.tokenizer.padId }));
  }
  const { width, height } = encoder.inputSize;
  const write = createWritePixels(encoder.descriptor.image);
  const pixels = new Float32Array(batchSize * 3 * width * height);
  seeds.forEach((seed, i) => write(drawTrialPicture({ width, height }, seed), pixels, i * 3 * width * height));
  return (tower) => tower.embedPixels(pixels, batchSize);
}

async function timed(env: Env, embed: () => Promise<Float32Array>): Promise<{ readonly ms: number; readonly rows: Float32Array }> {
  const startedAt = env.now();
  const rows = await embed();
  return { ms: env.now() - startedAt, rows };
}

/** The fastest batch tells what the machine can do; the first warms up, others may meet other work. */
function rateOf(ms: readonly number[]): number {
  return (batchSize / Math.max(1, Math.min(...ms))) * 1000;
}

function cosinesOf(rows: Float32Array, others: Float32Array, dim: number): readonly number[] {
  const unknown = new Set([...normalizeRows(rows, dim), ...normalizeRows(others, dim)]);
  return Array.from({ length: rows.length / dim }, (_, row) => {
    if (unknown.has(row)) return Number.NaN;
    let cosine = 0;
    for (let at = row * dim; at < (row + 1) * dim; at += 1) cosine += rows[at]! * others[at]!;
    return cosine;
  });
}
