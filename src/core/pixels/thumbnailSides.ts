/** The sizes that small pictures are made in: pixels of the longer side. */
export const thumbnailSides = [96, 160, 256, 384] as const;

/** One of the sizes of small pictures. */
export type ThumbnailSide = (typeof thumbnailSides)[number];

/** The size that a text names, such as "160"; undefined where it names none. */
export function thumbnailSideFrom(text: string | undefined): ThumbnailSide | undefined {
  return thumbnailSides.find((side) => String(side) === text);
}

/** Tells whether small pictures are made in a size. */
export function isThumbnailSide(side: number): side is ThumbnailSide {
  return thumbnailSides.some((known) => known === side);
}
