import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Env } from "../env.ts";
import { writeAtomically } from "./files.ts";
import { noteUse } from "./lastUse.ts";
import { datasetCacheFolder } from "./statIndex.ts";

/** The layout of a generation's files; a newer one is not read. */
export const generationSchema = 2;

/** One complete set of a dataset's tables. It never changes once it is current. */
export interface Generation {
  readonly id: string;
  readonly folder: string;
}

interface Current {
  readonly schema: number;
  readonly generation: string;
}

/** How long a superseded generation stays for readers that opened it before the switch. */
const keepSupersededMs = 60_000;

/** Makes the folder of a generation that is not yet current. */
export async function createGeneration(env: Env, root: string): Promise<Generation> {
  const id = `g${env.now().toString(36)}-${randomBytes(3).toString("hex")}`;
  const folder = join(datasetCacheFolder(env, root), id);
  await mkdir(folder, { recursive: true });
  return { id, folder };
}

/** Makes a generation the current one, by one rename, and clears away those that nobody can be reading any more. */
export async function switchGeneration(env: Env, root: string, generation: Generation): Promise<void> {
  const current: Current = { schema: generationSchema, generation: generation.id };
  await writeAtomically(join(datasetCacheFolder(env, root), "current.json"), `${JSON.stringify(current)}\n`);
  await clearSuperseded(env, root, generation.id);
}

/** The current generation of a dataset; undefined when there is none, or one that this version can't read. */
export async function findGeneration(env: Env, root: string): Promise<Generation | undefined> {
  const folder = datasetCacheFolder(env, root);
  try {
    const current = JSON.parse(await readFile(join(folder, "current.json"), "utf8")) as Partial<Current>;
    if (current.schema !== generationSchema || typeof current.generation !== "string" || !/^g[\w-]+$/.test(current.generation))
      return undefined;
    await stat(join(folder, current.generation));
    await noteUse(env, folder);
    return { id: current.generation, folder: join(folder, current.generation) };
  } catch (error) {
    env.log("store.generation", `no current generation: ${String(error)}`);
    return undefined;
  }
}

async function clearSuperseded(env: Env, root: string, currentId: string): Promise<void> {
  const folder = datasetCacheFolder(env, root);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isDirectory() || !entry.name.startsWith("g") || entry.name === currentId) continue;
    const path = join(folder, entry.name);
    const changed = await stat(path).then(
      (stats) => stats.mtimeMs,
      () => 0,
    );
    if (env.now() - changed > keepSupersededMs) await rm(path, { recursive: true, force: true });
  }
}
