import { mkdir, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Discovered } from "../../../../src/engine/discover/discover.ts";
import type { Env } from "../../../../src/engine/env.ts";
import { createCounters } from "../../../../src/engine/env.ts";

/** A dataset in a folder of its own, with an Env whose clock stands a minute after the files were written, so that none is "racily clean". */
export interface TestDataset {
  readonly root: string;
  readonly env: Env;
  readonly write: (path: string, content: string | Uint8Array) => Promise<void>;
  readonly remove: () => Promise<void>;
}

/** The time that every file of a test dataset was last changed. */
export const writtenAtMs = Date.UTC(2026, 0, 1);

/** Writes files (paths below the root) into a temporary folder. */
export async function createDataset(files: Readonly<Record<string, string | Uint8Array>>): Promise<TestDataset> {
  const folder = await mkdtemp(join(tmpdir(), "winnow-discover-"));
  const root = join(folder, "data");
  await mkdir(root);
  const write = async (path: string, content: string | Uint8Array): Promise<void> => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
    await utimes(join(root, path), writtenAtMs / 1000, writtenAtMs / 1000);
  };
  for (const [path, content] of Object.entries(files)) await write(path, content);
  const env: Env = {
    cacheFolder: join(folder, "cache"),
    dataFolder: join(folder, "data folder"),
    now: () => writtenAtMs + 60_000,
    log: () => undefined,
    counters: createCounters(),
  };
  return { root, env, write, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Texts of the captions of every sample, by its id. */
export function captionsOf({ samples }: Discovered): Record<string, string[]> {
  return Object.fromEntries(samples.map(({ id, captions }) => [id, captions.map(({ text }) => text)]));
}

/** `code file` of every problem. */
export function problemsOf({ problems }: Discovered): string[] {
  return problems.map(({ code, file }) => `${code} ${file}`);
}
