import { basename, join, resolve } from "node:path";
import type { ContentHash } from "../../core/sample.ts";
import type { Env } from "../env.ts";
import { sha256 } from "./files.ts";
import type { Stamp } from "./stampedMap.ts";
import { openStampedMap } from "./stampedMap.ts";

/**
 * Remembers which bytes a file had, so that an unchanged file is not read again. Keys are sample ids (or paths below the root);
 * the stamp is the one of the file that holds the picture, so a changed archive makes all its members unknown.
 */
export interface StatIndex {
  readonly size: number;
  readonly hashOf: (key: string, stamp: Stamp) => ContentHash | undefined;
  /** `readAtMs`: `env.now()` just before the bytes were read. */
  readonly remember: (key: string, stamp: Stamp, hash: ContentHash, readAtMs: number) => void;
  /** Writes the index if it has changed; keys that are not live are let go. */
  readonly save: (isLive?: (key: string) => boolean) => Promise<void>;
}

/** Opens the index of the dataset at `root` (absolute). */
export async function openStatIndex(env: Env, root: string): Promise<StatIndex> {
  const map = await openStampedMap(env, join(datasetCacheFolder(env, root), "hashes.index"));
  return {
    get size() {
      return map.size;
    },
    hashOf: (key, stamp) => map.get(key, stamp) as ContentHash | undefined,
    remember: map.set,
    save: map.save,
  };
}

/** Folder in the cache of what belongs to the dataset at `root` alone: named for people, told apart by the digest of its whole path. */
export function datasetCacheFolder(env: Env, root: string): string {
  const path = resolve(root);
  const name =
    basename(path)
      .replace(/[^A-Za-z0-9._-]/g, "-")
      .slice(0, 40) || "root";
  return join(env.cacheFolder, "datasets", `${name}-${sha256(path).slice(0, 16)}`);
}
