import { rename, rm } from "node:fs/promises";
import { hashFile, isMissing, moveFile, removeEmptyFolders, replaceBytes, stagedPath } from "./fileMoves.ts";
import { appendEvent, readLedger, repairLedger, type OperationId } from "./ledger.ts";
import { blobPath, OutsideError, readManifest, trashPath, type ManifestEntry, type Target } from "./manifest.ts";
import type { OpenDataset } from "./operations.ts";
import { exists } from "./paths.ts";
import { clearStaged, listPlans } from "./staging.ts";

/** How far an operation came with one file. "stranger" is a file that something else changed meanwhile. */
type Reached = "applied" | "staged" | "unstaged" | "stranger";

/**
 * Ends what killed processes left: cuts off a torn ledger line, completes every operation whose files are all prepared or changed, brings back the files of the others,
 * and removes what was prepared and never announced. May itself be killed and done again.
 */
export async function recover(dataset: OpenDataset): Promise<void> {
  await repairLedger(dataset.env, dataset.folder);
  const { operations } = await readLedger(dataset.env, dataset.folder);
  for (const { operation, state } of operations) {
    if (state !== "open") continue;
    await settle(dataset, operation).catch(async (error: unknown) => {
      if (!(error instanceof OutsideError)) throw error;
      dataset.env.log("write.recover", `${error.message} (unfinished operation ${operation})`);
      await appendEvent(dataset.folder, { event: "aborted", operation });
    });
  }
  for (const id of await listPlans(dataset)) await clearStaged(dataset, id);
}

/**
 * Brings an operation's files back as they were, and says so in the ledger. Files that something else changed are left alone.
 */
export async function rollBack(dataset: OpenDataset, id: OperationId): Promise<void> {
  for (const entry of await readManifest(dataset, id)) {
    const reached = await inspect(dataset, id, entry);
    if (reached === "applied") await revertIfKept(dataset, id, entry);
    await rm(stagedPath(entry.real, id), { force: true });
    if (entry.made !== undefined) await removeEmptyFolders(entry.real, entry.made);
    dataset.failpoint("reverted");
  }
  await appendEvent(dataset.folder, { event: "aborted", operation: id });
  await clearStaged(dataset, id);
}

async function settle(dataset: OpenDataset, id: OperationId): Promise<void> {
  const entries = await readManifest(dataset, id);
  const reached = [];
  for (const entry of entries) reached.push(await inspect(dataset, id, entry));
  if (entries.length === 0 || reached.some((state) => state === "unstaged" || state === "stranger")) {
    dataset.env.log("write.recover", `brought back the files of the unfinished operation ${id}`);
    await rollBack(dataset, id);
    return;
  }
  for (const [at, entry] of entries.entries()) {
    if (reached[at] !== "staged") continue;
    if (entry.after === null) await moveFile(entry.real, trashPath(dataset, id, entry.path));
    else await rename(stagedPath(entry.real, id), entry.real);
    dataset.failpoint("completed");
  }
  await appendEvent(dataset.folder, { event: "done", operation: id });
  dataset.env.log("write.recover", `completed the unfinished operation ${id}`);
  await clearStaged(dataset, id);
}

async function inspect(dataset: OpenDataset, id: OperationId, { path, real, before, after }: ManifestEntry & Target): Promise<Reached> {
  const current = await hashFile(dataset.env, real);
  if (current === after && (after !== null || (await exists(trashPath(dataset, id, path))))) return "applied";
  if (current !== before) return "stranger";
  return after === null || (await hashFile(dataset.env, stagedPath(real, id))) === after ? "staged" : "unstaged";
}

/** A file whose old bytes somebody deleted from `.winnow` stays as it is: there is nothing to bring back, and the dataset must open again. */
async function revertIfKept(dataset: OpenDataset, id: OperationId, entry: ManifestEntry & Target): Promise<void> {
  await revert(dataset, id, entry).catch((error: unknown) => {
    if (!isMissing(error)) throw error;
    dataset.env.log("write.recover", `the bytes of ${entry.path} before the operation ${id} are no longer kept: it was left as it is`);
  });
}

async function revert(dataset: OpenDataset, id: OperationId, { path, real, before, after }: ManifestEntry & Target): Promise<void> {
  if (before === null) await moveFile(real, trashPath(dataset, id, path));
  else if (after === null) await moveFile(trashPath(dataset, id, path), real);
  else await replaceBytes(real, blobPath(dataset, before));
}
