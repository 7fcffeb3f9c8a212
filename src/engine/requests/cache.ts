import type { CacheApi, CacheReport } from "../../protocol/cache.ts";
import type { Handlers } from "../../protocol/rpc.ts";
import { listCache } from "../cache/inventory.ts";
import { pruneCache } from "../cache/prune.ts";
import { sumUp } from "../cache/summary.ts";
import { verifyCache } from "../cache/verify.ts";
import type { Env } from "../env.ts";

const reportEveryMs = 100;

/** Tells what lies in the cache. */
export async function readCache(env: Env): Promise<CacheReport> {
  const entries = sumUp(await listCache(env));
  const sizeBytes = entries.reduce((sum, entry) => sum + entry.sizeBytes, 0);
  return { folder: env.cacheFolder, entries, sizeBytes, limitBytes: env.cacheLimitBytes ?? null };
}

/** What the engine answers about its cache. */
export function createCacheHandlers(env: Env): Handlers<CacheApi> {
  return {
    readCache: () => readCache(env),
    verifyCache: (request, { signal, onProgress }) => verifyCache(env, request, { signal, onProgress: sometimes(env, onProgress) }),
    pruneCache: (request, { signal, onProgress }) => pruneCache(env, request, { signal, onProgress: sometimes(env, onProgress) }),
  };
}

interface Bytes {
  readonly done: number;
  readonly total: number;
}

/** Passes progress on at most ten times a second, and the last of it. */
function sometimes(env: Env, report: (progress: Bytes) => void): (progress: Bytes) => void {
  let reportedAt = Number.NEGATIVE_INFINITY;
  return (progress) => {
    if (env.now() - reportedAt < reportEveryMs && progress.done < progress.total) return;
    reportedAt = env.now();
    report(progress);
  };
}
