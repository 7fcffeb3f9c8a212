import { access, constants, readdir, stat } from "node:fs/promises";
import type { Problem } from "../../core/problem.ts";
import { DiscoverError } from "./discoverError.ts";

/** Throws a DiscoverError unless `root` is a folder that can be read. */
export async function checkRoot(root: string): Promise<void> {
  const found = await stat(root).catch(() => undefined);
  if (found === undefined) throw new DiscoverError("missingFolder", `${root} does not exist or can't be reached; check the path`);
  if (!found.isDirectory()) throw new DiscoverError("notAFolder", `${root} is a file; give the folder that holds the dataset`);
  await readdir(root).catch((error: unknown) => {
    throw new DiscoverError("unreadableFolder", `${root} can't be read (${String(error)}); check its rights`);
  });
}

/** Says that a root can't be written, if so: the dataset can be looked at, and Winnow keeps its own files elsewhere. */
export async function problemOfWriting(root: string): Promise<Problem | undefined> {
  try {
    await access(root, constants.W_OK);
    return undefined;
  } catch {
    const message = `${root} can't be written; verdicts and recipe are kept in Winnow's data folder`;
    return {
      code: "readOnlyRoot",
      severity: "note",
      file: ".",
      message,
      hint: "Give yourself the right to write if captions are to be edited here",
    };
  }
}
