import { join } from "node:path";
import type { CacheKind } from "../../core/cache/eviction.ts";
import type { DamagedEntry, VerifiedCache } from "../../protocol/cache.ts";
import type { Env } from "../env.ts";
import { createPause } from "../store/inTurns.ts";
import { checkModel } from "./checkModel.ts";
import { checkFacts, checkTables } from "./checkTables.ts";
import { checkThumbnails } from "./checkThumbnails.ts";
import { checkGreys, checkVectors } from "./checkVectors.ts";
import type { Check } from "./damage.ts";
import { listCache } from "./inventory.ts";
import type { CacheWatch } from "./prune.ts";
import { moveAway } from "./prune.ts";

/** Digests, begun downloads and what is unknown tell nothing that could be compared with. */
const checks: Readonly<Partial<Record<CacheKind, Check>>> = {
  vectors: checkVectors,
  greys: checkGreys,
  thumbnails: checkThumbnails,
  facts: checkFacts,
  tables: checkTables,
  models: checkModel,
};

/**
 * Reads everything that lies in the cache and tells what is not as it was written. With `repair` that is moved into the cache's folder `damaged`, so that it is made
 * again when it is needed next; whoever reads it now goes on.
 */
export async function verifyCache(
  env: Env,
  { repair }: { readonly repair: boolean },
  { signal, onProgress }: CacheWatch,
): Promise<VerifiedCache> {
  const checked = (await listCache(env, signal)).filter(({ kind }) => checks[kind] !== undefined);
  const total = checked.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const away = join(env.cacheFolder, "damaged", new Date(env.now()).toISOString().replaceAll(":", "-"));
  const pause = createPause(env, signal);
  const damaged: DamagedEntry[] = [];
  let done = 0;
  for (const piece of checked) {
    signal.throwIfAborted();
    for (const { file, what, paths } of await checks[piece.kind]!(piece, pause)) {
      const problem = repair ? await moveAway(env, { name: file, paths }, away) : undefined;
      if (problem !== undefined) env.log("store.cache", problem);
      damaged.push({ kind: piece.kind, name: piece.name, file, what, movedTo: repair && problem === undefined ? away : null });
    }
    done += piece.sizeBytes;
    onProgress({ done, total });
  }
  return { pieces: checked.length, sizeBytes: total, damaged };
}
