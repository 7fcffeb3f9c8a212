import type { ForkOptions } from "node:child_process";

/** What decides how the engine's program is started. */
export interface ChildChoice {
  /** Node's program in the place of the editor's own runtime; empty for the latter. */
  readonly nodePath: string;
  /** Folders in the place of the platform's usual ones; empty for those. */
  readonly cacheFolder: string;
  readonly dataFolder: string;
  /** What the cache may take, in GB; 0 for no limit. */
  readonly cacheLimitGb: number;
  readonly cores: number;
  /** This process's environment. */
  readonly environment: Readonly<NodeJS.ProcessEnv>;
  /** Whether this process runs on Electron, whose program becomes Node only when it is told to. */
  readonly isElectron: boolean;
}

/** libuv's threads serve sharp and the file system: as many as decode at once, and some for files. */
const spareThreads = 4;

const notInherited: ReadonlySet<string> = new Set(["NODE_OPTIONS", "ELECTRON_RUN_AS_NODE"]);

/**
 * The options of `fork` for the engine's program. Nothing of how this process was started is handed on: a debugger's port can't be opened twice, and an
 * inherited `NODE_OPTIONS` may load what the engine knows nothing of.
 */
export function forkOptions(choice: ChildChoice): ForkOptions {
  const inherited = Object.fromEntries(Object.entries(choice.environment).filter(([name]) => !notInherited.has(name)));
  const ownRuntime = choice.nodePath === "";
  return {
    serialization: "advanced",
    execArgv: [],
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    ...(ownRuntime ? {} : { execPath: choice.nodePath }),
    env: {
      ...inherited,
      UV_THREADPOOL_SIZE: String(Math.max(Number(inherited["UV_THREADPOOL_SIZE"] ?? 0) || 0, choice.cores + spareThreads)),
      ...(ownRuntime && choice.isElectron ? { ELECTRON_RUN_AS_NODE: "1", ELECTRON_NO_ASAR: "1" } : {}),
      ...(choice.cacheFolder === "" ? {} : { WINNOW_CACHE: choice.cacheFolder }),
      WINNOW_CACHE_LIMIT: `${choice.cacheLimitGb}GB`,
      ...(choice.dataFolder === "" ? {} : { WINNOW_DATA: choice.dataFolder }),
    },
  };
}
