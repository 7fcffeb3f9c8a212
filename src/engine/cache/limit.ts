import { formatBytes } from "../../core/bytes.ts";
import type { Env } from "../env.ts";
import { pruneCache } from "./prune.ts";

/** Brings the cache back below its limit, where one is set; gives a sentence about what went, and one where it could not. Never rejects: a run's result is worth more. */
export async function enforceLimit(env: Env, signal: AbortSignal): Promise<readonly string[]> {
  const limitBytes = env.cacheLimitBytes;
  if (limitBytes === undefined) return [];
  const limit = `limit of ${formatBytes(limitBytes)}`;
  try {
    const { evicted, freedBytes, leftBytes, failed } = await pruneCache(env, { limitBytes }, { signal, onProgress: () => undefined });
    const names = evicted.map(({ kind, name, part }) => [kind, "of", name, part].filter((word) => word !== null).join(" "));
    const shown = names.length > 3 ? [...names.slice(0, 3), `${names.length - 3} more`] : names;
    return [
      ...(freedBytes === 0
        ? []
        : [
            `The cache was above its ${limit}: ${formatBytes(freedBytes)} that were not used the longest are evicted (${shown.join(", ")})`,
          ]),
      ...(leftBytes <= limitBytes
        ? []
        : [
            `The cache holds ${formatBytes(leftBytes)} and stays above its ${limit}, for the rest is in use: raise the limit, or prune the cache when nothing runs`,
          ]),
      ...failed,
    ];
  } catch (error) {
    return [`The cache could not be brought below its ${limit} (${error instanceof Error ? error.message : String(error)})`];
  }
}
