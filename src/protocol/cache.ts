import type { CacheKind, KeptBecause } from "../core/cache/eviction.ts";

/** What lies in the cache under one name: vectors of an encoder and modality, a dataset's tables, a model. Null is unknown, or none. */
export interface CacheEntry {
  readonly kind: CacheKind;
  readonly name: string;
  /** The modality of vectors. */
  readonly part: string | null;
  readonly sizeBytes: number;
  /** Vectors, pictures, facts, generations of tables, models, encoders that were measured or certified. */
  readonly count: number | null;
  readonly usedMs: number;
  readonly kept: KeptBecause | null;
}

/** The cache at a glance. `limitBytes` is null where none is set. */
export interface CacheReport {
  readonly folder: string;
  readonly entries: readonly CacheEntry[];
  readonly sizeBytes: number;
  readonly limitBytes: number | null;
}

/** What is to be evicted: what was not used for `unusedMs`, and the longest unused beyond `limitBytes`. Models only with `models`, parity certificates only with `certificates`. */
export interface PruneCacheRequest {
  readonly limitBytes?: number;
  readonly unusedMs?: number;
  readonly models?: boolean;
  readonly certificates?: boolean;
  /** Tells what would go. */
  readonly dryRun?: boolean;
}

/** What is gone. `leftBytes` is what counts towards the limit and stays, `keptBytes` the part of it that is in use or a person's own; `failed` has a sentence each. */
export interface PrunedCache {
  readonly evicted: readonly CacheEntry[];
  readonly freedBytes: number;
  readonly leftBytes: number;
  readonly keptBytes: number;
  readonly failed: readonly string[];
}

/** Something in the cache that is not as it was written. `movedTo` is where it was put; null where it still lies in its place. */
export interface DamagedEntry {
  readonly kind: CacheKind;
  readonly name: string;
  readonly file: string;
  readonly what: string;
  readonly movedTo: string | null;
}

/** What a reading of the whole cache gave. */
export interface VerifiedCache {
  readonly pieces: number;
  readonly sizeBytes: number;
  readonly damaged: readonly DamagedEntry[];
}

/** What is asked about the cache. */
export interface CacheApi {
  readCache: { params: null; result: CacheReport };
  /** Bytes as progress. */
  verifyCache: { params: { readonly repair: boolean }; result: VerifiedCache; progress: { done: number; total: number } };
  /** Bytes as progress. */
  pruneCache: { params: PruneCacheRequest; result: PrunedCache; progress: { done: number; total: number } };
}
