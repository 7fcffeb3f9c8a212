import { expect, it } from "vitest";
import { matrixFromArray } from "../../../../src/core/matrix.ts";
import { eachBlock } from "../../../../src/core/neighbours/blocks.ts";
import { createPlainGemm } from "../../../../src/core/neighbours/plainGemm.ts";
import { boundedMatrix, madeRows } from "./made.ts";

const gemm = createPlainGemm();
const dim = 3;
const [rows, columns] = [madeRows(45, dim, { seed: 1 }), madeRows(70, dim, { seed: 2 })];

it("covers the whole product once, in blocks of any shape", async () => {
  const expected = await gemm.multiply(rows, columns, dim);
  for (const [blockRows, blockColumns] of [
    [1, 70],
    [2, 3],
    [45, 1],
    [16, 32],
    [100, 100],
  ] as const) {
    const product = new Float32Array(45 * 70).fill(NaN);
    await eachBlock(
      { rows: matrixFromArray(rows, dim), columns: matrixFromArray(columns, dim), gemm, blockRows, blockColumns },
      (block) => {
        const width = block.columnTo - block.columnFrom;
        for (let row = block.rowFrom; row < block.rowTo; row += 1) {
          const at = (row - block.rowFrom) * width;
          product.set(block.scores.subarray(at, at + width), row * 70 + block.columnFrom);
        }
      },
    );
    expect(product).toEqual(expected);
  }
});

it("reads columns a block at a time and each row once", async () => {
  let rowReads = 0;
  const held = {
    rows: 45,
    dim,
    read: (from: number, to: number) => ((rowReads += to - from), Promise.resolve(rows.slice(from * dim, to * dim))),
  };
  await eachBlock({ rows: held, columns: boundedMatrix(columns, dim, 8), gemm, blockRows: 4, blockColumns: 8 }, () => undefined);
  expect(rowReads).toBe(45);
});

it("visits nothing where there are no columns", async () => {
  const none = matrixFromArray(new Float32Array(0), dim);
  await eachBlock({ rows: matrixFromArray(rows, dim), columns: none, gemm }, () => expect.unreachable());
});

it("stops when it is cancelled", async () => {
  const signal = AbortSignal.abort(new Error("enough"));
  const matrix = matrixFromArray(rows, dim);
  await expect(eachBlock({ rows: matrix, columns: matrix, gemm, signal }, () => undefined)).rejects.toThrow("enough");
});
