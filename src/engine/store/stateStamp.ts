import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { DatasetPlace } from "./dotWinnow.ts";
import { sha256 } from "./files.ts";
import { isMissing } from "./fileMoves.ts";

/** Files that say nothing of the dataset: the lock, and what is about to be renamed. */
const passing = /^lock|\.winnow-tmp$/;

/**
 * Stands for all that a dataset's `.winnow` says, without reading it: changes when one of its files does, whoever wrote it. Every writer of ours replaces
 * files or adds to them, so that the number, size and time of a file tell.
 */
export async function stampState({ folder, realRoot, writable }: DatasetPlace): Promise<string> {
  const folders = writable ? [folder] : [folder, join(realRoot, ".winnow")];
  return sha256((await Promise.all(folders.map(stampFolder))).join("\n\n")).slice(0, 16);
}

async function stampFolder(folder: string): Promise<string> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const names = entries.filter((entry) => !entry.isDirectory() && !passing.test(entry.name)).map(({ name }) => name);
  return (await Promise.all(names.sort().map((name) => stampFile(folder, name)))).join("\n");
}

async function stampFile(folder: string, name: string): Promise<string> {
  const stats = await stat(join(folder, name), { bigint: true }).catch(() => undefined);
  return stats === undefined ? `${name} gone` : `${name} ${stats.ino} ${stats.size} ${stats.mtimeNs}`;
}
