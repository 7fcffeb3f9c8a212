import { randomBytes } from "node:crypto";
import { readdir, readFile, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { z } from "zod";
import type { Env } from "../env.ts";
import { writeAtomically } from "./files.ts";
import { isInside } from "./paths.ts";

/**
 * What a running process needs of the cache, so that no other evicts it: a file that names folders. It is a courtesy that saves work. Nothing relies on it:
 * whoever finds something gone makes it again.
 */
export interface Hold {
  /** Says which folders (absolute) are needed from now on, in the place of those that were. A cache that can't be written is told in the log alone. */
  keep(folders: readonly string[]): Promise<void>;
  release(): Promise<void>;
}

const shape = z.looseObject({ pid: z.number(), host: z.string(), folders: z.array(z.string()) });

/** A hold of another machine, whose processes can't be asked for, counts for so long after it was written. */
const foreignMs = 24 * 3_600_000;

/** Opens a hold that keeps nothing yet. */
export function openHold(env: Env): Hold {
  const path = join(holdsFolder(env), `${process.pid}-${randomBytes(4).toString("hex")}.json`);
  let kept = "[]";
  return {
    keep: async (folders) => {
      const wanted = JSON.stringify(folders.map((folder) => resolve(folder)));
      if (wanted === kept) return;
      kept = wanted;
      const hold = { schema: 1, pid: process.pid, host: hostname(), folders: JSON.parse(wanted) as string[] };
      await writeAtomically(path, `${JSON.stringify(hold)}\n`).catch((error: unknown) => {
        env.log("store.holds", `What this process needs of the cache could not be written down: ${String(error)}`);
      });
    },
    release: async () => {
      kept = "[]";
      await rm(path, { force: true }).catch(() => undefined); // it ends with this process anyhow
    },
  };
}

/** Tells whether a running process needs what lies at a path, by the holds there are now. Holds of processes that are gone are cleared away. */
export async function readHolds(env: Env): Promise<(path: string) => boolean> {
  const folder = holdsFolder(env);
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(".json"));
  const folders = (await Promise.all(names.map((name) => readHold(env, join(folder, name))))).flat();
  return (path) => folders.some((held) => isInside(held, path));
}

async function readHold(env: Env, path: string): Promise<readonly string[]> {
  try {
    const hold = shape.parse(JSON.parse(await readFile(path, "utf8")));
    const isAlive = hold.host === hostname() ? isRunning(hold.pid) : env.now() - (await stat(path)).mtimeMs < foreignMs;
    if (isAlive) return hold.folders;
  } catch (error) {
    env.log("store.holds", `${path} says nothing: ${String(error)}`);
  }
  await rm(path, { force: true }).catch(() => undefined);
  return [];
}

/** A number that another process has got meanwhile keeps too much, never too little. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function holdsFolder(env: Env): string {
  return join(env.cacheFolder, "holds");
}
