import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { thumbnailSides } from "../../../../src/core/pixels/thumbnailSides.ts";
import { cornerOf, layouts, offsetOfTop, offsetShowing, spanSeen, tile, topPosition } from "../../../../webview/views/gallery/tiling.ts";

const choices = fc.record({ layout: fc.constantFrom(...layouts), density: fc.constantFrom(...thumbnailSides) });
const counts = fc.integer({ min: 1, max: 1_000_000 });
const widths = fc.integer({ min: 120, max: 4000 });
const layings = fc.record({ width: widths, choice: choices });

describe("tiling", () => {
  it("lays tiles side by side within the width, and lines below each other within the height", () => {
    fc.assert(
      fc.property(counts, widths, choices, fc.nat(), (count, width, choice, pick) => {
        const tiling = tile(count, width, choice);
        const position = pick % count;
        const { xPx, yPx } = cornerOf(position, tiling);
        expect(xPx).toBeGreaterThanOrEqual(tiling.marginPx);
        expect(xPx + tiling.tileWidthPx).toBeLessThanOrEqual(Math.max(width, 1 + 2 * tiling.marginPx) - tiling.marginPx + 0.001);
        expect(yPx + tiling.tileHeightPx + tiling.marginPx).toBeLessThanOrEqual(tiling.contentPx);
        const next = cornerOf(position + tiling.columns, tiling);
        expect(next.xPx).toBeCloseTo(xPx, 6);
        expect(next.yPx - yPx).toBe(tiling.lineHeightPx);
      }),
    );
  });

  it("sees exactly the tiles that lie in the window", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), widths, choices, fc.nat(60_000), (count, width, choice, offset) => {
        const tiling = tile(count, width, choice);
        const { from, to } = spanSeen(offset, 700, tiling);
        for (let position = 0; position < count; position += 1) {
          const { yPx } = cornerOf(position, tiling);
          if (yPx < offset + 700 && yPx + tiling.tileHeightPx > offset) expect(position >= from && position < to).toBe(true);
        }
        expect((to - from) / tiling.columns).toBeLessThanOrEqual(700 / tiling.lineHeightPx + 2);
      }),
      { numRuns: 60 },
    );
  });

  it("reaches every position, with its tile whole in a window that is tall enough", () => {
    fc.assert(
      fc.property(counts, layings, fc.nat(), fc.nat(), (count, { width, choice }, pick, start) => {
        const tiling = tile(count, width, choice);
        const heightPx = 800;
        const position = pick % count;
        const offset = offsetShowing(position, { offsetPx: start % (tiling.contentPx + 1), heightPx }, tiling);
        const { yPx } = cornerOf(position, tiling);
        expect(yPx).toBeGreaterThanOrEqual(offset);
        expect(yPx + tiling.tileHeightPx).toBeLessThanOrEqual(offset + heightPx);
      }),
    );
  });

  it("moves nothing to show what is seen whole", () => {
    const tiling = tile(1000, 1280, { layout: "grid", density: 160 });
    expect(offsetShowing(topPosition(4000, tiling), { offsetPx: 4000 - (4000 % tiling.lineHeightPx), heightPx: 800 }, tiling)).toBe(
      4000 - (4000 % tiling.lineHeightPx),
    );
  });

  it("keeps the topmost position on top when the width, the layout or the density changes", () => {
    fc.assert(
      fc.property(counts, layings, layings, (count, { width, choice }, next) => {
        const before = tile(count, width, choice);
        const top = topPosition(before.contentPx / 2, before);
        const after = tile(count, next.width, next.choice);
        const { from, to } = spanSeen(offsetOfTop(top, after), 800, after);
        expect(top >= from && top < to).toBe(true);
        expect(Math.floor(topPosition(offsetOfTop(top, after), after) / after.columns)).toBe(Math.floor(top / after.columns));
      }),
    );
  });

  it("has no height without positions", () => {
    expect(tile(0, 1280, { layout: "grid", density: 160 }).contentPx).toBe(0);
  });
});
