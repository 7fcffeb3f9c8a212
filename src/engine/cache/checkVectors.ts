import { float32FromFloat16 } from "../../core/float16.ts";
import { isMissing } from "../store/fileMoves.ts";
import type { Pause } from "../store/inTurns.ts";
import { keyBytes } from "../store/keyTable.ts";
import { bytesPerRow, readNpyHeader, readNpyRows } from "../store/npy.ts";
import { checkHeader } from "../store/shards.ts";
import type { CachePiece } from "./inventory.ts";
import type { Damage } from "./damage.ts";
import { unreadable } from "./damage.ts";

/** Rounding to float16 moves the length of a vector by less than 0.001. */
const lengthTolerance = 0.01;
const rowsABlock = 512;

/** Checks a shard of vectors: whole files, as many keys as vectors or more (a kill leaves such), vectors that are finite and of length 1. */
export async function checkVectors(piece: CachePiece, pause: Pause): Promise<readonly Damage[]> {
  return await checkShard(piece, pause, (row) => {
    const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
    if (!Number.isFinite(length)) return "are not numbers";
    return Math.abs(length - 1) > lengthTolerance ? "are not of length 1" : undefined;
  });
}

/** Checks a shard of small grey pictures: bytes, written as float16. */
export async function checkGreys(piece: CachePiece, pause: Pause): Promise<readonly Damage[]> {
  return await checkShard(piece, pause, (row) =>
    row.every((value) => Number.isInteger(value) && value >= 0 && value <= 255) ? undefined : "are no grey values",
  );
}

async function checkShard(
  { paths }: CachePiece,
  pause: Pause,
  faultOf: (row: Float32Array) => string | undefined,
): Promise<readonly Damage[]> {
  const [file, keysFile] = [paths[0]!, paths[1]!];
  try {
    const header = await readNpyHeader(file);
    const dim = header?.shape[1] ?? 0;
    const { rows, dataOffset } = checkHeader(header, "<f2", dim);
    const keys = checkHeader(await readNpyHeader(keysFile), "|u1", keyBytes);
    if (keys.rows < rows) return [{ file, paths, what: `it has ${rows} rows, but there are keys for ${keys.rows}` }];
    const faults = new Map<string, number>();
    for (let from = 0; from < rows; from += rowsABlock) {
      const to = Math.min(rows, from + rowsABlock);
      const bytes = await readNpyRows(file, { dataOffset, bytesPerRow: bytesPerRow("<f2", [rows, dim]), from, to });
      const values = float32FromFloat16(new Uint16Array(bytes));
      for (let row = 0; row < to - from; row++) {
        const fault = faultOf(values.subarray(row * dim, (row + 1) * dim));
        if (fault !== undefined) faults.set(fault, (faults.get(fault) ?? 0) + 1);
      }
      await pause();
    }
    return [...faults].map(([fault, count]) => ({ file, paths, what: `${count} of its ${rows} rows ${fault}` }));
  } catch (error) {
    if (isMissing(error)) return checkRemains(paths, error);
    return [{ file, paths, what: error instanceof RangeError ? error.message : unreadable(error) }];
  }
}

/** One file without the other is what a kill left; both gone were evicted since the list was made. */
async function checkRemains(paths: readonly string[], error: unknown): Promise<readonly Damage[]> {
  const left = await Promise.all(
    paths.map((path) =>
      readNpyHeader(path).then(
        () => true,
        () => false,
      ),
    ),
  );
  const at = left.indexOf(true);
  return at < 0 ? [] : [{ file: paths[at]!, paths, what: unreadable(error) }];
}
