import { describe, expect, it } from "vitest";
import { matrixFromArray } from "../../../../src/core/matrix.ts";
import type { Neighbours } from "../../../../src/core/neighbours/best.ts";
import { nearest, nearestWithin } from "../../../../src/core/neighbours/nearest.ts";
import { createPlainGemm } from "../../../../src/core/neighbours/plainGemm.ts";
import { boundedMatrix, madeRows } from "./made.ts";

const gemm = createPlainGemm();

/** All scores, sorted: the definition. Unknown rows and the row itself are left out where told. */
async function bruteForce(
  queries: Float32Array,
  base: Float32Array,
  options: { dim: number; k: number; withoutSelf: boolean },
): Promise<Neighbours> {
  const { dim, k, withoutSelf } = options;
  const [m, n] = [queries.length / dim, base.length / dim];
  const product = await gemm.multiply(queries, base, dim);
  const isKnown = (values: Float32Array, row: number) => {
    const vector = values.subarray(row * dim, (row + 1) * dim);
    return vector.every(Number.isFinite) && vector.some((value) => value !== 0);
  };
  const [indices, scores] = [new Int32Array(m * k).fill(-1), new Float32Array(m * k).fill(-Infinity)];
  for (let row = 0; row < m; row += 1) {
    if (!isKnown(queries, row)) continue;
    const score = (column: number) => product[row * n + column] as number;
    const candidates = [...Array(n).keys()].filter((column) => isKnown(base, column) && !(withoutSelf && column === row));
    const sorted = candidates.sort((a, b) => score(b) - score(a) || a - b).slice(0, k);
    indices.set(sorted, row * k);
    scores.set(sorted.map(score), row * k);
  }
  return { k, indices, scores };
}

function lists({ k, indices, scores }: Neighbours): Neighbours {
  return { k, indices, scores };
}

describe("nearestWithin", () => {
  const cases = [
    { name: "a few rows", rows: 5, dim: 3, k: 2 },
    { name: "one row, which has no neighbours", rows: 1, dim: 4, k: 3 },
    { name: "more neighbours asked than there are rows", rows: 7, dim: 3, k: 10 },
    { name: "many ties", rows: 131, dim: 2, k: 9, levels: 2 },
    { name: "sizes that are no multiple of anything", rows: 203, dim: 7, k: 5 },
  ];
  for (const { name, rows, dim, k, levels } of cases) {
    it(`finds exactly what all scores give, for any block: ${name}`, async () => {
      const values = madeRows(rows, dim, { seed: 1, ...(levels === undefined ? {} : { levels }) });
      const expected = await bruteForce(values, values, { dim, k, withoutSelf: true });
      for (const block of [1, 3, 32, 50, 64, 1000]) {
        expect(lists(await nearestWithin(matrixFromArray(values, dim), { k, gemm, block }))).toEqual(expected);
      }
    });
  }

  it("gives nothing for a matrix without rows", async () => {
    expect((await nearestWithin(matrixFromArray(new Float32Array(0), 4), { k: 3, gemm })).indices).toHaveLength(0);
  });

  it("leaves unknown rows out, as neighbours and as seekers", async () => {
    const dim = 3;
    const values = madeRows(90, dim, { seed: 2 });
    values.fill(0, 4 * dim, 5 * dim);
    values[40 * dim + 1] = NaN;
    values[77 * dim] = Infinity;
    const before = values.slice();
    for (const block of [16, 33, 200]) {
      const found = await nearestWithin(matrixFromArray(values, dim), { k: 89, gemm, block });
      for (const unknown of [4, 40, 77]) {
        expect(found.indices).not.toContain(unknown);
        expect([...found.indices.subarray(unknown * 89, (unknown + 1) * 89)].every((index) => index === -1)).toBe(true);
      }
      expect(found.indices.subarray(0, 86)).not.toContain(-1);
      expect(found.indices[86]).toBe(-1);
    }
    expect(values).toEqual(before);
  });

  it("reads no more rows at once than the blocks that it holds", async () => {
    const values = madeRows(500, 4, { seed: 3 });
    const found = await nearestWithin(boundedMatrix(values, 4, 160), { k: 3, gemm, block: 8 });
    expect(lists(found)).toEqual(await bruteForce(values, values, { dim: 4, k: 3, withoutSelf: true }));
  });

  it("reports monotone progress up to a known total", async () => {
    const seen: [number, number][] = [];
    const onProgress = (done: number, total: number) => void seen.push([done, total]);
    await nearestWithin(matrixFromArray(madeRows(100, 4, { seed: 4 }), 4), { k: 3, gemm, block: 30, onProgress });
    expect(seen).toEqual(Array.from({ length: 10 }, (_, at) => [at + 1, 10]));
  });

  it("stops with the signal's reason when it is cancelled", async () => {
    const controller = new AbortController();
    const onProgress = (done: number) => (done === 2 ? controller.abort(new Error("enough")) : undefined);
    const search = nearestWithin(matrixFromArray(madeRows(100, 4, { seed: 5 }), 4), {
      k: 3,
      gemm,
      block: 10,
      signal: controller.signal,
      onProgress,
    });
    await expect(search).rejects.toThrow("enough");
  });

  it("refuses a number of neighbours that is none", async () => {
    await expect(nearestWithin(matrixFromArray(new Float32Array(4), 4), { k: 0, gemm })).rejects.toThrow("at least 1");
  });
});

describe("nearest", () => {
  it("finds exactly what all scores give, for any block, and a query may find itself", async () => {
    const dim = 5;
    const [queries, base] = [madeRows(37, dim, { seed: 6, levels: 3 }), madeRows(211, dim, { seed: 7, levels: 3 })];
    base.set(queries.subarray(0, dim), 100 * dim);
    const expected = await bruteForce(queries, base, { dim, k: 6, withoutSelf: false });
    for (const block of [1, 7, 32, 100, 1000]) {
      const found = await nearest(matrixFromArray(queries, dim), matrixFromArray(base, dim), { k: 6, gemm, block });
      expect(lists(found)).toEqual(expected);
    }
  });

  it("leaves unknown rows of both sides out", async () => {
    const dim = 4;
    const [queries, base] = [madeRows(10, dim, { seed: 8 }), madeRows(40, dim, { seed: 9 })];
    queries.fill(NaN, 0, dim);
    base.fill(0, 5 * dim, 6 * dim);
    base.fill(NaN, 6 * dim, 7 * dim);
    const found = await nearest(matrixFromArray(queries, dim), matrixFromArray(base, dim), { k: 40, gemm });
    expect(lists(found)).toEqual(await bruteForce(queries, base, { dim, k: 40, withoutSelf: false }));
  });

  it("refuses vectors of different dimensions", async () => {
    const [queries, base] = [matrixFromArray(new Float32Array(8), 4), matrixFromArray(new Float32Array(6), 3)];
    await expect(nearest(queries, base, { k: 1, gemm })).rejects.toThrow("Expected columns of dimension 4 but received 3");
  });
});
