import { mkdir, readdir, rename, rm, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { chooseModelFiles, type Dtype } from "../../core/encoders/modelFiles.ts";
import type { Env } from "../env.ts";
import { downloadFile, type Patience, sizeOf } from "./downloadFile.ts";
import { withDownloadLock } from "./downloadLock.ts";
import type { Hub, HubFile } from "./hub.ts";
import { HubError } from "./hubError.ts";
import { type ModelRecord, readModelRecord, writeModelRecord } from "./modelRecord.ts";

/** What is to be downloaded: a repository `owner/name` at a revision (a branch, a tag or a commit), in one dtype. */
export interface ModelRequest {
  readonly repository: string;
  readonly revision: string;
  readonly dtype: Dtype;
}

/** How a download is stopped and followed. `total` is known before the first report; bytes that lay there already are `done`. */
export interface ModelWatch {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: { readonly done: number; readonly total: number }) => void;
  readonly patience?: Patience;
  /** Free bytes where a folder lies; the disk's own answer where it is missing. */
  readonly freeBytes?: (folder: string) => Promise<number>;
}

/** A model that lies in the cache. `isNew` is false where it was there already. */
export interface DownloadedModel {
  readonly id: string;
  readonly folder: string;
  readonly record: ModelRecord;
  readonly isNew: boolean;
}

/** What must stay free beside a download. */
const spareBytes = 64 * 2 ** 20;

/** The id of a downloaded model, which is also its folder below `models`: the repository's name, and the dtype where it isn't full precision. */
export function modelId({ repository, dtype }: Pick<ModelRequest, "repository" | "dtype">): string {
  return dtype === "fp32" ? repository : `${repository}-${dtype}`;
}

/** The folder of a model in the cache. */
export function modelFolder(env: Env, id: string): string {
  return join(env.cacheFolder, "models", id);
}

/**
 * Downloads a model into the cache: into a folder of its own first, every file checked, then one rename. What a killed download left is gone on from. Another
 * process that downloads the same is waited for. A model that is there is left alone, unless a commit is asked for that it isn't of. Rejects with a `HubError`.
 */
export async function downloadModel(env: Env, hub: Hub, request: ModelRequest, watch: ModelWatch): Promise<DownloadedModel> {
  if (!isRepository(request.repository))
    throw new HubError("missing", `Expected a model such as owner/name but received "${request.repository}"`);
  const id = modelId(request);
  const folder = modelFolder(env, id);
  const partsFolder = join(env.cacheFolder, "downloads", id.replace("/", "--"));
  watch.signal.throwIfAborted();
  const found = await present(folder, request.revision);
  if (found !== undefined) return { id, folder, record: found, isNew: false };
  return await withDownloadLock(partsFolder, watch.signal, async (signal) => {
    const madeMeanwhile = await present(folder, request.revision);
    if (madeMeanwhile !== undefined) return { id, folder, record: madeMeanwhile, isNew: false };
    const record = await fetchAll(hub, request, { ...watch, signal, partsFolder });
    await putInPlace(join(partsFolder, record.revision), folder);
    await removeRest(partsFolder);
    env.log("encode.download", `${id} at ${record.revision} lies in ${folder}`);
    return { id, folder, record, isNew: true };
  });
}

/** A name that is no path to elsewhere. */
function isRepository(text: string): boolean {
  return /^[\w-][\w.-]*\/[\w-][\w.-]*$/.test(text);
}

/** A branch's newest commit is not asked for where a model is there: what was pinned stays. */
async function present(folder: string, revision: string): Promise<ModelRecord | undefined> {
  const record = await readModelRecord(folder);
  const isCommit = /^[0-9a-f]{40}$/.test(revision);
  return record !== undefined && (!isCommit || record.revision === revision) ? record : undefined;
}

async function fetchAll(hub: Hub, request: ModelRequest, watch: ModelWatch & { readonly partsFolder: string }): Promise<ModelRecord> {
  const { repository, dtype } = request;
  const commit = await hub.resolve(repository, request.revision, watch.signal);
  const folder = join(watch.partsFolder, commit);
  const files = await filesToFetch(hub, request, commit, watch.signal);
  const total = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const sizes = await Promise.all(files.map(async ({ path, sizeBytes }) => Math.min(sizeBytes, await sizeOf(join(folder, path)))));
  const there = sizes.reduce((sum, size) => sum + size, 0);
  await mkdir(folder, { recursive: true });
  await checkRoom(folder, total - there, watch.freeBytes);
  const report = (): void => watch.onProgress({ done: sizes.reduce((sum, size) => sum + size, 0), total });
  report();
  for (const [i, file] of files.entries()) {
    const onBytes = (bytes: number): void => {
      sizes[i] = bytes;
      report();
    };
    const { signal, patience } = watch;
    await downloadFile(
      hub,
      { repository, commit, file, path: join(folder, file.path) },
      { signal, onBytes, ...(patience && { patience }) },
    );
  }
  const record: ModelRecord = { schema: 1, hub: hub.url, repository, revision: commit, dtype, files: files.map(recordedFile) };
  await writeModelRecord(folder, record);
  return record;
}

/** The smallest first, so that what can't be used is seen before the weights are downloaded. */
async function filesToFetch(
  hub: Hub,
  { repository, dtype }: ModelRequest,
  commit: string,
  signal: AbortSignal,
): Promise<readonly HubFile[]> {
  const listed = await hub.listFiles(repository, commit, signal);
  const chosen = chooseModelFiles(
    listed.map(({ path }) => path),
    dtype,
  );
  if (chosen.problem !== undefined) throw new HubError("unusable", `${repository} can't be used: ${chosen.problem}`);
  const wanted = new Set(chosen.paths);
  return listed.filter(({ path }) => wanted.has(path)).sort((a, b) => a.sizeBytes - b.sizeBytes);
}

function recordedFile({ path, sizeBytes, digest }: HubFile): ModelRecord["files"][number] {
  return { path, sizeBytes, sha256: digest.kind === "sha256" ? digest.hex : null, gitSha1: digest.kind === "gitSha1" ? digest.hex : null };
}

/** Throws a `HubError` where the disk of a folder has no room for so many bytes. */
export async function checkRoom(
  folder: string,
  neededBytes: number,
  freeBytes: (folder: string) => Promise<number> = freeBytesOf,
): Promise<void> {
  const free = await freeBytes(folder);
  if (free >= neededBytes + spareBytes) return;
  const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1_000_000).toLocaleString("en")} MB`;
  throw new HubError(
    "diskFull",
    `The disk of ${folder} has ${megabytes(free)} free, but ${megabytes(neededBytes)} are to be downloaded: make room, or take another cache folder`,
  );
}

async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** A folder can't replace another in one rename: the old one steps aside, and is put back by hand or downloaded again after a kill between the two. */
async function putInPlace(made: string, folder: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const aside = `${made}-replaced`;
  await rename(folder, aside).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  });
  await rename(made, folder);
  await rm(aside, { recursive: true, force: true });
}

/** Other commits that were begun are not wanted any more. */
async function removeRest(partsFolder: string): Promise<void> {
  for (const name of await readdir(partsFolder)) await rm(join(partsFolder, name), { recursive: true, force: true });
}
