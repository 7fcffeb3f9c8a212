import { mkdir } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { check, lock } from "proper-lockfile";

/** A lock that wasn't refreshed for so long belonged to a process that is gone. */
const staleMs = 15_000;
const refreshMs = 3_000;
const pauseMs = 250;

/**
 * Does `work` while no other process does the like in `folder`; waits for one that does, as long as its lock is fresh. The signal that `work` gets also fires
 * when the lock was taken for stale, as after a machine's sleep.
 */
export async function withDownloadLock<Result>(
  folder: string,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  await mkdir(folder, { recursive: true });
  const lost = new AbortController();
  const onCompromised = (): void => lost.abort(new Error("Another process took the download over: start it again to see how far it is"));
  let release: (() => Promise<void>) | undefined;
  while (release === undefined) {
    signal.throwIfAborted();
    try {
      release = await lock(folder, { realpath: false, stale: staleMs, update: refreshMs, retries: 0, onCompromised });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ELOCKED") throw error;
      await pause(pauseMs, undefined, { signal });
    }
  }
  try {
    return await work(AbortSignal.any([signal, lost.signal]));
  } finally {
    if (!lost.signal.aborted) await release();
  }
}

/** Tells whether a process downloads into `folder` now. */
export async function isDownloading(folder: string): Promise<boolean> {
  return await check(folder, { realpath: false, stale: staleMs });
}
