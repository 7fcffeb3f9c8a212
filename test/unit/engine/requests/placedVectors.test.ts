import { describe, expect, it } from "vitest";
import { matrixFromArray } from "../../../../src/core/matrix.ts";
import { nearest } from "../../../../src/core/neighbours/nearest.ts";
import { createGemm } from "../../../../src/engine/encode/gemm.ts";
import { createCounters } from "../../../../src/engine/env.ts";
import { cosinesOf, highest } from "../../../../src/engine/requests/placedVectors.ts";
import { madeRows } from "../../core/neighbours/made.ts";

const env = { cacheFolder: "", dataFolder: "", now: () => 0, log: () => undefined, counters: createCounters() };

describe("cosinesOf", () => {
  it("gives what the exact search for neighbours gives, over several blocks, each in its place", async () => {
    const [rows, dim] = [20_000, 48];
    const values = madeRows(rows, dim, { seed: 5 });
    const query = madeRows(1, dim, { seed: 6 });
    const gemm = await createGemm(env, "cpu");
    const matrix = { ...matrixFromArray(values, dim), dispose: () => Promise.resolve() };
    const places = Int32Array.from({ length: rows }, (_, row) => row * 2 + 1);
    const cosines = await cosinesOf({ count: rows * 2 + 5, places, matrix }, query, { gemm });
    const found = await nearest(matrixFromArray(query, dim), matrix, { k: 50, gemm });
    await gemm.release();
    expect(cosines).toHaveLength(rows * 2 + 5);
    expect(cosines.filter(Number.isNaN)).toHaveLength(rows + 5);
    expect([...highest(cosines, 50)]).toEqual([...found.indices].map((row) => row * 2 + 1));
    found.indices.forEach((row, at) => expect(cosines[row * 2 + 1]).toBeCloseTo(found.scores[at]!, 6));
  });

  it("stops between blocks when it is cancelled", async () => {
    const matrix = { ...matrixFromArray(new Float32Array(8), 4), dispose: () => Promise.resolve() };
    const gemm = { multiply: () => Promise.resolve(new Float32Array(2)) };
    const asked = cosinesOf({ count: 2, places: Int32Array.of(0, 1), matrix }, new Float32Array(4), {
      gemm,
      signal: AbortSignal.abort(new Error("enough")),
    });
    await expect(asked).rejects.toThrow("enough");
  });
});

describe("highest", () => {
  it("orders by value and then by place, without what is unknown", () => {
    const values = Float32Array.of(1, Number.NaN, 3, 1, 2, 3, -1);
    expect([...highest(values, 4)]).toEqual([2, 5, 4, 0]);
    expect([...highest(values, 99)]).toEqual([2, 5, 4, 0, 3, 6]);
    expect([...highest(new Float32Array(0), 3)]).toEqual([]);
  });
});
