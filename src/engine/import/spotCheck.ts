import type { Locator } from "../../core/sample.ts";
import { createDecodePool } from "../decode/decodePool.ts";
import type { Encoder } from "../encode/encoderFolder.ts";
import { encoderTokens } from "../encode/encoderTokens.ts";
import { normalizeRows } from "../encode/normalize.ts";
import type { ProviderChoice } from "../../core/providers.ts";
import { openTower } from "../encode/tower.ts";
import type { Env } from "../env.ts";

/** Vectors that are claimed to be of these pictures and texts, each of length 1. */
export interface Claimed {
  readonly pictures: readonly { readonly locator: Locator; readonly vector: Float32Array }[];
  readonly texts: readonly { readonly text: string; readonly vector: Float32Array }[];
}

/** How like the claimed vectors are to those that our encoder gives; null where there was nothing to compare. */
export interface Agreement {
  readonly count: number;
  readonly least: number;
  readonly mean: number;
}

/** Encodes some pictures and texts and compares the outcome with vectors that are claimed to be theirs. A picture that can't be decoded is left out. */
export async function compareWithOurs(
  env: Env,
  encoder: Encoder,
  claimed: Claimed,
  { provider, signal }: { readonly provider: ProviderChoice; readonly signal: AbortSignal },
): Promise<{ readonly images: Agreement | null; readonly texts: Agreement | null }> {
  return {
    images: agreementOf(await comparePictures(env, encoder, claimed.pictures, { provider, signal })),
    texts: agreementOf(await compareTexts(env, encoder, claimed.texts, { provider, signal })),
  };
}

interface Options {
  readonly provider: ProviderChoice;
  readonly signal: AbortSignal;
}

async function comparePictures(
  env: Env,
  encoder: Encoder,
  pictures: Claimed["pictures"],
  { provider, signal }: Options,
): Promise<number[]> {
  if (pictures.length === 0) return [];
  const pool = createDecodePool(env, {
    slotCount: 1,
    threadCount: 1,
    preprocessing: encoder.descriptor.image,
    pixelType: encoder.pixelType,
  });
  const tower = await openTower(env, encoder, "image", { provider });
  try {
    const cosines: number[] = [];
    for (const { locator, vector } of pictures) {
      signal.throwIfAborted();
      const { wrotePixels } = await pool.decode({ locator, facts: false, slot: 0 });
      if (wrotePixels) cosines.push(cosineOf(await tower.embedPixels(pool.pixels, 1), vector));
    }
    return cosines;
  } finally {
    await tower.release();
    await pool.close();
  }
}

async function compareTexts(env: Env, encoder: Encoder, texts: Claimed["texts"], { provider, signal }: Options): Promise<number[]> {
  if (texts.length === 0) return [];
  const tower = await openTower(env, encoder, "text", { provider });
  try {
    const cosines: number[] = [];
    for (const { text, vector } of texts) {
      signal.throwIfAborted();
      cosines.push(cosineOf(await tower.embedTokens(encoderTokens(encoder, [text])), vector));
    }
    return cosines;
  } finally {
    await tower.release();
  }
}

/** NaN where ours has no direction: that agrees with nothing. */
function cosineOf(ours: Float32Array, claimed: Float32Array): number {
  const vector = Float32Array.from(ours);
  if (normalizeRows(vector, vector.length).length > 0 || vector.length !== claimed.length) return Number.NaN;
  return vector.reduce((sum, value, at) => sum + value * claimed[at]!, 0);
}

/** Counts, least and mean of cosines; null where there are none. */
export function agreementOf(cosines: readonly number[]): Agreement | null {
  if (cosines.length === 0) return null;
  const mean = cosines.reduce((sum, cosine) => sum + cosine, 0) / cosines.length;
  return { count: cosines.length, least: Math.min(...cosines), mean };
}
