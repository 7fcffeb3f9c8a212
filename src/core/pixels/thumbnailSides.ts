/** The sizes that small pictures are made in: pixels of the longer side. */
export const thumbnailSides = [96, 160, 256, 384] as const;

/** One of the sizes of small pictures. */
export type ThumbnailSide = (typeof thumbnailSides)[number];

/** Tells whether small pictures are made in a size. */
export function isThumbnailSide(side: number): side is ThumbnailSide {
  return thumbnailSides.some((known) => known === side);
}
