import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matrixFromArray } from "../../../../src/core/matrix.ts";
import { createPlainGemm } from "../../../../src/core/neighbours/plainGemm.ts";
import { leadingEigenpairs } from "../../../../src/core/projection/eigen.ts";
import { projectOnPlane } from "../../../../src/core/projection/pca.ts";
import { createRandom } from "../../../../src/core/random.ts";

const gemm = createPlainGemm();

/** A symmetric matrix without negative eigenvalues: Bᵀ·B of numbers drawn at random, of a rank of at most `rank`. */
function madeSymmetric(size: number, rank: number, seed: number): Float64Array {
  const random = createRandom(seed);
  const factor = Array.from({ length: rank }, () => Array.from({ length: size }, () => random() - 0.5));
  return Float64Array.from({ length: size * size }, (_, at) =>
    factor.reduce((sum, row) => sum + row[Math.floor(at / size)]! * row[at % size]!, 0),
  );
}

function times(matrix: Float64Array, vector: Float64Array): number[] {
  return [...vector.keys()].map((row) => vector.reduce((sum, value, at) => sum + matrix[row * vector.length + at]! * value, 0));
}

describe("leadingEigenpairs", () => {
  it("gives the largest values first, with vectors of length 1 that stand at right angles", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 24 }),
        fc.integer({ min: 2, max: 40 }),
        fc.integer({ min: 1, max: 1e6 }),
        (size, rank, seed) => {
          const matrix = madeSymmetric(size, rank, seed);
          const [first, second] = leadingEigenpairs(matrix, size, 2) as [
            ReturnType<typeof leadingEigenpairs>[0],
            ReturnType<typeof leadingEigenpairs>[0],
          ];
          expect(first.value).toBeGreaterThanOrEqual(second.value);
          for (const { value, vector } of [first, second]) {
            // The iteration ends where C·v − λ·v is shorter than 10⁻⁷ of the largest value.
            times(matrix, vector).forEach((entry, at) =>
              expect(Math.abs(entry - value * vector[at]!)).toBeLessThanOrEqual(2e-7 * first.value),
            );
            expect(Math.hypot(...vector)).toBeCloseTo(1, 9);
            const largest = [...vector].reduce((best, entry) => (Math.abs(entry) > Math.abs(best) + 1e-9 ? entry : best), 0);
            expect(largest).toBeGreaterThan(0);
          }
          expect(first.vector.reduce((sum, entry, at) => sum + entry * second.vector[at]!, 0)).toBeCloseTo(0, 9);
          // No direction has more than the first, and no trace less than both.
          const random = createRandom(seed + 1);
          const other = Float64Array.from({ length: size }, () => random() - 0.5);
          const quotient =
            other.reduce((sum, entry, at) => sum + entry * times(matrix, other)[at]!, 0) /
            other.reduce((sum, entry) => sum + entry * entry, 0);
          expect(quotient).toBeLessThanOrEqual(first.value + 1e-9);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("finds what is there of a matrix of rank 1, and zeros for the rest", () => {
    const pairs = leadingEigenpairs(Float64Array.of(0, 0, 0, 0, 4, 0, 0, 0, 0), 3, 2);
    expect(pairs[0]!.value).toBeCloseTo(4, 12);
    [0, 1, 0].forEach((entry, at) => expect(pairs[0]!.vector[at]).toBeCloseTo(entry, 12));
    expect(pairs[1]!.value).toBeCloseTo(0, 12);
  });

  it("ends where all directions are equal", () => {
    const identity = Float64Array.from({ length: 400 }, (_, at) => (Math.floor(at / 20) === at % 20 ? 1 : 0));
    for (const { value, vector } of leadingEigenpairs(identity, 20, 2)) {
      expect(value).toBeCloseTo(1, 9);
      expect(Math.hypot(...vector)).toBeCloseTo(1, 9);
    }
  });
});

describe("projectOnPlane", () => {
  it("recovers points that lie in a plane, about their mean", async () => {
    // One direction runs along the third axis, the other along the first; the second is constant.
    const points = [
      [3, 1],
      [-3, 1],
      [5, -2],
      [-5, 0],
    ] as const;
    const values = Float32Array.from(points.flatMap(([x, y]) => [y + 7, 100, x + 11]));
    const { xy, explained } = await projectOnPlane(matrixFromArray(values, 3), { gemm });
    const distance = (a: number, b: number) => Math.hypot(xy[a * 2]! - xy[b * 2]!, xy[a * 2 + 1]! - xy[b * 2 + 1]!);
    points.forEach(([x, y], a) => points.forEach(([u, v], b) => expect(distance(a, b)).toBeCloseTo(Math.hypot(x - u, y - v), 4)));
    expect(explained).toBeCloseTo(1, 5);
  });

  it("gives the same places however the rows are ordered, over several blocks", async () => {
    const random = createRandom(3);
    const [rows, dim] = [5000, 6];
    const values = Float32Array.from({ length: rows * dim }, (_, at) => (random() - 0.5) * (1 + (at % dim)));
    const turned = new Float32Array(values.length);
    for (let row = 0; row < rows; row += 1) turned.set(values.subarray(row * dim, (row + 1) * dim), (rows - 1 - row) * dim);
    const [one, other] = [
      await projectOnPlane(matrixFromArray(values, dim), { gemm }),
      await projectOnPlane(matrixFromArray(turned, dim), { gemm }),
    ];
    for (let row = 0; row < rows; row += 97) {
      for (const at of [0, 1]) expect(one.xy[row * 2 + at]).toBeCloseTo(other.xy[(rows - 1 - row) * 2 + at]!, 4);
    }
    expect(one.explained).toBeGreaterThan(0.5);
  });

  it("gives the middle for a single row and for equal rows", async () => {
    for (const rows of [1, 5]) {
      const { xy, explained } = await projectOnPlane(matrixFromArray(new Float32Array(rows * 4).fill(0.5), 4), { gemm });
      expect([...xy].every((value) => Math.abs(value) < 1e-6)).toBe(true);
      expect(explained).toBeGreaterThanOrEqual(0);
    }
    expect((await projectOnPlane(matrixFromArray(new Float32Array(0), 4), { gemm })).xy).toHaveLength(0);
  });

  it("stops when it is cancelled", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(projectOnPlane(matrixFromArray(new Float32Array(8), 4), { gemm, signal })).rejects.toThrow("enough");
  });
});
