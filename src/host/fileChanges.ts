import { relative, sep } from "node:path";

/** What a changed file below a dataset's root means: another state, other data, or nothing. */
export type FileChange = "state" | "data" | "nothing";

/** The files by which `.winnow` says what was decided; a change of one is another process's doing, or our own. */
const stateFile = /^(?!lock\b)\w+\.(json|jsonl|csv)$/;

/** What programs leave beside a file for a moment while they write it. */
const passing = /(~|\.(tmp|temp|part|partial|swp|swx|crdownload|lock))$/i;

/** Tells what the change of a file means for the dataset at `root`. */
export function judgeChange(root: string, path: string): FileChange {
  const parts = relative(root, path).split(sep);
  const name = parts.at(-1) ?? "";
  if (parts[0] === ".winnow") return parts.length === 2 && stateFile.test(name) ? "state" : "nothing";
  return parts.some((part) => part.startsWith(".")) || passing.test(name) ? "nothing" : "data";
}

/** Gathers changed files and hands them on once they have been quiet for a while, or after some time in any case. */
export interface ChangeGatherer {
  add(path: string): void;
  dispose(): void;
}

/** Makes a gatherer; `hand` gets every path once. */
export function createChangeGatherer(
  hand: (paths: ReadonlySet<string>) => void,
  { quietMs, longestMs }: { quietMs: number; longestMs: number },
): ChangeGatherer {
  let paths = new Set<string>();
  let quiet: NodeJS.Timeout | undefined;
  let longest: NodeJS.Timeout | undefined;
  const stop = (): void => {
    clearTimeout(quiet);
    clearTimeout(longest);
    longest = undefined;
  };
  const flush = (): void => {
    stop();
    const gathered = paths;
    paths = new Set();
    hand(gathered);
  };
  return {
    add: (path) => {
      paths.add(path);
      clearTimeout(quiet);
      quiet = setTimeout(flush, quietMs);
      longest ??= setTimeout(flush, longestMs);
    },
    dispose: stop,
  };
}
