import { describe, expect, it } from "vitest";
import { joinComponents, listComponents } from "../../../../src/core/neighbours/components.ts";
import { mutualEdges } from "../../../../src/core/neighbours/mutual.ts";

describe("mutualEdges", () => {
  it("keeps a pair only where each names the other", () => {
    const indices = Int32Array.from([1, 2, 0, -1, 1, 3, 2, 0]);
    const scores = Float32Array.from([0.5, 0.25, 0.5, -Infinity, 0.75, 0.125, 0.125, 0.0625]);
    expect(mutualEdges({ k: 2, indices, scores })).toEqual({ from: [0, 2], to: [1, 3], scores: [0.5, 0.125] });
  });
});

describe("joinComponents", () => {
  const edges = { from: [0, 1, 3, 2, 4], to: [1, 2, 4, 3, 5], scores: [0.9, 0.8, 0.7, 0.6, 0.5] };

  it("joins whatever a path connects and names it by its lowest node", () => {
    expect([...joinComponents(7, edges)]).toEqual([0, 0, 0, 0, 0, 0, 6]);
  });

  it("refuses a union above the cap and goes on with weaker edges", () => {
    const roots = joinComponents(7, edges, 3);
    expect([...roots]).toEqual([0, 0, 0, 3, 3, 3, 6]);
    expect(listComponents(roots)).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
  });

  it("takes ties by node, whatever the order of the edges", () => {
    const ties = { from: [2, 1, 0], to: [3, 2, 1], scores: [0.5, 0.5, 0.5] };
    const turned = { from: [0, 1, 2], to: [1, 2, 3], scores: [0.5, 0.5, 0.5] };
    expect([...joinComponents(4, ties, 2)]).toEqual([0, 0, 2, 2]);
    expect([...joinComponents(4, turned, 2)]).toEqual([0, 0, 2, 2]);
  });
});
