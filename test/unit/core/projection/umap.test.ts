import { UMAP } from "umap-js";
import { describe, expect, it } from "vitest";
import { matrixFromArray } from "../../../../src/core/matrix.ts";
import type { Neighbours } from "../../../../src/core/neighbours/best.ts";
import { nearestWithin } from "../../../../src/core/neighbours/nearest.ts";
import { createPlainGemm } from "../../../../src/core/neighbours/plainGemm.ts";
import type { FuzzyGraph } from "../../../../src/core/projection/fuzzyGraph.ts";
import { fuzzyUnion, membershipStrengths } from "../../../../src/core/projection/fuzzyGraph.ts";
import { epochsFor, layOut, startFrom } from "../../../../src/core/projection/layout.ts";
import { placeAmong } from "../../../../src/core/projection/place.ts";
import { createRandom } from "../../../../src/core/random.ts";
import { finish } from "../../../../src/core/steps.ts";

const [dim, k] = [6, 14];

/** Rows around `clusters` directions, L2-normalised; row i is of cluster i mod `clusters`. */
function madeClusters(rows: number, clusters: number, seed: number): Float32Array {
  const random = createRandom(seed);
  const centres = Array.from({ length: clusters }, () => Array.from({ length: dim }, () => random() - 0.5));
  const values = new Float32Array(rows * dim);
  for (let row = 0; row < rows; row += 1) {
    const vector = centres[row % clusters]!.map((value) => value + 0.15 * (random() - 0.5));
    const length = Math.hypot(...vector);
    values.set(
      vector.map((value) => value / length),
      row * dim,
    );
  }
  return values;
}

const neighboursOf = (values: Float32Array): Promise<Neighbours> =>
  nearestWithin(matrixFromArray(values, dim), { k, gemm: createPlainGemm() });

function graphOf(neighbours: Neighbours): FuzzyGraph {
  return finish(fuzzyUnion(neighbours, finish(membershipStrengths(neighbours))));
}

/** The weights that umap-js gives the same neighbours, by `row:other`. */
function peerWeights({ indices, scores }: Neighbours): Map<string, number> {
  const rows = indices.length / k;
  const umap = new UMAP({ nNeighbors: k + 1, random: createRandom(1), nEpochs: 1 });
  const places = Array.from({ length: rows }, (_, row) => [row * k, (row + 1) * k] as const);
  umap.setPrecomputedKNN(
    places.map(([from, to], row) => [row, ...indices.subarray(from, to)]),
    places.map(([from, to]) => [0, ...Array.from(scores.subarray(from, to), (score) => Math.max(0, 1 - score))]),
  );
  umap.initializeFit(Array.from({ length: rows }, () => [0]));
  const { graph } = umap as unknown as { graph: { getAll(): { row: number; col: number; value: number }[] } };
  return new Map(
    graph
      .getAll()
      .filter(({ value }) => value > 0)
      .map(({ row, col, value }) => [`${row}:${col}`, value]),
  );
}

describe("the fuzzy graph", () => {
  for (const [name, values] of [
    ["clusters", madeClusters(150, 5, 1)],
    ["clusters with copies", Float32Array.from([...madeClusters(60, 3, 2), ...madeClusters(60, 3, 2)])],
  ] as const) {
    it(`has the edges and weights that umap-js gives: ${name}`, async () => {
      const neighbours = await neighboursOf(values);
      const { rows, starts, to, weights } = graphOf(neighbours);
      const expected = peerWeights(neighbours);
      let edges = 0;
      for (let row = 0; row < rows; row += 1) {
        expect(new Set(to.subarray(starts[row], starts[row + 1])).size).toBe(starts[row + 1]! - starts[row]!);
        for (let at = starts[row]!; at < starts[row + 1]!; at += 1) {
          expect(weights[at], `${row}:${to[at]}`).toBeCloseTo(expected.get(`${row}:${to[at]}`) ?? 0, 4);
          edges += 1;
        }
      }
      expect(edges).toBe(expected.size);
    });
  }

  it("takes rows that have fewer neighbours, or none", () => {
    const neighbours = {
      k: 2,
      indices: Int32Array.of(1, -1, 0, -1, -1, -1),
      scores: Float32Array.of(0.9, -Infinity, 0.9, -Infinity, -Infinity, -Infinity),
    };
    const { starts, to, weights } = graphOf(neighbours);
    expect([...starts]).toEqual([0, 1, 2, 2]);
    expect([...to]).toEqual([1, 0]);
    expect([...weights]).toEqual([1, 1]);
  });
});

async function laidOut(values: Float32Array, seed: number): Promise<Float32Array> {
  const neighbours = await neighboursOf(values);
  const random = createRandom(seed);
  const xy = startFrom(
    Float32Array.from({ length: (values.length / dim) * 2 }, () => random() - 0.5),
    seed,
  );
  const done = [...layOut(graphOf(neighbours), xy, { epochs: 200, seed })];
  expect(done).toEqual([...done].sort((a, b) => a - b));
  expect(done.at(-1)).toBe(200);
  return xy;
}

describe("the layout", () => {
  it("keeps clusters together and apart from each other", async () => {
    const [rows, clusters] = [120, 3];
    const xy = await laidOut(madeClusters(rows, clusters, 4), 7);
    const distance = (a: number, b: number) => Math.hypot(xy[a * 2]! - xy[b * 2]!, xy[a * 2 + 1]! - xy[b * 2 + 1]!);
    let wrong = 0;
    for (let row = 0; row < rows; row += 1) {
      const others = [...Array(rows).keys()].filter((other) => other !== row).sort((a, b) => distance(row, a) - distance(row, b));
      wrong += others.slice(0, 10).filter((other) => other % clusters !== row % clusters).length;
    }
    expect(wrong / (rows * 10)).toBeLessThan(0.02);
  });

  it("is the same each time, and finite where all rows are equal", async () => {
    const values = madeClusters(40, 2, 5);
    expect(await laidOut(values, 9)).toEqual(await laidOut(values, 9));
    const one = madeClusters(1, 1, 6);
    const equal = await laidOut(
      Float32Array.from({ length: 30 * dim }, (_, at) => one[at % dim]!),
      1,
    );
    expect(equal.every(Number.isFinite)).toBe(true);
  });

  it("takes fewer rounds for more rows", () => {
    expect([100, 5000, 7500, 1e6].map(epochsFor)).toEqual([500, 400, 300, 200]);
  });
});

describe("placeAmong", () => {
  it("places a row at the mean of its neighbours, the nearest counting most", () => {
    const xy = Float32Array.of(0, 0, 10, 0, 0, 10);
    const near = finish(placeAmong({ k: 2, indices: Int32Array.of(1, 2), scores: Float32Array.of(0.99, 0.2) }, xy));
    expect(near[0]).toBeGreaterThan(near[1]!);
    expect(near[0]! + near[1]!).toBeCloseTo(10, 4);
  });

  it("places a copy on its original where it has no other neighbour, and nowhere a row that has none", () => {
    const placed = finish(
      placeAmong({ k: 1, indices: Int32Array.of(1, -1), scores: Float32Array.of(1, -Infinity) }, Float32Array.of(3, 4, 5, 6)),
    );
    expect([...placed]).toEqual([5, 6, Number.NaN, Number.NaN]);
  });
});
