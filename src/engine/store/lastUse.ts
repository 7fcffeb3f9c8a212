import { stat, utimes } from "node:fs/promises";
import type { Env } from "../env.ts";

/** A use within so long of the last one is not written down again. */
const grainMs = 10 * 60_000;

/**
 * Notes that a file or folder of the cache is used now: its time of change is that of its last use, by which the longest unused goes first. Never for a
 * file whose time of change says something else, such as a model's.
 */
export async function noteUse(env: Env, path: string): Promise<void> {
  try {
    const { mtimeMs } = await stat(path);
    const now = env.now();
    if (now - mtimeMs >= grainMs) await utimes(path, now / 1000, now / 1000);
  } catch {
    // Gone meanwhile, or a cache that can't be written: it is then read all the same.
  }
}
