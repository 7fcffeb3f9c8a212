import { createHash } from "node:crypto";
import type { Pause } from "./inTurns.ts";

/** Bytes that are hashed before others have their turn: some 5 ms of work. */
const pieceBytes = 1 << 21;

/** The SHA-256 of bytes, or of texts' UTF-8, one after the other, 64 lower-case hexadecimal digits. */
export async function hashInTurns(
  pieces: Iterable<Uint8Array | string> | AsyncIterable<Uint8Array | string>,
  pause: Pause,
): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of pieces) {
    const bytes = typeof piece === "string" ? Buffer.from(piece) : piece;
    for (let from = 0; from < bytes.length; from += pieceBytes) {
      hash.update(bytes.subarray(from, from + pieceBytes));
      const pausing = pause();
      if (pausing !== undefined) await pausing;
    }
  }
  return hash.digest("hex");
}
