import type { Picture } from "./picture.ts";
import type { Range } from "./resample.ts";

/** 256-bit hashes of a picture's look and of its mirror image's, 32 bytes each, for `hammingDistance`. */
export interface PerceptualHashes {
  readonly perceptualHash: Uint8Array;
  readonly mirroredHash: Uint8Array;
}

/** Sums of grey over `cells` equal stretches of some rows of a picture, row by row, in 1/`cells` of a pixel's width: whole numbers below 2⁵³. */
export type SumGreyRows = (picture: Picture, rows: Range, cells: number) => Float64Array;

const columns = 17;
const rows = 16;
/** Rows of pixels that are summed in one call. */
const rowsAtOnce = 64;

/**
 * Difference hash (N. Krawetz, "Kind of Like That", 2013) at 16 × 16: a bit is set where a cell of the 17 × 16 grey thumbnail is brighter
 * than its right neighbour; row by row, highest bit first. The thumbnail's cells are exact area means, so the hash of a flipped picture is
 * the mirrored hash to the bit. `sumRows` may be another that gives the same sums.
 */
export function computePerceptualHashes(picture: Picture, sumRows: SumGreyRows = sumGreyRows): PerceptualHashes {
  const cells = sumCells(picture, sumRows);
  const perceptualHash = new Uint8Array((rows * (columns - 1)) / 8);
  const mirroredHash = new Uint8Array(perceptualHash.length);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns - 1; column += 1) {
      const left = cells[row * columns + column]!;
      const right = cells[row * columns + column + 1]!;
      if (left > right) setBit(perceptualHash, row * (columns - 1) + column);
      if (right > left) setBit(mirroredHash, row * (columns - 1) + (columns - 2 - column));
    }
  }
  return { perceptualHash, mirroredHash };
}

/** The number of bits that differ between hashes of equal length. */
export function hammingDistance(a: Uint8Array, b: Uint8Array): number {
  let distance = 0;
  for (let at = 0; at < a.length; at += 1) distance += countBits(a[at]! ^ b[at]!);
  return distance;
}

function setBit(bits: Uint8Array, index: number): void {
  bits[index >> 3] = bits[index >> 3]! | (0x80 >> (index & 7));
}

function countBits(byte: number): number {
  let rest = byte;
  let count = 0;
  while (rest !== 0) {
    rest &= rest - 1;
    count += 1;
  }
  return count;
}

/**
 * Sums of grey over the thumbnail's cells, in 1/17 of a pixel's width times 1/16 of its height: whole numbers below 2⁵³, exact however
 * cells cut through pixels. All cells are of one size, so sums compare as means do.
 */
function sumCells(picture: Picture, sumRows: SumGreyRows): Float64Array {
  const { height } = picture;
  const cells = new Float64Array(columns * rows);
  for (let from = 0; from < height; from += rowsAtOnce) {
    const to = Math.min(height, from + rowsAtOnce);
    const sums = sumRows(picture, { from, to }, columns);
    for (let y = from; y < to; y += 1) addRow(cells, sums.subarray((y - from) * columns), { y, height });
  }
  return cells;
}

/** Adds a row of pixels to the one or more rows of cells that it lies in. */
function addRow(cells: Float64Array, rowCells: Float64Array, { y, height }: { y: number; height: number }): void {
  const first = Math.floor((y * rows) / height);
  const last = Math.min(rows - 1, Math.floor(((y + 1) * rows - 1) / height));
  for (let row = first; row <= last; row += 1) {
    const overlap = Math.min((y + 1) * rows, (row + 1) * height) - Math.max(y * rows, row * height);
    for (let column = 0; column < columns; column += 1) {
      cells[row * columns + column] = cells[row * columns + column]! + overlap * rowCells[column]!;
    }
  }
}

/** Sums rows in JavaScript: what others are compared with, and does for them where they can't. */
export function sumGreyRows({ width, pixels }: Picture, { from, to }: Range, cells: number): Float64Array {
  const sums = new Float64Array((to - from) * cells);
  const before = new Float64Array(width + 1);
  for (let y = from; y < to; y += 1) {
    accumulateGrey(pixels, y * width * 3, before);
    sumRowCells(before, width, sums.subarray((y - from) * cells, (y - from + 1) * cells));
  }
  return sums;
}

/** `before[x]` becomes the sum of the grey of the pixels left of x; grey is ITU-R 601 luma in 16-bit fixed point, as in Pillow's mode L. */
function accumulateGrey(pixels: Uint8Array, start: number, before: Float64Array): void {
  let at = start;
  let sum = 0;
  for (let x = 1; x < before.length; x += 1) {
    sum += (19595 * pixels[at]! + 38470 * pixels[at + 1]! + 7471 * pixels[at + 2]! + 0x8000) >> 16;
    before[x] = sum;
    at += 3;
  }
}

function sumRowCells(before: Float64Array, width: number, rowCells: Float64Array): void {
  const columns = rowCells.length;
  let sumBefore = 0;
  for (let column = 0; column < columns; column += 1) {
    const end = (column + 1) * width;
    const whole = Math.floor(end / columns);
    const part = end - whole * columns;
    const sum = columns * before[whole]! + (part === 0 ? 0 : part * (before[whole + 1]! - before[whole]!));
    rowCells[column] = sum - sumBefore;
    sumBefore = sum;
  }
}
