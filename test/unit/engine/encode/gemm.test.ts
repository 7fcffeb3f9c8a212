import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { kmeans } from "../../../../src/core/clusters/kmeans.ts";
import { matrixFromArray } from "../../../../src/core/matrix.ts";
import { nearestWithin } from "../../../../src/core/neighbours/nearest.ts";
import { createPlainGemm } from "../../../../src/core/neighbours/plainGemm.ts";
import { createGemm } from "../../../../src/engine/encode/gemm.ts";
import type { DeviceGemm } from "../../../../src/engine/encode/gemm.ts";
import { createCounters } from "../../../../src/engine/env.ts";
import type { Env } from "../../../../src/engine/env.ts";
import { madeRows } from "../../core/neighbours/made.ts";

const env: Env = { cacheFolder: "", dataFolder: "", now: () => 0, log: () => undefined, counters: createCounters() };

describe("createGemm on the CPU", () => {
  let gemm: DeviceGemm;
  beforeAll(async () => {
    gemm = await createGemm(env, "cpu");
  });
  afterAll(() => gemm.release());

  it("gives the plain product within 1e-5, for sizes that come and go", async () => {
    for (const [m, n, dim] of [
      [1, 1, 1],
      [70, 33, 512],
      [3, 200, 17],
      [1, 64, 512],
      [5, 5, 5],
    ] as const) {
      const [a, b] = [madeRows(m, dim, { seed: 1 }), madeRows(n, dim, { seed: 2 })];
      const [expected, product] = [await createPlainGemm().multiply(a, b, dim), await gemm.multiply(a, b, dim)];
      expect(product).toHaveLength(m * n);
      expect(largestDifference(product, expected)).toBeLessThan(1e-5);
    }
  });

  it("multiplies A · B and Aᵀ · B as they lie", async () => {
    for (const [m, n, inner] of [
      [1, 1, 1],
      [70, 33, 129],
      [3, 200, 17],
    ] as const) {
      const [a, b] = [madeRows(m, inner, { seed: 1 }), madeRows(n, inner, { seed: 2 })];
      const turn = (rows: number, values: Float32Array): Float32Array =>
        Float32Array.from(values, (_, at) => values[(at % rows) * inner + Math.floor(at / rows)]!);
      const expected = await createPlainGemm().multiply(a, b, inner);
      const plain = (await gemm.multiplyPlain(a, turn(n, b), { inner, isTurned: false })).slice();
      const turned = await gemm.multiplyPlain(turn(m, a), turn(n, b), { inner, isTurned: true });
      for (const product of [plain, turned]) {
        expect(product).toHaveLength(m * n);
        expect(largestDifference(product, expected)).toBeLessThan(1e-5);
      }
    }
  });

  it("gives an empty product for no rows", async () => {
    expect(await gemm.multiply(new Float32Array(0), madeRows(3, 4, { seed: 1 }), 4)).toHaveLength(0);
  });

  it("gives the maxima of runs of columns and of rows", async () => {
    const [m, n, dim] = [96, 64, 20];
    const [a, b] = [madeRows(m, dim, { seed: 3 }), madeRows(n, dim, { seed: 4 })];
    const { scores, rowMaxima, columnMaxima } = await gemm.multiplyWithMaxima(a, b, dim);
    const score = (row: number, column: number) => scores[row * n + column] as number;
    const run = (from: number) => Array.from({ length: 32 }, (_, at) => from * 32 + at);
    expect(rowMaxima).toHaveLength(m * 2);
    expect(columnMaxima).toHaveLength(3 * n);
    rowMaxima.forEach((maximum, at) => expect(maximum).toBe(Math.max(...run(at % 2).map((column) => score(Math.floor(at / 2), column)))));
    columnMaxima.forEach((maximum, at) => expect(maximum).toBe(Math.max(...run(Math.floor(at / n)).map((row) => score(row, at % n)))));
  });

  it("finds the same neighbours and the same clusters whatever the block", async () => {
    const matrix = matrixFromArray(madeRows(1500, 96, { seed: 5 }), 96);
    const [neighbours, clustering] = [await nearestWithin(matrix, { k: 10, gemm }), await kmeans(matrix, { k: 12, seed: 1, gemm })];
    for (const block of [97, 499, 1499]) {
      expect(await nearestWithin(matrix, { k: 10, gemm, block })).toEqual(neighbours);
      expect(await kmeans(matrix, { k: 12, seed: 1, gemm, block })).toEqual(clustering);
    }
  });
});

function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((largest, value, at) => Math.max(largest, Math.abs(value - (b[at] as number))), 0);
}
