import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { lock } from "proper-lockfile";

/** Held while a process changes a dataset's ledger, state or current generation. `isHeld` turns false when another process took the lock for stale. */
export interface DatasetLock {
  readonly isHeld: () => boolean;
  readonly release: () => Promise<void>;
}

/** Another process holds a dataset's lock for longer than we wait. */
export class LockedError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "LockedError";
  }
}

/** A lock that wasn't refreshed for so long belonged to a process that is gone. */
const staleMs = 10_000;

const refreshMs = 2_000;

/** The first pause between two attempts, and the longest; in between it doubles. */
const pauseMs = { least: 20, most: 500 };

/**
 * Takes the lock of the folder that holds a dataset's state, `.winnow` or its stand-in; makes the folder. Waits up to `waitMs` while another process holds it,
 * then throws a `LockedError` that names the holder.
 */
export async function lockDataset(folder: string, waitMs = 30_000): Promise<DatasetLock> {
  await mkdir(folder, { recursive: true });
  const holderFile = join(folder, "lock.json");
  let held = true;
  const deadline = performance.now() + waitMs;
  let release: (() => Promise<void>) | undefined;
  for (let pause = pauseMs.least; release === undefined; pause = Math.min(pause * 2, pauseMs.most)) {
    release = await attempt(folder, () => (held = false));
    if (release !== undefined) break;
    if (performance.now() > deadline) throw new LockedError(await describeHolder(folder, holderFile));
    // The odd part keeps two waiting processes from asking in step; what is computed doesn't depend on it.
    await new Promise((resolve) => setTimeout(resolve, pause + (process.pid % 17)));
  }
  const unlock = release;
  await writeFile(holderFile, `${JSON.stringify({ pid: process.pid, host: hostname() })}\n`);
  return {
    isHeld: () => held,
    release: async () => {
      if (!held) return;
      held = false;
      await rm(holderFile, { force: true });
      await unlock();
    },
  };
}

async function attempt(folder: string, onCompromised: () => void): Promise<(() => Promise<void>) | undefined> {
  try {
    return await lock(folder, {
      lockfilePath: join(folder, "lock"),
      realpath: false,
      stale: staleMs,
      update: refreshMs,
      retries: 0,
      onCompromised,
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ELOCKED") return undefined;
    throw error;
  }
}

async function describeHolder(folder: string, holderFile: string): Promise<string> {
  const waiting = `Another process is changing the dataset of ${folder}`;
  try {
    const { pid, host } = JSON.parse(await readFile(holderFile, "utf8")) as { pid?: unknown; host?: unknown };
    return `${waiting} (process ${String(pid)} on ${String(host)}): wait for it to end, or end it, and try again`;
  } catch {
    return `${waiting}: wait for it to end and try again`;
  }
}
