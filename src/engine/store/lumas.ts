import { lumaSide } from "../../core/clusters/registration.ts";
import type { EncoderId } from "../../core/encoder.ts";
import { decoderVersion, factsVersion } from "../../core/pixels/facts.ts";
import type { ContentHash } from "../../core/sample.ts";
import type { Env } from "../env.ts";
import { openVectors } from "./vectors.ts";

/** The small grey pictures (see `computeLooks`) of the cache, found by the SHA-256 of the pictures' bytes. */
export interface LumaStore {
  has(hash: ContentHash): boolean;
  /** Adds a small grey picture; on the disk after `flush`. */
  put(hash: ContentHash, luma: Uint8Array): void;
  flush(): Promise<void>;
  /** Those of the hashes, undefined for one that is not there. Reads them into memory, a kilobyte each. */
  read(hashes: readonly (ContentHash | undefined)[]): Promise<(Uint8Array | undefined)[]>;
}

/** What they are filed under among the vectors. */
export const lumaSpace = `luma@${factsVersion}.${decoderVersion}` as EncoderId;

const dim = lumaSide * lumaSide;
/** How many are put before they are handed on to be written. */
const pendingRows = 256;
/** How many are read at once: they come as float32, four times as large. */
const rowsPerRead = 4096;

/** Opens them. They lie in a store of vectors, for a grey byte is exact in float16, and that store bears kills and several writers. */
export async function openLumas(env: Env): Promise<LumaStore> {
  const store = await openVectors(env, lumaSpace, "image", dim);
  const pending = new Map<ContentHash, Uint8Array>();
  let writing: Promise<void> = Promise.resolve();
  const handOn = (): void => {
    const entries = [...pending];
    pending.clear();
    const rows = new Float32Array(entries.length * dim);
    entries.forEach(([, luma], row) => rows.set(luma, row * dim));
    writing = writing.then(() =>
      store.append(
        entries.map(([hash]) => hash),
        rows,
      ),
    );
    writing.catch(() => undefined); // thrown again by the flush that follows
  };
  return {
    has: (hash) => pending.has(hash) || store.has(hash),
    put: (hash, luma) => {
      pending.set(hash, luma);
      if (pending.size >= pendingRows) handOn();
    },
    flush: async () => {
      if (pending.size > 0) handOn();
      await writing;
      await store.flush();
    },
    read: async (hashes) => {
      const known = [...new Set(hashes.filter((hash) => hash !== undefined && store.has(hash)))] as ContentHash[];
      const lumas = new Map<ContentHash, Uint8Array>();
      for (let from = 0; from < known.length; from += rowsPerRead) {
        const block = known.slice(from, from + rowsPerRead);
        const bytes = Uint8Array.from(await store.read(block));
        block.forEach((hash, row) => lumas.set(hash, bytes.subarray(row * dim, (row + 1) * dim)));
      }
      return hashes.map((hash) => (hash === undefined ? undefined : lumas.get(hash)));
    },
  };
}
