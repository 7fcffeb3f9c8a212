import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sumGreyCells } from "../../../../src/core/pixels/greyCells.ts";
import { computeLooks } from "../../../../src/core/pixels/looks.ts";
import type { Picture } from "../../../../src/core/pixels/picture.ts";
import { patternPixels } from "../../../golden/pixels/golden.ts";

const side = fc.integer({ min: 1, max: 70 });

/** The sum of one cell by its definition: every pixel's grey in thousandths, times what of it lies in the cell. */
function sumOfCell({ width, height, pixels }: Picture, [row, rows]: [number, number], [column, columns]: [number, number]): number {
  const overlap = (at: number, cells: number, cell: number, size: number) =>
    Math.max(0, Math.min((at + 1) * cells, (cell + 1) * size) - Math.max(at * cells, cell * size));
  let sum = 0;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const [red, green, blue] = pixels.subarray((y * width + x) * 3) as unknown as [number, number, number];
      sum += overlap(y, rows, row, height) * overlap(x, columns, column, width) * (299 * red + 587 * green + 114 * blue);
    }
  }
  return sum;
}

describe("sumGreyCells", () => {
  it("gives every cell's exact area sum, however cells cut through pixels", () => {
    fc.assert(
      fc.property(side, side, fc.nat({ max: 31 }), fc.nat({ max: 16 }), (width, height, row, column) => {
        const picture = { width, height, pixels: patternPixels(width, height) };
        const [squares, hashed] = sumGreyCells(picture, [32, 17]);
        expect(squares![row * 32 + column]).toBe(sumOfCell(picture, [row, 32], [column, 32]));
        expect(hashed![row * 17 + column]).toBe(sumOfCell(picture, [row, 32], [column, 17]));
      }),
      { seed: 3, numRuns: 200 },
    );
  });
});

describe("luma", () => {
  it("rounds each cell's mean, halves up", () => {
    const flat = (red: number, green: number, blue: number) =>
      computeLooks({ width: 40, height: 30, pixels: Uint8Array.from({ length: 3600 }, (_, at) => [red, green, blue][at % 3]!) }).luma;
    expect(new Set(flat(255, 255, 255))).toEqual(new Set([255]));
    expect(new Set(flat(1, 2, 3))).toEqual(new Set([2])); // 1.815
    expect(new Set(flat(0, 0, 250))).toEqual(new Set([29])); // 28.5
  });
});
