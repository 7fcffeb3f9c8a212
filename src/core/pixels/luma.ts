import type { Picture } from "./picture.ts";
import type { Range } from "./resample.ts";

/** Squashes some rows of a picture to `cells` greys each, row by row. */
export type SquashLumaRows = (picture: Picture, rows: Range, cells: number) => Float64Array;

/** Side of the small grey picture. */
const side = 32;
/** Rows that are squashed in one call. */
const rowsAtOnce = 64;

/**
 * The whole upright picture squashed to 32 × 32 grey bytes (ITU-R 601 luma), each the exact area mean of its cell, row by row: what
 * near-duplicates are confirmed by. Columns first, then rows, so that a pixel is looked at once. `squashRows` may be another that gives the same bits.
 */
export function computeLuma(picture: Picture, squashRows: SquashLumaRows = squashLumaRows): Uint8Array {
  const { height } = picture;
  const narrow = new Float64Array(height * side);
  for (let from = 0; from < height; from += rowsAtOnce) {
    narrow.set(squashRows(picture, { from, to: Math.min(height, from + rowsAtOnce) }, side), from * side);
  }
  const luma = new Uint8Array(side * side);
  const column = new Float64Array(height);
  const cells = new Float64Array(side);
  for (let x = 0; x < side; x += 1) {
    for (let y = 0; y < height; y += 1) column[y] = narrow[y * side + x]!;
    squash(column, cells);
    for (let y = 0; y < side; y += 1) luma[y * side + x] = Math.round(cells[y]!);
  }
  return luma;
}

/** Squashes rows in JavaScript: what others are compared with, and does for them where they can't. */
export function squashLumaRows(picture: Picture, { from, to }: Range, cells: number): Float64Array {
  const squashed = new Float64Array((to - from) * cells);
  const row = new Float64Array(picture.width);
  for (let y = from; y < to; y += 1) {
    readGreyRow(picture, y, row);
    squash(row, squashed.subarray((y - from) * cells, (y - from + 1) * cells));
  }
  return squashed;
}

function readGreyRow({ width, pixels }: Picture, y: number, row: Float64Array): void {
  for (let x = 0, at = y * width * 3; x < width; x += 1, at += 3) {
    row[x] = 0.299 * pixels[at]! + 0.587 * pixels[at + 1]! + 0.114 * pixels[at + 2]!;
  }
}

/** Means of equal stretches of `values`, of which the first and the last pixel may belong to two: only those are weighed. */
function squash(values: Float64Array, cells: Float64Array): void {
  const length = values.length / cells.length;
  for (let cell = 0; cell < cells.length; cell += 1) {
    const from = cell * length;
    const to = (cell + 1) * length;
    const first = Math.floor(from);
    const last = Math.min(Math.ceil(to), values.length) - 1;
    let sum = values[first]! * (Math.min(first + 1, to) - from);
    for (let at = first + 1; at < last; at += 1) sum += values[at]!;
    if (last > first) sum += values[last]! * (Math.min(last + 1, to) - last);
    cells[cell] = sum / length;
  }
}
