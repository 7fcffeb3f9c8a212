import { cacheKinds } from "../../core/cache/eviction.ts";
import type { CacheEntry } from "../../protocol/cache.ts";
import type { CachePiece } from "./inventory.ts";

/** Adds up pieces of the same kind, name and modality, by kind and then the largest first. */
export function sumUp(pieces: readonly CachePiece[]): CacheEntry[] {
  const entries = new Map<string, CacheEntry>();
  for (const { kind, name, part, sizeBytes, usedMs, count, kept } of pieces) {
    const key = JSON.stringify([kind, name, part]);
    const entry = entries.get(key);
    entries.set(key, {
      kind,
      name,
      part: part ?? null,
      sizeBytes: sizeBytes + (entry?.sizeBytes ?? 0),
      // One that can't be counted makes the sum unknown.
      count: count === undefined || entry?.count === null ? null : count + (entry?.count ?? 0),
      usedMs: Math.max(usedMs, entry?.usedMs ?? 0),
      kept: kept ?? entry?.kept ?? null,
    });
  }
  return [...entries.values()].sort((a, b) => cacheKinds.indexOf(a.kind) - cacheKinds.indexOf(b.kind) || b.sizeBytes - a.sizeBytes);
}
