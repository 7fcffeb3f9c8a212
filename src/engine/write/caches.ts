import type { TrainerCache } from "../../core/trainers/caches.ts";
import { hashFile } from "../store/fileMoves.ts";
import type { OperationId } from "../store/ledger.ts";
import { applyOperation, type Change, type OpenDataset } from "../store/operations.ts";
import { absoluteFromPath } from "../store/manifest.ts";
import { mapInOrder } from "../store/concurrent.ts";

/** Files that are read for their hashes at once. */
const concurrency = 4;

/** Moves caches to the trash as one operation. Gives undefined where all of them are gone already. */
export async function moveCachesToTrash(
  dataset: OpenDataset,
  caches: readonly TrainerCache[],
  { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress?: (done: number, total: number) => void },
): Promise<OperationId | undefined> {
  const changes: Change[] = [];
  const hashes = mapInOrder(caches, concurrency, ({ path }) => hashFile(dataset.env, absoluteFromPath(dataset, path)));
  let done = 0;
  for await (const before of hashes) {
    signal.throwIfAborted();
    if (before !== null) changes.push({ path: caches[done]!.path, before, content: undefined });
    done += 1;
    onProgress?.(done, caches.length);
  }
  const summary = `${changes.length} ${changes.length === 1 ? "cache" : "caches"} of trainers moved to the trash`;
  const operation = changes.length === 0 ? undefined : await applyOperation(dataset, { kind: "cache", summary, changes, signal });
  return operation?.operation;
}
