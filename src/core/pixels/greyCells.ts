import type { Picture } from "./picture.ts";

/**
 * Sums each column's grey over one of the `greyRows` equal parts of a picture's height: `width` whole numbers, in thousandths of a grey and in
 * 1/`greyRows` of a pixel's height.
 */
export type SumGreyStrip = (picture: Picture, strip: number) => Float64Array;

/** Rows of the cells that a picture's grey is summed over. */
export const greyRows = 32;

/** ITU-R 601 luma in thousandths: whole numbers, whose sums are exact. */
export const greyWeights = [299, 587, 114] as const;

/** A stretch of a row of pixels, and how many parts of it lie in a strip: `greyRows` where all of it does. */
export interface StripPart {
  readonly from: number;
  readonly to: number;
  readonly weight: number;
}

/**
 * Sums a picture's grey over the cells of grids, one for each number of columns: `greyRows` × columns, row by row. A cell's sum is width × height × 1000
 * times its exact area mean, a whole number below 2⁵³ however cells cut through pixels. The picture is walked once for all grids. `sumStrip` may be
 * another that gives the same sums.
 */
export function sumGreyCells(picture: Picture, columns: readonly number[], sumStrip: SumGreyStrip = sumGreyStrip): Float64Array[] {
  const grids = columns.map((count) => new Float64Array(greyRows * count));
  const before = new Float64Array(picture.width + 1);
  for (let strip = 0; strip < greyRows; strip += 1) {
    accumulate(sumStrip(picture, strip), before);
    grids.forEach((grid, at) => sumCells(before, grid.subarray(strip * columns[at]!, (strip + 1) * columns[at]!)));
  }
  return grids;
}

/** The rows of pixels that a strip consists of: those that it cuts through on their own, the whole ones together. */
export function partsOfStrip(height: number, strip: number): readonly StripPart[] {
  const [top, bottom] = [strip * height, (strip + 1) * height];
  const [first, last] = [Math.floor(top / greyRows), Math.ceil(bottom / greyRows) - 1];
  const overlap = (row: number): number => Math.min((row + 1) * greyRows, bottom) - Math.max(row * greyRows, top);
  if (first === last) return [{ from: first, to: first + 1, weight: overlap(first) }];
  return [
    { from: first, to: first + 1, weight: overlap(first) },
    { from: first + 1, to: last, weight: greyRows },
    { from: last, to: last + 1, weight: overlap(last) },
  ];
}

/** Sums a strip in JavaScript: what others are compared with, and does for them where they can't. */
export function sumGreyStrip({ width, height, pixels }: Picture, strip: number): Float64Array {
  const [red, green, blue] = greyWeights;
  const sums = new Float64Array(width);
  for (const { from, to, weight } of partsOfStrip(height, strip)) {
    for (let at = from * width * 3, y = from; y < to; y += 1) {
      for (let x = 0; x < width; x += 1, at += 3) {
        sums[x] = sums[x]! + weight * (red * pixels[at]! + green * pixels[at + 1]! + blue * pixels[at + 2]!);
      }
    }
  }
  return sums;
}

/** `before[x]` becomes the sum of the values left of x. */
function accumulate(values: Float64Array, before: Float64Array): void {
  let sum = 0;
  for (let x = 0; x < values.length; x += 1) {
    sum += values[x]!;
    before[x + 1] = sum;
  }
}

function sumCells(before: Float64Array, cells: Float64Array): void {
  const columns = cells.length;
  const width = before.length - 1;
  let sumBefore = 0;
  for (let column = 0; column < columns; column += 1) {
    const end = (column + 1) * width;
    const whole = Math.floor(end / columns);
    const part = end - whole * columns;
    const sum = columns * before[whole]! + (part === 0 ? 0 : part * (before[whole + 1]! - before[whole]!));
    cells[column] = sum - sumBefore;
    sumBefore = sum;
  }
}
