import { createReadStream } from "node:fs";
import { mkdir, open, rename } from "node:fs/promises";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import type { Env } from "../env.ts";
import type { DatasetPlace } from "./dotWinnow.ts";
import { syncFolder } from "./files.ts";
import { createPause, mapInTurns } from "./inTurns.ts";
import type { OperationId } from "./ledger.ts";
import { exists, followLinks, isInside } from "./paths.ts";

/**
 * One changed file of an operation: SHA-256 before and after, null where there is none. `path` is below the root with forward slashes, below `.winnow/`, or absolute for a file
 * outside of the dataset. `made` is the topmost folder that had to be made for it.
 */
export interface ManifestEntry {
  readonly path: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly made?: string;
}

/** A file's place once links are followed: bytes are written there, so that a link stays a link. */
export interface Target {
  readonly real: string;
}

/** Lines that go out in one write: few system calls, little memory. */
const linesAWrite = 1_000;

/** A path leads where the dataset's records must not reach. */
export class OutsideError extends Error {
  constructor(path: string, root: string) {
    super(`${path} leads out of the dataset ${root}: nothing was done to it`);
    this.name = "OutsideError";
  }
}

/** The absolute path that a manifest's path means. Throws an `OutsideError` for a relative one that climbs out of its folder. */
export function absoluteFromPath(place: DatasetPlace, path: string): string {
  if (isAbsolute(path)) return resolve(path);
  const [folder, below] = path.startsWith(".winnow/") ? [place.folder, path.slice(".winnow/".length)] : [place.root, path];
  const absolute = resolve(folder, below);
  if (!isInside(folder, absolute) || absolute === folder) throw new OutsideError(path, place.root);
  return absolute;
}

/** True where a file's real place belongs to the dataset: below its root or in its state's folder. */
export function belongsToDataset(place: DatasetPlace, real: string): boolean {
  return isInside(place.realRoot, real) || isInside(place.folder, real);
}

/**
 * Writes an operation's manifest. Files outside of the dataset stand in the machine's own folder: a `.winnow` that came with a dataset from elsewhere
 * must never be able to name them.
 */
export async function writeManifest(
  place: DatasetPlace & { readonly env: Env },
  id: OperationId,
  entries: readonly (ManifestEntry & Target)[],
): Promise<void> {
  const [inner, outer]: [ManifestEntry[], ManifestEntry[]] = [[], []];
  const sort = (entry: ManifestEntry & Target): unknown => (belongsToDataset(place, entry.real) ? inner : outer).push(entry);
  await mapInTurns(entries, sort, createPause(place.env));
  if (inner.length > 0)
    await writeLines(
      manifestFile(place.folder, id),
      inner.map(({ path, before, after, made }) => ({ path, before, after, made })),
    );
  if (outer.length > 0)
    await writeLines(
      manifestFile(place.localFolder, id),
      outer.map(({ path, before, after, made }) => ({ path, before, after, made })),
    );
}

/** Writes values as JSON Lines so that a reader sees all of them or none; makes the folder. */
export async function writeLines(path: string, values: readonly object[]): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const handle = await open(`${path}.tmp`, "w");
  try {
    for (let from = 0; from < values.length; from += linesAWrite) {
      const lines = values.slice(from, from + linesAWrite).map((value) => `${JSON.stringify(value)}\n`);
      await handle.writeFile(lines.join(""));
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${path}.tmp`, path);
  await syncFolder(dirname(path));
}

/** Reads an operation's manifest, empty where this machine has none. Entries of the dataset's own manifest that lead out of it throw an `OutsideError`. */
export async function readManifest(place: DatasetPlace, id: OperationId): Promise<(ManifestEntry & Target)[]> {
  const entries: (ManifestEntry & Target)[] = [];
  for (const folder of new Set([place.folder, place.localFolder])) {
    const path = manifestFile(folder, id);
    if (!(await exists(path))) continue;
    for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
      const entry = parseEntry(line);
      if (entry === undefined) continue;
      const real = await followLinks(absoluteFromPath(place, entry.path));
      if (folder !== place.localFolder && (isAbsolute(entry.path) || !belongsToDataset(place, real)))
        throw new OutsideError(entry.path, place.root);
      entries.push({ ...entry, real });
    }
  }
  return entries;
}

/** Where an operation puts a file that it takes away. */
export function trashPath(place: DatasetPlace, id: OperationId, path: string): string {
  const below = isAbsolute(path) ? join("outside", path.replaceAll(/[:]/g, "").replace(/^[\\/]+/, "")) : path;
  return join(place.folder, "trash", id, below);
}

/** The folder of the bytes that operations replaced. */
export function blobFolder({ folder }: DatasetPlace): string {
  return join(folder, "blobs");
}

/** Where the bytes that an operation replaced are kept. */
export function blobPath(place: DatasetPlace, hash: string): string {
  return join(blobFolder(place), hash);
}

/** The manifest's file in one of the two folders. */
export function manifestFile(folder: string, id: OperationId): string {
  return join(folder, "operations", `${id}.jsonl`);
}

function parseEntry(line: string): ManifestEntry | undefined {
  try {
    const { path, before, after, made } = JSON.parse(line) as Record<string, unknown>;
    if (typeof path !== "string" || !isHash(before) || !isHash(after)) return undefined;
    return { path, before, after, ...(typeof made === "string" ? { made } : {}) };
  } catch {
    return undefined;
  }
}

function isHash(value: unknown): value is string | null {
  return value === null || (typeof value === "string" && /^[0-9a-f]{64}$/.test(value));
}
