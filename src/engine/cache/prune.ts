import { randomBytes } from "node:crypto";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { chooseEvictions, isCounted } from "../../core/cache/eviction.ts";
import type { PrunedCache, PruneCacheRequest } from "../../protocol/cache.ts";
import type { Env } from "../env.ts";
import { isMissing } from "../store/fileMoves.ts";
import type { CachePiece } from "./inventory.ts";
import { listCache, passingFolders } from "./inventory.ts";
import { sumUp } from "./summary.ts";

/** File systems take names of 255 bytes; ours are ASCII. */
const longestName = 200;

/** How pruning is stopped and followed, in bytes. What was removed before a stop stays removed. */
export interface CacheWatch {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: { readonly done: number; readonly total: number }) => void;
}

/**
 * Evicts from the cache what was not used for so long, and the longest unused beyond a limit. What a running process needs stays. Every piece is renamed out
 * of reach first and removed then: a reader finds it whole or not at all, and what a kill leaves behind is removed by the next pruning.
 */
export async function pruneCache(env: Env, request: PruneCacheRequest, { signal, onProgress }: CacheWatch): Promise<PrunedCache> {
  const { limitBytes, unusedMs, models = false, certificates = false, dryRun = false } = request;
  if (!dryRun) await removeEvicted(env);
  const pieces = await listCache(env, signal);
  const rule = { limitBytes, unusedSinceMs: unusedMs === undefined ? undefined : env.now() - unusedMs, models, certificates };
  const chosen = chooseEvictions(pieces, rule);
  const total = bytesOf(chosen);
  const [gone, failed]: [CachePiece[], string[]] = [[], []];
  for (const piece of chosen) {
    signal.throwIfAborted();
    const problem = dryRun ? undefined : await evict(env, piece);
    if (problem === undefined) gone.push(piece);
    else failed.push(problem);
    onProgress({ done: bytesOf(gone), total });
  }
  const left = pieces.filter((piece) => !gone.includes(piece) && isCounted(piece, rule));
  return {
    evicted: sumUp(gone),
    freedBytes: bytesOf(gone),
    leftBytes: bytesOf(left),
    keptBytes: bytesOf(left.filter(({ kept }) => kept !== undefined)),
    failed,
  };
}

/** Moves a piece out of its readers' reach into a folder of the cache; gives the sentence where that can't be done. Somebody else may have done it before. */
export async function moveAway(env: Env, { paths, name }: Pick<CachePiece, "paths" | "name">, folder: string): Promise<string | undefined> {
  try {
    await mkdir(folder, { recursive: true });
    for (const path of paths) {
      const to = join(
        folder,
        `${randomBytes(4).toString("hex")}-${relative(env.cacheFolder, path).replaceAll(/[\\/]/g, "_").slice(-longestName)}`,
      );
      await rename(path, to).catch((error: unknown) => {
        if (!isMissing(error)) throw error;
      });
    }
    return undefined;
  } catch (error) {
    return `${name} could not be moved away (${(error as Error).message}): another program may have it open, try again later`;
  }
}

async function evict(env: Env, piece: CachePiece): Promise<string | undefined> {
  const aside = join(env.cacheFolder, passingFolders.evicted, randomBytes(6).toString("hex"));
  const problem = await moveAway(env, piece, aside);
  await rm(aside, { recursive: true, force: true }).catch((error: unknown) => {
    env.log("store.cache", `${aside} is removed by the next pruning: ${String(error)}`);
  });
  return problem;
}

async function removeEvicted(env: Env): Promise<void> {
  const folder = join(env.cacheFolder, passingFolders.evicted);
  for (const name of await readdir(folder).catch(() => [])) {
    await rm(join(folder, name), { recursive: true, force: true }).catch((error: unknown) => {
      env.log("store.cache", `${join(folder, name)} can't be removed: ${String(error)}`);
    });
  }
}

function bytesOf(pieces: readonly CachePiece[]): number {
  return pieces.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
