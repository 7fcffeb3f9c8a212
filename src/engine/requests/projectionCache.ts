import { createHash } from "node:crypto";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Projection } from "../../protocol/map.ts";
import type { Env } from "../env.ts";
import { writeAtomically } from "../store/files.ts";
import { bytesPerRow, npyBytes, readNpyHeader, readNpyRows } from "../store/npy.ts";
import { datasetCacheFolder } from "../store/statIndex.ts";

/** Which projection of which vectors of a dataset. */
export interface ProjectionPlace {
  readonly root: string;
  readonly projection: Projection;
  readonly digest: string;
}

/** Two coordinates a sample row (NaN is unknown), with a sentence that says how they were made. */
export interface KeptPoints {
  readonly xy: Float32Array;
  readonly about: string;
}

/** Changes when the same vectors would be laid out otherwise. */
const methodVersion = 1;

/** A digest of what a projection depends on: the encoder and the vectors in their order; undefined where a sample has none. */
export function digestOfVectors(encoder: string, keys: readonly (string | undefined)[]): string {
  const digest = createHash("sha256").update(JSON.stringify([methodVersion, encoder]));
  for (const key of keys) digest.update(key ?? "-").update("\n");
  return digest.digest("hex").slice(0, 32);
}

/** The points that were kept; undefined where there are none, or not for `rows` samples. */
export async function loadProjection(env: Env, place: ProjectionPlace, rows: number): Promise<KeptPoints | undefined> {
  const path = join(folderOf(env, place), nameOf(place));
  try {
    const { about } = JSON.parse(await readFile(`${path}.json`, "utf8")) as { about: string };
    const header = await readNpyHeader(`${path}.npy`);
    if (header?.type !== "<f4" || header.shape.join() !== `${rows},2`) return undefined;
    const range = { dataOffset: header.dataOffset, bytesPerRow: bytesPerRow("<f4", header.shape), from: 0, to: rows };
    return { xy: new Float32Array(await readNpyRows(`${path}.npy`, range)), about };
  } catch (error) {
    env.log("map.cache", `no ${place.projection} of these vectors is kept (${String(error)})`);
    return undefined;
  }
}

/** Keeps points in the place of earlier ones of the same projection. */
export async function saveProjection(env: Env, place: ProjectionPlace, { xy, about }: KeptPoints): Promise<void> {
  const folder = folderOf(env, place);
  const name = nameOf(place);
  await writeAtomically(join(folder, `${name}.npy`), npyBytes("<f4", [xy.length / 2, 2], xy));
  await writeAtomically(join(folder, `${name}.json`), `${JSON.stringify({ about })}\n`);
  for (const other of await readdir(folder)) {
    if (other.startsWith(`${place.projection}-`) && !other.startsWith(name)) await rm(join(folder, other), { force: true });
  }
}

function folderOf(env: Env, { root }: ProjectionPlace): string {
  return join(datasetCacheFolder(env, root), "projections");
}

function nameOf({ projection, digest }: ProjectionPlace): string {
  return `${projection}-${digest}`;
}
