import { createHash, randomBytes } from "node:crypto";
import { readFile } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";
import type { Env } from "../env.ts";

/** For small files the callback form takes half the time of the one in `node:fs/promises`, which makes a FileHandle for each. */
const readWhole = promisify(readFile);

/** Reads a whole file of the user's, counted in `env.counters`. A Buffer as path opens a name that is not valid UTF-8. */
export async function readBytes(env: Env, path: string | Buffer): Promise<Buffer> {
  const bytes = await readWhole(path);
  env.counters.filesRead += 1;
  env.counters.bytesRead += bytes.length;
  return bytes;
}

/** Reads `length` bytes from `offset`, counted in `env.counters`; shorter at the end of the file. */
export async function readRange(env: Env, path: string, offset: number, length: number): Promise<Buffer> {
  const handle = await open(path, "r");
  try {
    const buffer = Buffer.allocUnsafe(length);
    const { bytesRead } = await handle.read(buffer, 0, length, offset);
    env.counters.filesRead += 1;
    env.counters.bytesRead += bytesRead;
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** SHA-256 of bytes or of a text's UTF-8, 64 lower-case hexadecimal digits. */
export function sha256(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/**
 * Writes a file so that a reader sees the old bytes or the new, never half: temporary file beside it, fsync, rename, fsync of the folder.
 * Makes the folder where it is missing. The caller follows symbolic links first: a rename replaces the link.
 */
export async function writeAtomically(path: string, bytes: Uint8Array | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${randomBytes(6).toString("hex")}.winnow-tmp`;
  try {
    await writeDurably(temporary, bytes);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Writes a new file and waits until it is on the disk. */
export async function writeDurably(path: string, bytes: Uint8Array | string): Promise<void> {
  const handle = await open(path, "w");
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes renames in a folder durable; where the platform can't open a folder (Windows) there is nothing to do. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
