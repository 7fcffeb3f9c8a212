import { mkdir, open, truncate } from "node:fs/promises";
import { dirname } from "node:path";
import type { Env } from "../env.ts";
import { isMissing } from "./fileMoves.ts";
import { readBytes, syncFolder } from "./files.ts";
import { createPause } from "./inTurns.ts";

/** The lines of a file of JSON Lines that were read, and how many could not be; a last line that a kill tore is left out. */
export interface JsonLines<Row> {
  readonly rows: readonly Row[];
  readonly damagedLines: number;
}

/** Reads a file of JSON Lines, a long one in turns; nothing where it is missing. `parse` gives undefined for what is no row. */
export async function readJsonLines<Row>(env: Env, path: string, parse: (value: unknown) => Row | undefined): Promise<JsonLines<Row>> {
  const bytes = await readOrNothing(env, path);
  const pause = createPause(env);
  const rows: Row[] = [];
  let damagedLines = 0;
  for (let from = 0; from < bytes.length;) {
    const feed = bytes.indexOf(0x0a, from);
    const line = bytes.toString("utf8", from, feed < 0 ? bytes.length : feed);
    const row = line === "" ? undefined : parse(parseLine(line));
    if (row !== undefined) rows.push(row);
    else if (line !== "" && feed >= 0) damagedLines += 1;
    from = feed < 0 ? bytes.length : feed + 1;
    const pausing = pause();
    if (pausing !== undefined) await pausing;
  }
  return { rows, damagedLines };
}

/** Adds rows and waits until they are on the disk; what a kill tore off before is cut away. One writer at a time. */
export async function appendJsonLines(env: Env, path: string, rows: readonly object[]): Promise<void> {
  if (rows.length === 0) return;
  await mkdir(dirname(path), { recursive: true });
  const bytes = await readTail(path);
  if (bytes.torn > 0) {
    env.log("store.lines", `cut off a torn last line of ${path}`);
    await truncate(path, bytes.size - bytes.torn);
  }
  const handle = await open(path, "a");
  try {
    await handle.writeFile(rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
    await handle.sync();
  } finally {
    await handle.close();
  }
  if (bytes.size === 0) await syncFolder(dirname(path));
}

async function readOrNothing(env: Env, path: string): Promise<Buffer> {
  return await readBytes(env, path).catch((error: unknown) => {
    if (isMissing(error)) return Buffer.alloc(0);
    throw error;
  });
}

const tailBytes = 1 << 16;

/** The size of a file, and how many of its last bytes follow the last line's end; a line longer than 64 kB is taken for torn bit by bit. */
async function readTail(path: string): Promise<{ size: number; torn: number }> {
  const handle = await open(path, "a+");
  try {
    const { size } = await handle.stat();
    let torn = 0;
    while (torn < size) {
      const length = Math.min(tailBytes, size - torn);
      const { buffer } = await handle.read(Buffer.alloc(length), 0, length, size - torn - length);
      const feed = buffer.lastIndexOf(0x0a);
      if (feed >= 0) return { size, torn: torn + length - feed - 1 };
      torn += length;
    }
    return { size, torn };
  } finally {
    await handle.close();
  }
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
