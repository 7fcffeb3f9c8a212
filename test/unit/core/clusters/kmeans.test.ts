import { describe, expect, it } from "vitest";
import { conceptCount } from "../../../../src/core/clusters/conceptCount.ts";
import { kmeans } from "../../../../src/core/clusters/kmeans.ts";
import { matrixFromArray } from "../../../../src/core/matrix.ts";
import { createPlainGemm } from "../../../../src/core/neighbours/plainGemm.ts";
import { createRandom } from "../../../../src/core/random.ts";
import { boundedMatrix, madeRows } from "../neighbours/made.ts";

const gemm = createPlainGemm();
const dim = 16;

/** `count` rows around each of `clusters` random directions, the clusters taking turns, normalised. */
function planted(clusters: number, count: number): Float32Array {
  const centres = madeRows(clusters, dim, { seed: 11 });
  const random = createRandom(12);
  const values = new Float32Array(clusters * count * dim);
  for (let row = 0; row < clusters * count; row += 1) {
    const vector = values.subarray(row * dim, (row + 1) * dim);
    vector.forEach((_, at) => (vector[at] = (centres[(row % clusters) * dim + at] as number) + 0.2 * (random() - 0.5)));
    const norm = Math.hypot(...vector);
    vector.forEach((value, at) => (vector[at] = value / norm));
  }
  return values;
}

describe("kmeans", () => {
  it("recovers planted clusters", async () => {
    const { assignment, similarity, inertia, centroids } = await kmeans(matrixFromArray(planted(6, 40), dim), { k: 6, seed: 1, gemm });
    const found = Array.from({ length: 6 }, (_, cluster) => new Set(assignment.filter((__, row) => row % 6 === cluster)));
    expect(found.every((names) => names.size === 1)).toBe(true);
    expect(new Set(assignment).size).toBe(6);
    expect(Math.min(...similarity)).toBeGreaterThan(0.9);
    expect(inertia).toBeCloseTo(
      similarity.reduce((sum, cosine) => sum + 1 - cosine, 0),
      6,
    );
    for (let at = 0; at < centroids.length; at += dim) expect(Math.hypot(...centroids.subarray(at, at + dim))).toBeCloseTo(1, 6);
  });

  it("gives the same for the same seed and any block, and for a matrix that is read in pieces", async () => {
    const values = madeRows(333, dim, { seed: 2 });
    const expected = await kmeans(matrixFromArray(values, dim), { k: 9, seed: 5, gemm });
    for (const block of [1, 10, 64, 400])
      expect(await kmeans(matrixFromArray(values, dim), { k: 9, seed: 5, gemm, block })).toEqual(expected);
    expect(await kmeans(boundedMatrix(values, dim, 20), { k: 9, seed: 5, gemm, block: 20 })).toEqual(expected);
    expect((await kmeans(matrixFromArray(values, dim), { k: 9, seed: 6, gemm })).assignment).not.toEqual(expected.assignment);
  });

  it("tells each row its nearest centroid and its cosine", async () => {
    const values = madeRows(120, dim, { seed: 3 });
    const { centroids, assignment, similarity, rounds } = await kmeans(matrixFromArray(values, dim), {
      k: 7,
      seed: 1,
      gemm,
      rounds: 3,
      tolerance: 0,
    });
    const scores = await gemm.multiply(values, centroids, dim);
    expect(rounds).toBe(3);
    assignment.forEach((centroid, row) => {
      const own = scores.subarray(row * 7, (row + 1) * 7);
      expect(centroid).toBe(own.indexOf(Math.max(...own)));
      expect(similarity[row]).toBe(own[centroid]);
    });
  });

  it("lowers the inertia with every round", async () => {
    const matrix = matrixFromArray(madeRows(300, dim, { seed: 4 }), dim);
    const inertias = [];
    for (const rounds of [0, 1, 2, 4, 8]) inertias.push((await kmeans(matrix, { k: 8, seed: 1, gemm, rounds, tolerance: 0 })).inertia);
    expect(inertias).toEqual(inertias.toSorted((a, b) => b - a));
    expect(new Set(inertias).size).toBe(5);
  });

  it("leaves unknown rows out", async () => {
    const values = planted(3, 20);
    values.fill(0, 0, dim);
    values[30 * dim + 2] = NaN;
    const { assignment, similarity, inertia, centroids } = await kmeans(matrixFromArray(values, dim), { k: 3, seed: 1, gemm });
    expect([...assignment.keys()].filter((row) => assignment[row] === -1)).toEqual([0, 30]);
    expect([...similarity.keys()].filter((row) => Number.isNaN(similarity[row]))).toEqual([0, 30]);
    expect(Number.isFinite(inertia)).toBe(true);
    expect(centroids.every(Number.isFinite)).toBe(true);
  });

  it("makes no more clusters than there are known rows", async () => {
    const values = madeRows(5, dim, { seed: 6 });
    values.fill(0, 0, dim);
    const { centroids, assignment } = await kmeans(matrixFromArray(values, dim), { k: 9, seed: 1, gemm });
    expect(centroids).toHaveLength(4 * dim);
    expect([...assignment].sort()).toEqual([-1, 0, 1, 2, 3]);
  });

  it("bears copies, of which there are fewer than clusters, and no rows at all", async () => {
    const copies = new Float32Array(10 * dim).map((_, at) => (at % dim === (at < 5 * dim ? 0 : 1) ? 1 : 0));
    const { assignment, inertia } = await kmeans(matrixFromArray(copies, dim), { k: 4, seed: 1, gemm });
    expect(inertia).toBe(0);
    expect(assignment[0]).not.toBe(assignment[9]);
    expect((await kmeans(matrixFromArray(new Float32Array(0), dim), { k: 4, seed: 1, gemm })).centroids).toHaveLength(0);
  });

  it("stops when it is cancelled", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(kmeans(matrixFromArray(planted(2, 5), dim), { k: 2, seed: 1, gemm, signal })).rejects.toThrow("enough");
  });
});

describe("conceptCount", () => {
  it("grows with the root of the samples, within bounds", () => {
    expect([0, 1, 300, 10_000, 100_000, 10_000_000].map(conceptCount)).toEqual([1, 1, 12, 71, 224, 512]);
  });
});
