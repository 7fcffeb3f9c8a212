/** Counts of what was done to the outside world; tests of cost read them. */
export interface Counters {
  filesRead: number;
  bytesRead: number;
  filesListed: number;
  batchesRun: number;
  sessionsMade: number;
}

/** The outside world, handed down from the border: nothing below reads the clock, the environment or the log by itself. */
export interface Env {
  /** Absolute folder of everything that can be made again; the extension and the CLI share it. */
  readonly cacheFolder: string;
  /** Absolute folder of what can't be made again and has no place in the dataset (read-only roots). */
  readonly dataFolder: string;
  /** Folders in which libraries of NVIDIA's may lie, beside the usual ones; `*` in a folder's name stands for anything. */
  readonly libraryFolders?: readonly string[];
  /** What the cache may take after a run, models aside; undefined where it may grow. */
  readonly cacheLimitBytes?: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** One line of the log under a tag such as `encode.batch`. */
  readonly log: (tag: string, text: string) => void;
  readonly counters: Counters;
}

/** Counters at zero. */
export function createCounters(): Counters {
  return { filesRead: 0, bytesRead: 0, filesListed: 0, batchesRun: 0, sessionsMade: 0 };
}
