import { createHash, randomBytes } from "node:crypto";
import { chmod, copyFile, link, mkdir, open, readdir, readFile, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Env } from "../env.ts";
import { eachConcurrently } from "./concurrent.ts";
import type { DatasetPlace } from "./dotWinnow.ts";
import { hashFile, removeEmptyFolders, syncFile } from "./fileMoves.ts";
import { sha256, syncFolder } from "./files.ts";
import type { OperationId } from "./ledger.ts";
import { blobFolder, blobPath, writeLines } from "./manifest.ts";
import { exists } from "./paths.ts";
import { piecesOfReplaced } from "./replacedFile.ts";

/**
 * The new bytes of a file: given, in pieces (for long files; they may be made when their turn comes), a copy, a hard link, or read when their turn comes. A Buffer as path opens a name that is not valid UTF-8.
 * `hash` spares reading what is linked where its SHA-256 is known.
 */
export type Content =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array | string }
  | { readonly kind: "text"; readonly pieces: () => Pieces | Promise<Pieces> }
  | { readonly kind: "copy"; readonly from: string | Buffer }
  | { readonly kind: "link"; readonly from: string | Buffer; readonly hash?: string }
  | { readonly kind: "read"; readonly read: () => Promise<Uint8Array> };

type Pieces = Iterable<Uint8Array | string> | AsyncIterable<Uint8Array | string>;

/** Characters of text that are written at once. */
const chunkLength = 1 << 16;

/** One change with its places: the file itself, where its new bytes are prepared, and the topmost folder that must be made for it. */
export interface StagedChange {
  readonly real: string;
  readonly staged: string;
  readonly made: string | undefined;
  readonly before: string | null;
  readonly content: Content | undefined;
}

/** A change that was prepared: the SHA-256 of its new bytes, null for a removal, and the files of it that must be on the disk before anything is renamed. */
export interface Prepared {
  readonly after: string | null;
  readonly unsynced: readonly UnsyncedFile[];
}

/** A file that was written and not waited for; with `to` it gets its name when it is on the disk, so that nobody ever finds half of it there. */
export interface UnsyncedFile {
  readonly path: string;
  readonly to?: string;
}

/**
 * Prepares one change: the new bytes beside the file, the old ones among the blobs. Nothing is waited for: see `syncPrepared`. Pictures that go out never are, since the
 * originals stay.
 */
export async function stageChange(place: DatasetPlace & { readonly env: Env }, change: StagedChange): Promise<Prepared> {
  const { real, staged, before, content, made } = change;
  if (content === undefined) return { after: null, unsynced: [] };
  if (made !== undefined) await mkdir(dirname(real), { recursive: true });
  const after = await writeStaged(place.env, staged, content);
  const isText = content.kind === "bytes" || content.kind === "text";
  if (before === null) return { after, unsynced: isText ? [{ path: staged }] : [] };
  await chmod(staged, (await stat(real)).mode);
  const blob = blobPath(place, before);
  if (await exists(blob)) return { after, unsynced: [{ path: staged }] };
  const copy = `${blob}.${randomBytes(6).toString("hex")}${copyEnding}`;
  await copyFile(real, copy);
  return { after, unsynced: [{ path: staged }, { path: copy, to: blob }] };
}

/** How the copy of old bytes ends that is not known to be on the disk. */
const copyEnding = ".winnow-tmp";

/** Files that are waited for at once. */
const syncsAtOnce = 32;

/** Makes the folder of the old bytes. */
export async function makeBlobFolder(place: DatasetPlace): Promise<void> {
  await mkdir(blobFolder(place), { recursive: true });
}

/**
 * Waits until prepared files are on the disk. All were written before the first is waited for, so that the file system takes many at once: one by one each would cost a write of its journal of its own.
 */
export async function syncPrepared(place: DatasetPlace, files: readonly UnsyncedFile[], signal?: AbortSignal): Promise<void> {
  await eachConcurrently(files, syncsAtOnce, async ({ path, to }) => {
    signal?.throwIfAborted();
    await syncFile(path);
    if (to !== undefined) await rename(path, to);
  });
  if (files.some(({ to }) => to !== undefined)) await syncFolder(blobFolder(place));
}

/** Notes on this machine which files an operation is about to prepare: after a kill they are found and removed by it. */
export async function writePlan(place: DatasetPlace, id: OperationId, changes: readonly StagedChange[]): Promise<void> {
  await writeLines(
    planFile(place, id),
    changes.map(({ real, staged, made }) => ({ real, staged, made })),
  );
}

/** Removes what an operation prepared and did not use, copies of old bytes too, with the folders that it made and left empty, and then its plan. Only the holder of the dataset's lock may. */
export async function clearStaged(place: DatasetPlace, id: OperationId): Promise<void> {
  const path = planFile(place, id);
  const text = await readFile(path, "utf8").catch(() => "");
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const { real, staged, made } = JSON.parse(line) as { real: string; staged: string; made?: string };
    await rm(staged, { force: true });
    if (made !== undefined) await removeEmptyFolders(real, made);
  }
  const blobs = await readdir(blobFolder(place)).catch(() => []);
  for (const name of blobs) if (name.endsWith(copyEnding)) await rm(join(blobFolder(place), name), { force: true });
  await dropPlan(place, id);
}

/** Forgets the plan of an operation whose files are all in place. */
export async function dropPlan(place: DatasetPlace, id: OperationId): Promise<void> {
  await rm(planFile(place, id), { force: true });
}

/** The operations whose preparation this machine did not finish. */
export async function listPlans({ localFolder }: DatasetPlace): Promise<OperationId[]> {
  const names = await readdir(join(localFolder, "operations")).catch(() => []);
  return names.filter((name) => name.endsWith(planEnding)).map((name) => name.slice(0, -planEnding.length));
}

const planEnding = ".plan.jsonl";

function planFile({ localFolder }: DatasetPlace, id: OperationId): string {
  return join(localFolder, "operations", `${id}${planEnding}`);
}

async function writeStaged(env: Env, staged: string, content: Content): Promise<string> {
  switch (content.kind) {
    case "bytes":
      await writePieces(staged, [content.bytes]);
      return sha256(content.bytes);
    case "text":
      return writePieces(staged, await content.pieces());
    case "copy":
      return writePieces(staged, piecesOfReplaced(env, content.from, []));
    case "read":
      return writePieces(staged, [await content.read()]);
    case "link":
      await linkFile(content.from, staged);
      return content.hash ?? (await hashFile(env, staged)) ?? "";
  }
}

async function writePieces(path: string, pieces: Pieces): Promise<string> {
  const hash = createHash("sha256");
  const handle = await open(path, "w");
  try {
    for await (const chunk of Symbol.asyncIterator in pieces ? pieces : gather(pieces)) {
      hash.update(chunk);
      await handle.writeFile(chunk);
    }
  } finally {
    await handle.close();
  }
  return hash.digest("hex");
}

/** Small pieces of text in one, so that a million rows are not a million system calls. */
function* gather(pieces: Iterable<Uint8Array | string>): Generator<Uint8Array | string> {
  let text = "";
  for (const piece of pieces) {
    if (typeof piece === "string") text += piece;
    if (typeof piece === "string" && text.length < chunkLength) continue;
    if (text !== "") yield text;
    text = "";
    if (typeof piece !== "string") yield piece;
  }
  if (text !== "") yield text;
}

async function linkFile(from: string | Buffer, to: string): Promise<void> {
  try {
    // A link to a symbolic link would be another symbolic link.
    await link(await realpath(from, { encoding: "buffer" }), to);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (!["EXDEV", "EPERM", "EMLINK", "ENOTSUP", "EOPNOTSUPP"].includes(code)) throw error;
    throw new Error(`${from.toString()} can't be hard-linked to ${dirname(to)} (${code}): export copies instead`, { cause: error });
  }
}
