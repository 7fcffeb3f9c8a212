import { greyRows, sumGreyCells, type SumGreyStrip } from "./greyCells.ts";
import { columnsOfHash, hashesOfCells, type PerceptualHashes } from "./hash.ts";
import type { Picture } from "./picture.ts";

/** What of a picture's look is compared: its hashes, and the whole upright picture squashed to 32 × 32 grey bytes, row by row. */
export interface Looks extends PerceptualHashes {
  /** What near-duplicates are confirmed by: ITU-R 601 luma, each byte the exact area mean of its cell, rounded. */
  readonly luma: Uint8Array;
}

/** Computes both from one walk over the pixels. `sumStrip` is as in `sumGreyCells`. */
export function computeLooks(picture: Picture, sumStrip?: SumGreyStrip): Looks {
  const [squares, hashed] = sumGreyCells(picture, [greyRows, columnsOfHash], sumStrip) as [Float64Array, Float64Array];
  const scale = 1000 * picture.width * picture.height;
  return { luma: Uint8Array.from(squares, (sum) => Math.round(sum / scale)), ...hashesOfCells(hashed) };
}
