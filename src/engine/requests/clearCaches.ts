import { resolve } from "node:path";
import { findCaches } from "../../core/trainers/caches.ts";
import type { ClearCachesRequest, ClearedCaches } from "../../protocol/trainers.ts";
import { createListing } from "../discover/listing.ts";
import { checkRoot } from "../discover/rootFolder.ts";
import { walk } from "../discover/walk.ts";
import type { Env } from "../env.ts";
import { withDataset } from "../store/dataset.ts";
import { moveCachesToTrash } from "../write/caches.ts";

/** Moves what trainers left in a dataset's folder to the trash, as one operation that can be undone. Throws `ConflictError`, and the signal's reason. */
export async function clearCaches(
  env: Env,
  { root, all }: ClearCachesRequest,
  { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress?: (progress: { done: number; total: number }) => void },
): Promise<ClearedCaches> {
  const absolute = resolve(root);
  await checkRoot(absolute);
  const { files } = createListing(absolute, (await walk(env, absolute, signal, "all")).files);
  const caches = findCaches(files).filter(({ stale }) => all || stale !== null);
  if (caches.length === 0) return { files: 0, sizeBytes: 0, operation: null };
  const operation = await withDataset(env, absolute, (dataset, state) => {
    if (state.readOnly !== undefined) throw new Error(state.readOnly);
    return moveCachesToTrash(dataset, caches, { signal, onProgress: (done, total) => onProgress?.({ done, total }) });
  });
  return { files: caches.length, sizeBytes: caches.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0), operation: operation ?? null };
}
