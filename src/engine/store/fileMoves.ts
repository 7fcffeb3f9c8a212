import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import { chmod, copyFile, mkdir, rename, rm, rmdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { Env } from "../env.ts";
import { readBytes, sha256, syncFolder } from "./files.ts";
import { hashInTurns } from "./hashInTurns.ts";
import { createPause } from "./inTurns.ts";
import type { OperationId } from "./ledger.ts";
import { exists, isInside } from "./paths.ts";
import { piecesOfReplaced } from "./replacedFile.ts";

/** A file that is larger is read in pieces, so that it takes little memory. */
const mostBytesAtOnce = 16 << 20;

/** SHA-256 of a file's bytes; null where there is none. */
export async function hashFile(env: Env, path: string): Promise<string | null> {
  try {
    const pieces = (await sizeOf(path)) > mostBytesAtOnce ? piecesOfReplaced(env, path, []) : [await readBytes(env, path)];
    return await hashInTurns(pieces, createPause(env));
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** The callback form, as in `readBytes`. */
const sizeOf = promisify((path: string, done: (error: Error | null, size: number) => void) =>
  fs.stat(path, (error, found) => done(error, found?.size ?? 0)),
);

/** Where an operation prepares the new bytes of a file: beside it, under a short name that follows from both, so that recovery finds it. */
export function stagedPath(real: string, id: OperationId): string {
  return join(dirname(real), `.${id}-${sha256(real).slice(0, 12)}.winnow-tmp`);
}

/** Moves a file to a place that must be free, also to another file system. */
export async function moveFile(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  if (await exists(to)) throw new Error(`${to} exists already: nothing was moved over it`);
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw error;
    await copyDurably(from, to);
    await rm(from);
  }
}

/** Copies a file so that a reader of `to` sees all of it or nothing, and waits until it is on the disk. Several may copy to one place at once. */
export async function copyDurably(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  const temporary = `${to}.${randomBytes(6).toString("hex")}.winnow-tmp`;
  await copyFile(from, temporary);
  await syncFile(temporary);
  await rename(temporary, to);
  await syncFolder(dirname(to));
}

/** Waits until a file's bytes are on the disk. Windows asks for a writable handle; elsewhere the file may be read-only. */
export async function syncFile(path: string): Promise<void> {
  const file = await openNow(path, process.platform === "win32" ? "r+" : "r");
  try {
    await syncNow(file);
  } finally {
    await closeNow(file);
  }
}

/** The callback forms, as in `readBytes`: there may be many small files. */
const [openNow, syncNow, closeNow] = [promisify(fs.open), promisify(fs.fsync), promisify(fs.close)];

/** Gives a file other bytes in one step and keeps its permissions. */
export async function replaceBytes(real: string, source: string): Promise<void> {
  const mode = await stat(real).then(
    (found) => found.mode,
    () => undefined,
  );
  await copyDurably(source, real);
  if (mode !== undefined) await chmod(real, mode);
}

/** The topmost folder on the way to a file that doesn't exist yet; undefined where the file's folder is there. */
export async function findMissingFolder(real: string): Promise<string | undefined> {
  let missing: string | undefined;
  for (let folder = dirname(real); !(await exists(folder)); folder = dirname(folder)) missing = folder;
  return missing;
}

/** Removes the folders from that of a file up to `topmost` as long as they are empty. */
export async function removeEmptyFolders(real: string, topmost: string): Promise<void> {
  for (let folder = dirname(real); isInside(topmost, folder); folder = dirname(folder)) {
    const removed = await rmdir(folder).then(
      () => true,
      () => false,
    );
    if (!removed) return;
  }
}

/** True of the error for a file, or a folder on the way to it, that isn't there. */
export function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === "ENOENT" || code === "ENOTDIR";
}
