/** What is scrolled: the height of everything and of what is seen of it, in pixels. */
export interface ScrollExtent {
  readonly contentPx: number;
  readonly viewportPx: number;
}

/**
 * Where a list stands. `offsetPx` is the truth: how far the content is scrolled. `scrollTopPx` is what the browser's scroll bar says, over a
 * spacer that may be far lower than the content.
 */
export interface ScrollPlace {
  readonly offsetPx: number;
  readonly scrollTopPx: number;
}

/** The tallest spacer: Chromium caps an element near 33.5 million pixels, Firefox near 17.9. */
export const tallestSpacerPx = 16_000_000;

/** At both ends a pixel of the scroll bar is a pixel of the content, so that the ends are reached exactly. */
const endZonePx = 100_000;

/** The height of the spacer that gives the browser's scroll bar its length. */
export function spacerPx({ contentPx }: ScrollExtent): number {
  return Math.min(contentPx, tallestSpacerPx);
}

/** The content's offset that the scroll bar's place stands for. It grows with it, and is the same pixel for pixel at both ends. */
export function offsetOfScrollTop(scrollTopPx: number, extent: ScrollExtent): number {
  const { mostOffsetPx, mostTopPx } = ends(extent);
  const top = clamp(scrollTopPx, mostTopPx);
  if (mostOffsetPx === mostTopPx || top <= endZonePx) return top;
  if (top >= mostTopPx - endZonePx) return mostOffsetPx - (mostTopPx - top);
  return endZonePx + ((top - endZonePx) * (mostOffsetPx - 2 * endZonePx)) / (mostTopPx - 2 * endZonePx);
}

/** The scroll bar's place that stands for an offset of the content: the inverse of `offsetOfScrollTop`. */
export function scrollTopOfOffset(offsetPx: number, extent: ScrollExtent): number {
  const { mostOffsetPx, mostTopPx } = ends(extent);
  const offset = clamp(offsetPx, mostOffsetPx);
  if (mostOffsetPx === mostTopPx || offset <= endZonePx) return offset;
  if (offset >= mostOffsetPx - endZonePx) return mostTopPx - (mostOffsetPx - offset);
  return endZonePx + ((offset - endZonePx) * (mostTopPx - 2 * endZonePx)) / (mostOffsetPx - 2 * endZonePx);
}

/** The place at an offset, with the scroll bar where it belongs. */
export function placeAt(offsetPx: number, extent: ScrollExtent): ScrollPlace {
  const offset = clamp(offsetPx, ends(extent).mostOffsetPx);
  return { offsetPx: offset, scrollTopPx: scrollTopOfOffset(offset, extent) };
}

/**
 * The place after the browser scrolled. A short way (a wheel, keys, a finger) moves the content by as many pixels; a long one (the scroll bar's
 * thumb) goes where the bar stands. After short ways the bar may stand beside its place: `isSettled` says whether it should be put right.
 */
export function placeAfterScroll(place: ScrollPlace, scrollTopPx: number, extent: ScrollExtent): ScrollPlace {
  const wayPx = scrollTopPx - place.scrollTopPx;
  if (Math.abs(wayPx) > 2 * extent.viewportPx) return { offsetPx: offsetOfScrollTop(scrollTopPx, extent), scrollTopPx };
  return { offsetPx: clamp(place.offsetPx + wayPx, ends(extent).mostOffsetPx), scrollTopPx };
}

/**
 * Whether the scroll bar stands where the offset says. It must be put right at once where `urgent`: before the bar could reach an end that the
 * content has not reached, or the other way round. Else it can wait until the scrolling rests.
 */
export function judgePlace({ offsetPx, scrollTopPx }: ScrollPlace, extent: ScrollExtent): { settled: boolean; urgent: boolean } {
  const { mostTopPx } = ends(extent);
  const rightTopPx = scrollTopOfOffset(offsetPx, extent);
  const drift = Math.abs(scrollTopPx - rightTopPx);
  const settled = drift < 1;
  const nearEnd = Math.min(rightTopPx, mostTopPx - rightTopPx) < endZonePx;
  return { settled, urgent: !settled && (nearEnd || drift > endZonePx / 2) };
}

function ends(extent: ScrollExtent): { mostOffsetPx: number; mostTopPx: number } {
  const { contentPx, viewportPx } = extent;
  return { mostOffsetPx: Math.max(0, contentPx - viewportPx), mostTopPx: Math.max(0, spacerPx(extent) - viewportPx) };
}

function clamp(value: number, most: number): number {
  return Math.min(Math.max(0, value), most);
}
