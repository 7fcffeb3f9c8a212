import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { roundBlocks, roundColumns } from "../../../../src/core/encoders/int8.ts";
import { createRandom } from "../../../../src/core/random.ts";

const matrix = fc.integer({ min: 1, max: 9 }).chain((columns) =>
  fc
    .array(fc.array(fc.float({ noNaN: true, min: -8, max: 8 }), { minLength: columns, maxLength: columns }), {
      minLength: 1,
      maxLength: 9,
    })
    .map((rows) => ({ rows: rows.length, columns, values: Float32Array.from(rows.flat()) })),
);

describe("roundColumns", () => {
  it("comes within half a step of every weight", () => {
    fc.assert(
      fc.property(matrix, ({ rows, columns, values }) => {
        const rounded = roundColumns(values, { rows, columns, isTransposed: false });
        values.forEach((value, i) => {
          const scale = rounded.scales[i % columns]!;
          expect(Math.abs(rounded.values[i]! * scale - value)).toBeLessThanOrEqual(scale * 0.501);
        });
      }),
    );
  });

  it("lets no two weights that follow each other overflow 16 bits, whatever unsigned bytes they meet", () => {
    fc.assert(
      fc.property(matrix, ({ rows, columns, values }) => {
        const rounded = roundColumns(values, { rows, columns, isTransposed: false }).values;
        for (let i = columns; i < rounded.length; i += 1) {
          const pair = [rounded[i - columns]!, rounded[i]!];
          const highest = pair.reduce((sum, value) => sum + 255 * Math.max(0, value), 0);
          const lowest = pair.reduce((sum, value) => sum + 255 * Math.min(0, value), 0);
          expect(highest).toBeLessThanOrEqual(32767);
          expect(lowest).toBeGreaterThanOrEqual(-32768);
        }
      }),
    );
  });

  it("uses most of the range where neighbours differ in sign", () => {
    const { values } = roundColumns(Float32Array.of(1, -1, 0.5), { rows: 3, columns: 1, isTransposed: false });
    expect([...values]).toEqual([127, -127, 64]);
  });

  it("reads weights that lie transposed", () => {
    const [rows, columns] = [3, 2];
    const straight = roundColumns(Float32Array.of(1, 2, 3, 4, 5, 6), { rows, columns, isTransposed: false });
    const transposed = roundColumns(Float32Array.of(1, 3, 5, 2, 4, 6), { rows, columns, isTransposed: true });
    expect(transposed).toEqual(straight);
  });

  it("keeps a column of zeros and refuses what is not finite", () => {
    const shape = { rows: 2, columns: 1, isTransposed: false };
    expect(roundColumns(Float32Array.of(0, 0), shape)).toEqual({ values: Int8Array.of(0, 0), scales: Float32Array.of(1) });
    for (const bad of [Number.NaN, Infinity]) expect(() => roundColumns(Float32Array.of(1, bad), shape)).toThrow("not a finite number");
  });
});

describe("roundBlocks", () => {
  it("comes within half a step of every weight, column after column, filled up with zeros", () => {
    const [rows, columns, blockLength] = [21, 3, 16];
    const random = createRandom(1);
    const weights = Float32Array.from({ length: rows * columns }, () => random() * 2 - 1);
    const { values, scales } = roundBlocks(weights, { rows, columns, isTransposed: false }, blockLength);
    expect([values.length, scales.length]).toEqual([columns * 32, columns * 2]);
    for (let column = 0; column < columns; column += 1) {
      for (let row = 0; row < 32; row += 1) {
        const weight = row < rows ? weights[row * columns + column]! : 0;
        const scale = scales[column * 2 + Math.floor(row / blockLength)]!;
        expect(Math.abs((values[column * 32 + row]! - 128) * scale - weight)).toBeLessThanOrEqual(scale * 0.501);
      }
    }
  });

  it("refuses what is not finite", () => {
    expect(() => roundBlocks(Float32Array.of(Infinity), { rows: 1, columns: 1, isTransposed: false }, 16)).toThrow("not a finite number");
  });
});
