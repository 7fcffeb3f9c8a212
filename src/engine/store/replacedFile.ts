import { open } from "node:fs/promises";
import type { Env } from "../env.ts";

/** A part of a file's bytes, half-open, and what is to stand in its place. */
export interface ByteReplacement {
  readonly from: number;
  readonly to: number;
  readonly inserted: Uint8Array;
}

/** Bytes of a file that are in memory at once. */
const bytesPerPiece = 2 << 20;

/** The bytes of a file after replacements, ascending and apart, piece by piece, so that a table of any size takes little memory. Throws the reason of a signal that fired. */
export async function* piecesOfReplaced(
  env: Env,
  path: string | Buffer,
  replacements: readonly ByteReplacement[],
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const handle = await open(path, "r");
  env.counters.filesRead += 1;
  try {
    const { size } = await handle.stat();
    let at = 0;
    for (const { from, to, inserted } of [...replacements, { from: size, to: size, inserted: new Uint8Array() }]) {
      while (at < from) {
        signal?.throwIfAborted();
        const buffer = Buffer.allocUnsafe(Math.min(bytesPerPiece, from - at));
        const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
        if (bytesRead === 0) throw new Error(`${path.toString()} became shorter while it was read: nothing was written; try again`);
        env.counters.bytesRead += bytesRead;
        at += bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
      yield inserted;
      at = to;
    }
  } finally {
    await handle.close();
  }
}
