import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { parseBytes } from "../core/bytes.ts";
import type { Env } from "./env.ts";
import { createCounters } from "./env.ts";

/** What a process that runs the engine may choose of its outside world. */
export interface EnvChoice {
  /** Takes the lines of the log; none are written where it is missing. */
  readonly log?: Env["log"];
  /** In the place of `WINNOW_CACHE` and of the platform's usual folder. */
  readonly cacheFolder?: string;
}

/**
 * Makes the outside world of a process: the real clock, the cache and data folders of `WINNOW_CACHE` and `WINNOW_DATA` or of the platform, and the cache's limit of
 * `WINNOW_CACHE_LIMIT`. Throws a sentence where that is no size.
 */
export function createEnv({ log = () => undefined, cacheFolder }: EnvChoice = {}): Env {
  const cacheLimitBytes = readLimit(process.env["WINNOW_CACHE_LIMIT"] ?? "");
  return {
    ...(cacheLimitBytes !== undefined && { cacheLimitBytes }),
    cacheFolder: resolve(cacheFolder ?? process.env["WINNOW_CACHE"] ?? defaultCacheFolder()),
    dataFolder: resolve(process.env["WINNOW_DATA"] ?? defaultDataFolder()),
    libraryFolders: libraryFolders(process.env),
    now: Date.now,
    log,
    counters: createCounters(),
  };
}

/** Nothing and 0 are no limit. */
function readLimit(text: string): number | undefined {
  if (text.trim() === "") return undefined;
  const bytes = parseBytes(text);
  if (bytes === undefined) throw new Error(`Expected a size such as 20GB for WINNOW_CACHE_LIMIT but received "${text}"`);
  return bytes === 0 ? undefined : bytes;
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

/** What the loader is told of, CUDA's own variables, and the packages of an active Python environment. */
function libraryFolders(variables: NodeJS.ProcessEnv): readonly string[] {
  const named = (variables["LD_LIBRARY_PATH"] ?? "").split(":").filter((folder) => folder !== "");
  const toolkits = ["CUDA_HOME", "CUDA_PATH"].flatMap((name) => variables[name] || []).map((folder) => join(folder, "lib64"));
  const prefixes = ["VIRTUAL_ENV", "CONDA_PREFIX"].flatMap((name) => variables[name] || []);
  const packages = ["nvidia/*/lib", "tensorrt_libs"];
  return [
    ...named,
    ...toolkits,
    ...prefixes.flatMap((prefix) => [join(prefix, "lib"), ...packages.map((folder) => join(prefix, "lib/python3*/site-packages", folder))]),
  ];
}
