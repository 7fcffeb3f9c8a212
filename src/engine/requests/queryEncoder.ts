import { resolve } from "node:path";
import type { UnitVectors } from "../../core/captions/wordSupport.ts";
import type { ProviderChoice } from "../../core/providers.ts";
import { type Locator, nameLocator } from "../../core/sample.ts";
import type { Pixels } from "../../core/pixels/preprocess.ts";
import type { Query } from "../../protocol/engineApi.ts";
import type { DecodePool } from "../decode/decodePool.ts";
import { createDecodePool } from "../decode/decodePool.ts";
import type { Encoder } from "../encode/encoderFolder.ts";
import { encoderTokens } from "../encode/encoderTokens.ts";
import { normalizeRows } from "../encode/normalize.ts";
import { hasSharedParts } from "../encode/sharedParts.ts";
import type { Tower } from "../encode/tower.ts";
import { openTower } from "../encode/tower.ts";
import type { Env } from "../env.ts";
import type { Modality } from "../store/vectors.ts";

/** Makes vectors of texts and of pictures that are in no dataset; what it opens for that stays open for the next. One question at a time. */
export interface QueryEncoder {
  /** A vector of length 1. Throws where the picture can't be decoded, or the encoder gives nothing of use. */
  encode(query: Exclude<Query, { kind: "sample" }>, provider: ProviderChoice): Promise<Float32Array>;
  /** The vector of a dataset's picture, made anew. Throws as `encode` does. */
  encodePicture(locator: Locator, provider: ProviderChoice): Promise<Float32Array>;
  /** The text side of the encoder, for many texts; it stays open, whoever releases it. */
  openTexts(provider: ProviderChoice): Promise<Tower>;
  /** The parts of a picture and a text; undefined where the encoder gives none in one space. Throws where the picture can't be decoded. */
  parts(
    findPicture: () => Promise<Locator>,
    asked: { readonly text: string; readonly provider: ProviderChoice },
  ): Promise<PairParts | undefined>;
  close(): Promise<void>;
}

/** Vectors of a picture's patches, and of those tokens of a text that the encoder reads, the special ones left out. */
export interface PairParts {
  readonly patches: UnitVectors;
  readonly tokens: UnitVectors;
}

/** Makes a query encoder; nothing is opened before the first question. */
export function createQueryEncoder(env: Env, encoder: Encoder): QueryEncoder {
  const towers = new Map<string, Tower>();
  let pool: DecodePool | undefined;
  const towerOf = async (modality: Modality, provider: ProviderChoice): Promise<Tower> => {
    const key = `${modality} ${provider}`;
    const tower = towers.get(key) ?? (await openTower(env, encoder, modality, { provider }));
    towers.set(key, tower);
    return tower;
  };
  const { image, contextLength, dim } = encoder.descriptor;
  const { pixelType } = encoder;
  const pixelsOf = async (locator: Locator): Promise<Pixels> => {
    pool ??= createDecodePool(env, { slotCount: 1, threadCount: 1, preprocessing: image, pixelType });
    await decodePicture(pool, locator);
    return pool.pixels;
  };
  const unitOf = (embedded: Float32Array): Float32Array => {
    const vector = Float32Array.from(embedded);
    if (normalizeRows(vector, dim).length > 0) throw new Error("The encoder gave no usable vector for the query: try another one");
    return vector;
  };
  const encodePicture = async (locator: Locator, provider: ProviderChoice): Promise<Float32Array> =>
    unitOf(await (await towerOf("image", provider)).embedPixels(await pixelsOf(locator), 1));
  return {
    openTexts: async (provider) => ({ ...(await towerOf("text", provider)), release: () => Promise.resolve() }),
    encodePicture,
    encode: async (query, provider) => {
      if (query.kind === "image") return await encodePicture({ kind: "file", path: resolve(query.path) }, provider);
      return unitOf(await (await towerOf("text", provider)).embedTokens(encoderTokens(encoder, [query.text])));
    },
    parts: async (findPicture, { text, provider }) => {
      if (!hasSharedParts(encoder)) return undefined;
      const patches = await (await towerOf("image", provider)).embedPatches(await pixelsOf(await findPicture()), 1);
      const tokens = await (await towerOf("text", provider)).embedTextTokens(encoderTokens(encoder, [text]));
      const { kept, leading } = encoder.tokenizer.cut(text, contextLength);
      return {
        patches: unitVectors(patches.values, dim),
        tokens: unitVectors(tokens.values.subarray(leading * dim, (leading + kept) * dim), dim),
      };
    },
    close: async () => {
      await pool?.close();
      for (const tower of towers.values()) await tower.release();
      towers.clear();
      pool = undefined;
    },
  };
}

/** Rows without a direction are unknown (NaN). */
function unitVectors(values: Float32Array, dim: number): UnitVectors {
  const unit = Float32Array.from(values);
  for (const row of normalizeRows(unit, dim)) unit.fill(Number.NaN, row * dim, (row + 1) * dim);
  return { values: unit, dim };
}

async function decodePicture(pool: DecodePool, locator: Locator): Promise<void> {
  const answer = await pool.decode({ locator, facts: true, slot: 0 });
  const problem = answer.problem ?? (answer.facts?.kind === "failed" ? answer.facts.problem : undefined);
  if (problem !== undefined || !answer.wrotePixels) throw new Error(`${nameLocator(locator)} ${problem?.message ?? "can't be decoded"}`);
}
