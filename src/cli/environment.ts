import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { Env } from "../engine/env.ts";
import { createCounters } from "../engine/env.ts";

/** Makes the outside world of a call: real clock, log on stderr where asked, cache and data folders of the platform. */
export function createEnv({ verbose, cacheFolder }: { verbose: boolean; cacheFolder?: string }): Env {
  return {
    cacheFolder: resolve(cacheFolder ?? process.env["WINNOW_CACHE"] ?? defaultCacheFolder()),
    dataFolder: resolve(process.env["WINNOW_DATA"] ?? defaultDataFolder()),
    now: Date.now,
    log: verbose ? (tag, text) => void process.stderr.write(`[${tag}] ${text}\n`) : () => undefined,
    counters: createCounters(),
  };
}

function defaultCacheFolder(): string {
  if (process.platform === "win32") return join(process.env["LOCALAPPDATA"] ?? join(homedir(), "AppData", "Local"), "winnow");
  if (process.platform === "darwin") return join(homedir(), "Library", "Caches", "winnow");
  return join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "winnow");
}

function defaultDataFolder(): string {
  if (process.platform === "win32") return join(process.env["APPDATA"] ?? join(homedir(), "AppData", "Roaming"), "winnow");
  if (process.platform === "darwin") return join(homedir(), "Library", "Application Support", "winnow");
  return join(process.env["XDG_DATA_HOME"] ?? join(homedir(), ".local", "share"), "winnow");
}
