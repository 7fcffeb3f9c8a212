import { homedir } from "node:os";
import { isAbsolute, join, normalize, relative, resolve, sep } from "node:path";

/** A folder that a person wrote in a setting: absolute, below `~`, or below a base folder; undefined where it is relative and there is no base. */
export function resolveFolder(written: string, base: string | undefined): string | undefined {
  if (written === "~" || written.startsWith("~/") || written.startsWith("~\\")) return join(homedir(), written.slice(1));
  if (isAbsolute(written)) return trimmed(normalize(written));
  return base === undefined ? undefined : resolve(base, written);
}

/** An encoder as the engine is asked for it: what is written as a path becomes absolute, an id (`openai/clip`) stays; undefined where nothing is set. */
export function resolveEncoder(written: string, base: string | undefined): string | undefined {
  if (written === "") return undefined;
  return isAbsolute(written) || /^(~|\.\.?)([\\/]|$)/.test(written) ? resolveFolder(written, base) : written;
}

/** Whether a path is a folder or lies in it. */
export function isWithin(folder: string, path: string): boolean {
  const below = relative(folder, path);
  return below === "" || (!isAbsolute(below) && below !== ".." && !below.startsWith(`..${sep}`));
}

/** The innermost of some dataset roots that a path lies in: nested datasets own their files. */
export function innermostRoot(roots: readonly string[], path: string): string | undefined {
  return roots
    .filter((root) => isWithin(root, path))
    .reduce<string | undefined>((best, root) => (best === undefined || root.length > best.length ? root : best), undefined);
}

/** One path a folder: without a slash at the end, and on Windows with the drive's letter as Node writes it. */
export function trimmed(folder: string): string {
  const upper = /^[a-z]:/.test(folder) ? folder[0]!.toUpperCase() + folder.slice(1) : folder;
  return upper.length > 1 && /[\\/]$/.test(upper) && !/^[A-Z]:[\\/]$/.test(upper) ? upper.slice(0, -1) : upper;
}
