import type { ThumbnailSide } from "../../../src/core/pixels/thumbnailSides.ts";

/** The gallery's layouts: tiles, cards with whole captions, rows of a table. */
export const layouts = ["grid", "columns", "list"] as const;

/** One of the layouts. */
export type Layout = (typeof layouts)[number];

/** How positions of a list lie on the page, in pixels. Positions run from left to right, then down. */
export interface Tiling {
  readonly count: number;
  readonly columns: number;
  readonly tileWidthPx: number;
  /** A tile's height, and the way from a line of tiles to the next. */
  readonly tileHeightPx: number;
  readonly lineHeightPx: number;
  readonly columnWidthPx: number;
  readonly marginPx: number;
  readonly contentPx: number;
}

/** Half-open positions. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

interface Measure {
  readonly leastWidthPx: number;
  readonly heightPx: number;
  readonly gapPx: number;
  readonly marginPx: number;
}

/** Lines of caption below a tile's picture, by density. */
export const captionLines: Readonly<Record<ThumbnailSide, number>> = { 96: 1, 160: 2, 256: 2, 384: 3 };

/** Heights of the table's rows by density; the picture fills it. */
export const listRowPx: Readonly<Record<ThumbnailSide, number>> = { 96: 28, 160: 44, 256: 68, 384: 100 };

/** A line of caption, as the styles have it. */
const textLinePx = 17;

/** Lays `count` positions out over a width. */
export function tile(count: number, widthPx: number, { layout, density }: { layout: Layout; density: ThumbnailSide }): Tiling {
  const { leastWidthPx, heightPx, gapPx, marginPx } = measure(layout, density);
  const usable = Math.max(1, widthPx - 2 * marginPx);
  const columns = layout === "list" ? 1 : Math.max(1, Math.floor((usable + gapPx) / (leastWidthPx + gapPx)));
  const columnWidthPx = (usable + gapPx) / columns;
  const lineHeightPx = heightPx + gapPx;
  const lines = Math.ceil(count / columns);
  const contentPx = lines === 0 ? 0 : lines * lineHeightPx - gapPx + 2 * marginPx;
  return { count, columns, tileWidthPx: columnWidthPx - gapPx, tileHeightPx: heightPx, lineHeightPx, columnWidthPx, marginPx, contentPx };
}

function measure(layout: Layout, density: ThumbnailSide): Measure {
  switch (layout) {
    case "grid":
      return { leastWidthPx: density, heightPx: density + captionLines[density] * textLinePx + 26, gapPx: 6, marginPx: 8 };
    case "columns":
      // the captions stand beside the picture and need room for some forty letters a line
      return { leastWidthPx: density + 230, heightPx: density + 2, gapPx: 6, marginPx: 8 };
    case "list":
      return { leastWidthPx: 0, heightPx: listRowPx[density], gapPx: 0, marginPx: 0 };
  }
}

/** Where a position's tile lies from the content's top left corner. */
export function cornerOf(position: number, { columns, columnWidthPx, lineHeightPx, marginPx }: Tiling): { xPx: number; yPx: number } {
  const line = Math.floor(position / columns);
  return { xPx: marginPx + (position - line * columns) * columnWidthPx, yPx: marginPx + line * lineHeightPx };
}

/** The positions whose tiles are seen, in part or whole, from `offsetPx` over a height; `overscanLines` more lines at both ends. */
export function spanSeen(offsetPx: number, heightPx: number, tiling: Tiling, overscanLines = 0): Span {
  const { columns, count, lineHeightPx, marginPx } = tiling;
  const first = Math.floor((offsetPx - marginPx) / lineHeightPx) - overscanLines;
  const end = Math.ceil((offsetPx + heightPx - marginPx) / lineHeightPx) + overscanLines;
  return { from: clampPosition(first * columns, count), to: clampPosition(end * columns, count) };
}

/** The first position of the topmost line of which at least half is seen. */
export function topPosition(offsetPx: number, { columns, count, lineHeightPx, marginPx }: Tiling): number {
  const line = Math.max(0, Math.round((offsetPx - marginPx) / lineHeightPx));
  return Math.min(line * columns, Math.max(0, count - 1));
}

/** The offset at which a position's line is at the top. */
export function offsetOfTop(position: number, { columns, lineHeightPx }: Tiling): number {
  return Math.floor(position / columns) * lineHeightPx;
}

/** The offset nearest to the present one at which a position's tile is seen whole. */
export function offsetShowing(position: number, { offsetPx, heightPx }: { offsetPx: number; heightPx: number }, tiling: Tiling): number {
  const { yPx } = cornerOf(position, tiling);
  const most = yPx - tiling.marginPx;
  const least = yPx + tiling.tileHeightPx + tiling.marginPx - heightPx;
  if (offsetPx > most || least > most) return most;
  return Math.max(offsetPx, least);
}

function clampPosition(position: number, count: number): number {
  return Math.min(Math.max(0, position), count);
}
