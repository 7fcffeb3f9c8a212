import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findBounds, findInside } from "../../../../src/core/geometry/lasso.ts";

describe("a lasso", () => {
  it("holds what is inside of it", () => {
    const xy = Float32Array.of(0, 0, 5, 5, 2, 1, Number.NaN, Number.NaN, 9, 1);
    expect([...findInside(xy, [-1, -1, 4, -1, 4, 4, -1, 4])]).toEqual([0, 2]);
  });

  it("leaves the hole of a curve that crosses itself out", () => {
    const bowTie = [0, 0, 4, 4, 4, 0, 0, 4];
    expect([...findInside(Float32Array.of(1, 2, 2, 1, 2, 3, 3, 2), bowTie)]).toEqual([0, 3]);
  });

  it("agrees with plain comparison for any box", () => {
    const number = fc.integer({ min: -50, max: 50 });
    fc.assert(
      fc.property(fc.array(fc.tuple(number, number)), fc.tuple(number, number, fc.nat(60), fc.nat(60)), (points, [x, y, width, height]) => {
        // half steps, so that no point lies on an edge
        const [left, bottom, right, top] = [x - 0.5, y - 0.5, x + width + 0.5, y + height + 0.5];
        const found = findInside(Float32Array.from(points.flat()), [left, bottom, right, bottom, right, top, left, top]);
        const expected = points.flatMap(([px, py], row) => (px > left && px < right && py > bottom && py < top ? [row] : []));
        expect([...found]).toEqual(expected);
      }),
    );
  });

  it("holds nothing with fewer than three corners", () => {
    expect(findInside(Float32Array.of(0, 0), [0, 0, 1, 1])).toHaveLength(0);
  });
});

describe("bounds", () => {
  it("leave out points that are nowhere", () => {
    expect(findBounds([1, 2, Number.NaN, Number.NaN, -3, 4])).toEqual({ left: -3, right: 1, bottom: 2, top: 4 });
    expect(findBounds([Number.NaN, Number.NaN])).toBeUndefined();
  });
});
