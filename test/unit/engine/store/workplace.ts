import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import type { Sample, SampleId } from "../../../../src/core/sample.ts";
import { captionIdFromIndex } from "../../../../src/core/sample.ts";
import { createCounters, type Env } from "../../../../src/engine/env.ts";

/** A temporary folder with a dataset's root, an Env, and a place beside for exports; removed after the test. */
export interface Workplace {
  readonly env: Env;
  readonly root: string;
  readonly outside: string;
}

/** An Env whose folders lie below `folder`. */
export function envIn(folder: string): Env {
  return {
    cacheFolder: join(folder, "cache"),
    dataFolder: join(folder, "data"),
    now: () => Date.now(),
    log: () => undefined,
    counters: createCounters(),
  };
}

/** Makes a workplace with files below the root (path to text). */
export async function createWorkplace(files: Readonly<Record<string, string>> = {}): Promise<Workplace> {
  const folder = await mkdtemp(join(tmpdir(), "winnow-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const workplace = { env: envIn(folder), root: join(folder, "dataset"), outside: join(folder, "outside") };
  await mkdir(workplace.root);
  for (const [path, text] of Object.entries(files)) await write(join(workplace.root, path), text);
  return workplace;
}

/** Writes a file and the folders on its way. */
export async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

/** All files below a folder but those of `.winnow`, path to text. */
export async function snapshot(folder: string): Promise<Record<string, string>> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const files: Record<string, string> = {};
  for (const name of names.sort()) {
    if (name.startsWith(".winnow") || !(await stat(join(folder, name))).isFile()) continue;
    files[name] = await readFile(join(folder, name), "utf8");
  }
  return files;
}

/** A sample of the dataset at `root`. */
export function sampleOf(root: string, id: string, captions: readonly string[], rest: Partial<Sample> = {}): Sample {
  const path = join(root, id);
  const sample = id as SampleId;
  return {
    id: sample,
    locator: { kind: "file", path },
    folder: dirname(id) === "." ? "" : dirname(id),
    captions: captions.map((text, index) => ({ id: captionIdFromIndex(sample, index), text, author: "import", origin: { file: path } })),
    sizeBytes: 0,
    mtimeMs: 0,
    inode: 0,
    ...rest,
  };
}
