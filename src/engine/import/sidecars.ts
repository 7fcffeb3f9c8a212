import { z } from "zod";
import type { Sample } from "../../core/sample.ts";
import { walkTar } from "../store/tarIndex.ts";
import type { Env } from "../env.ts";
import { eachConcurrently } from "../store/concurrent.ts";
import { readBytes } from "../store/files.ts";

/** What img2dataset and DataComp's downloader write of a sample into the `.json` beside its picture. */
export interface Sidecar {
  readonly uid?: string | undefined;
  readonly url?: string | undefined;
}

const shape = z.looseObject({ uid: z.string().optional().catch(undefined), url: z.string().optional().catch(undefined) });
const readsAtOnce = 32;

/** Reads the `.json` of each sample, beside its file or in its archive, by the sample's row; samples without one are left out. */
export async function readSidecars(env: Env, samples: readonly Sample[], signal: AbortSignal): Promise<ReadonlyMap<number, Sidecar>> {
  const found = new Map<number, Sidecar>();
  const archives = new Map<string, Map<string, number>>();
  const files: { readonly row: number; readonly path: string }[] = [];
  for (const [row, { locator }] of samples.entries()) {
    if (locator.kind === "file") files.push({ row, path: jsonOf(locator.path) });
    if (locator.kind === "member") {
      const members = archives.get(locator.archive) ?? new Map<string, number>();
      archives.set(locator.archive, members.set(jsonOf(locator.member), row));
    }
  }
  await eachConcurrently(files, readsAtOnce, async ({ row, path }) => {
    signal.throwIfAborted();
    const bytes = await readBytes(env, path).catch(() => undefined); // most datasets have none
    const sidecar = bytes && parse(bytes);
    if (sidecar !== undefined) found.set(row, sidecar);
  });
  for (const [path, members] of archives) {
    const sizeBytes = samples[members.values().next().value!]!.sizeBytes;
    for await (const part of walkTar(env, { path, sizeBytes, wantsBody: (name) => members.has(name) })) {
      signal.throwIfAborted();
      const row = part.kind === "member" ? members.get(part.name) : undefined;
      const sidecar = part.kind === "member" && part.body !== undefined ? parse(part.body) : undefined;
      if (row !== undefined && sidecar !== undefined) found.set(row, sidecar);
    }
  }
  return found;
}

function jsonOf(path: string): string {
  return path.replace(/\.[^./\\]*$/, "") + ".json";
}

function parse(bytes: Buffer): Sidecar | undefined {
  try {
    return shape.parse(JSON.parse(bytes.toString("utf8")));
  } catch {
    return undefined; // somebody else's .json
  }
}
