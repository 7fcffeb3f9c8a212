import { readFile } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { isMissing } from "../store/fileMoves.ts";
import type { Pause } from "../store/inTurns.ts";
import { readRecords } from "../store/thumbnailPacks.ts";
import type { CachePiece } from "./inventory.ts";
import type { Damage } from "./damage.ts";
import { unreadable } from "./damage.ts";

/** Checks a pack of small pictures against the checksums of its index; records that another process added meanwhile are not looked for. */
export async function checkThumbnails({ paths, count = 0 }: CachePiece, pause: Pause): Promise<readonly Damage[]> {
  const [index, data] = [paths[0]!, paths[1]!];
  try {
    const { records } = await readRecords(index, 0);
    const bytes = await readFile(data);
    let damaged = Math.max(0, count - records.length);
    for (const { offset, length, checksum } of records) {
      const picture = bytes.subarray(offset, offset + length);
      if (picture.length < length || crc32(picture) !== checksum) damaged += 1;
      await pause();
    }
    return damaged === 0
      ? []
      : [{ file: data, paths, what: `${damaged} of its ${Math.max(count, records.length)} small pictures are damaged` }];
  } catch (error) {
    return isMissing(error) ? [] : [{ file: data, paths, what: unreadable(error) }];
  }
}
