import { float16FromFloat32, float32FromFloat16 } from "../../core/float16.ts";
import type { ContentHash } from "../../core/sample.ts";
import type { Encoder } from "../encode/encoderFolder.ts";
import { encodeTexts, textKey } from "../encode/encodeTexts.ts";
import type { Env } from "../env.ts";
import type { VectorStore } from "../store/vectors.ts";
import type { QueryEncoder } from "./queryEncoder.ts";
import type { AskedTexts } from "./searcher.ts";

/** Where vectors of texts come from: the cache, else the encoder. */
export interface TextSource {
  readonly env: Env;
  readonly encoder: Encoder;
  readonly store: VectorStore;
  readonly queries: QueryEncoder;
}

/**
 * The vectors of texts, a row a text, as the cache has or would have them (rounded to float16): what is measured of a text is what a run will say of it. Rows of texts that
 * the encoder gives nothing for are zeros.
 */
export async function readTextVectors(
  { env, encoder, store, queries }: TextSource,
  texts: readonly string[],
  { provider, keep, signal }: AskedTexts,
): Promise<Float32Array> {
  const { dim } = store;
  const shelf = keep ? store : createShelf(store);
  await encodeTexts({
    texts: texts.filter((text) => text.trim() !== ""),
    tokenizer: encoder.tokenizer,
    rule: encoder.descriptor,
    openTower: () => queries.openTexts(provider),
    store: shelf,
    now: env.now,
    ...(signal === undefined ? {} : { signal }),
  });
  const rows = new Float32Array(texts.length * dim);
  for (const [row, text] of texts.entries()) {
    const key = textKey(text);
    if (shelf.has(key)) rows.set(await shelf.read([key]), row * dim);
  }
  return rows;
}

type TextShelf = Pick<VectorStore, "dim" | "has" | "append" | "flush" | "read">;

/** What the store has, and in memory what it has not. */
function createShelf(store: VectorStore): TextShelf {
  const { dim } = store;
  const own = new Map<ContentHash, Float32Array>();
  return {
    dim,
    has: (key) => own.has(key) || store.has(key),
    append: (keys, rows) => {
      const stored = float32FromFloat16(float16FromFloat32(rows));
      for (const [row, key] of keys.entries()) own.set(key, stored.slice(row * dim, (row + 1) * dim));
      return Promise.resolve();
    },
    flush: () => Promise.resolve(),
    read: async (keys) => {
      const [key] = keys;
      return (key === undefined ? undefined : own.get(key)) ?? (await store.read(keys));
    },
  };
}
