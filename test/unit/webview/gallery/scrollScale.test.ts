import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  judgePlace,
  offsetOfScrollTop,
  placeAfterScroll,
  placeAt,
  type ScrollExtent,
  type ScrollPlace,
  scrollTopOfOffset,
  spacerPx,
  tallestSpacerPx,
} from "../../../../webview/views/gallery/scrollScale.ts";

const extents = fc.record({ contentPx: fc.integer({ min: 0, max: 2e9 }), viewportPx: fc.integer({ min: 100, max: 3000 }) });
const tall = fc.record({ contentPx: fc.integer({ min: tallestSpacerPx + 1, max: 2e9 }), viewportPx: fc.integer({ min: 100, max: 3000 }) });
const share = fc.double({ min: 0, max: 1, noNaN: true });

function mostOf(extent: ScrollExtent): { offset: number; top: number } {
  return { offset: Math.max(0, extent.contentPx - extent.viewportPx), top: Math.max(0, spacerPx(extent) - extent.viewportPx) };
}

/** What a browser does: it scrolls within its bounds, and the page puts its bar right where it must. */
function scrollBy(place: ScrollPlace, wayPx: number, extent: ScrollExtent): ScrollPlace {
  const top = Math.min(Math.max(0, place.scrollTopPx + wayPx), mostOf(extent).top);
  const moved = placeAfterScroll(place, top, extent);
  return judgePlace(moved, extent).urgent ? placeAt(moved.offsetPx, extent) : moved;
}

describe("scaled scrolling", () => {
  it("has a spacer that no browser cuts, as tall as the content where it may be", () => {
    fc.assert(
      fc.property(extents, (extent) => {
        expect(spacerPx(extent)).toBe(Math.min(extent.contentPx, tallestSpacerPx));
      }),
    );
  });

  it("reaches every offset from some place of the bar, in order", () => {
    fc.assert(
      fc.property(extents, share, share, (extent, left, right) => {
        const most = mostOf(extent);
        const [low, high] = [Math.min(left, right) * most.top, Math.max(left, right) * most.top];
        expect(offsetOfScrollTop(low, extent)).toBeLessThanOrEqual(offsetOfScrollTop(high, extent));
        expect(offsetOfScrollTop(0, extent)).toBe(0);
        expect(offsetOfScrollTop(most.top, extent)).toBe(most.offset);
        const offset = left * most.offset;
        expect(offsetOfScrollTop(scrollTopOfOffset(offset, extent), extent)).toBeCloseTo(offset, 3);
      }),
    );
  });

  it("is pixel for pixel over any small steps, wherever they begin and end, also at both ends", () => {
    const steps = fc.array(fc.integer({ min: -199, max: 199 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(tall, share, steps, fc.integer({ min: 1, max: 400 }), (extent, start, ways, times) => {
        const most = mostOf(extent).offset;
        let place = placeAt(Math.round(start * most), extent);
        let expected = place.offsetPx;
        for (let round = 0; round < times; round += 1) {
          const way = ways[round % ways.length]!;
          place = scrollBy(place, way, extent);
          expected = Math.min(Math.max(0, expected + way), most);
        }
        expect(place.offsetPx).toBeCloseTo(expected, 3);
      }),
      { numRuns: 200 },
    );
  });

  it("reaches both ends exactly by small steps alone", () => {
    const extent = { contentPx: tallestSpacerPx + 2_000_000, viewportPx: 700 };
    let place = placeAt(400_000, extent);
    for (let step = 0; step < 400_000 / 100; step += 1) place = scrollBy(place, -100, extent);
    expect(place).toEqual({ offsetPx: 0, scrollTopPx: 0 });
    place = placeAt(extent.contentPx - 700 - 400_000, extent);
    for (let step = 0; step < 400_000 / 100; step += 1) place = scrollBy(place, 100, extent);
    expect(place).toEqual({ offsetPx: extent.contentPx - 700, scrollTopPx: spacerPx(extent) - 700 });
  });

  it("goes where the bar's thumb is put", () => {
    fc.assert(
      fc.property(tall, share, (extent, to) => {
        const top = Math.round(to * mostOf(extent).top);
        const moved = placeAfterScroll(placeAt(0, extent), top, extent);
        expect(moved.offsetPx).toBeCloseTo(top > 2 * extent.viewportPx ? offsetOfScrollTop(top, extent) : top, 3);
      }),
    );
  });

  it("has nothing to put right after a jump, and after steps in content that is not scaled", () => {
    fc.assert(
      fc.property(extents, share, (extent, to) => {
        expect(judgePlace(placeAt(to * mostOf(extent).offset, extent), extent)).toEqual({ settled: true, urgent: false });
      }),
    );
    const plain = { contentPx: 50_000, viewportPx: 700 };
    expect(judgePlace(placeAfterScroll(placeAt(1000, plain), 1120, plain), plain)).toEqual({ settled: true, urgent: false });
  });
});
