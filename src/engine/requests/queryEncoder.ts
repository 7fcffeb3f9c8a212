import { resolve } from "node:path";
import type { ProviderChoice } from "../../core/providers.ts";
import type { Query } from "../../protocol/engineApi.ts";
import type { DecodePool } from "../decode/decodePool.ts";
import { createDecodePool } from "../decode/decodePool.ts";
import type { Encoder } from "../encode/encoderFolder.ts";
import { normalizeRows } from "../encode/normalize.ts";
import type { Tower } from "../encode/tower.ts";
import { openTower } from "../encode/tower.ts";
import type { Env } from "../env.ts";
import type { Modality } from "../store/vectors.ts";

/** Makes vectors of texts and of pictures that are in no dataset; what it opens for that stays open for the next. One question at a time. */
export interface QueryEncoder {
  /** A vector of length 1. Throws where the picture can't be decoded, or the encoder gives nothing of use. */
  encode(query: Exclude<Query, { kind: "sample" }>, provider: ProviderChoice): Promise<Float32Array>;
  /** The text side of the encoder, for many texts; it stays open, whoever releases it. */
  openTexts(provider: ProviderChoice): Promise<Tower>;
  close(): Promise<void>;
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
  const embed = async (query: Exclude<Query, { kind: "sample" }>, provider: ProviderChoice): Promise<Float32Array> => {
    if (query.kind === "text")
      return (await towerOf("text", provider)).embedTokens(encoder.tokenizer.tokenize([query.text], contextLength));
    pool ??= createDecodePool(env, { slotCount: 1, threadCount: 1, preprocessing: image, pixelType });
    await decodePicture(pool, query.path);
    return (await towerOf("image", provider)).embedPixels(pool.pixels, 1);
  };
  return {
    openTexts: async (provider) => ({ ...(await towerOf("text", provider)), release: () => Promise.resolve() }),
    encode: async (query, provider) => {
      const vector = Float32Array.from(await embed(query, provider));
      if (normalizeRows(vector, dim).length > 0) throw new Error("The encoder gave no usable vector for the query: try another one");
      return vector;
    },
    close: async () => {
      await pool?.close();
      for (const tower of towers.values()) await tower.release();
      towers.clear();
      pool = undefined;
    },
  };
}

async function decodePicture(pool: DecodePool, path: string): Promise<void> {
  const answer = await pool.decode({ locator: { kind: "file", path: resolve(path) }, facts: true, slot: 0 });
  const problem = answer.problem ?? (answer.facts?.kind === "failed" ? answer.facts.problem : undefined);
  if (problem !== undefined || !answer.wrotePixels) throw new Error(`${path} ${problem?.message ?? "can't be decoded"}`);
}
