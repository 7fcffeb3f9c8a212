import { type Layout, layouts } from "./tiling.ts";
import { type ThumbnailSide, thumbnailSides } from "../../../src/core/pixels/thumbnailSides.ts";

/** How a person left the gallery: it survives a reload. */
export interface GalleryDetail {
  readonly layout: Layout;
  readonly density: ThumbnailSide;
  /** Signals that the table shows. */
  readonly columns: readonly string[];
  /** The position in the topmost line, and the one where the keyboard stands. */
  readonly top: number;
  readonly focus: number;
}

const initial: GalleryDetail = {
  layout: "grid",
  density: 160,
  columns: ["clipScore", "clipScorePercentile", "captionRank", "captionTokens"],
  top: 0,
  focus: 0,
};

/** Reads what was remembered; what has not its form is as at the beginning. */
export function parseDetail(value: unknown): GalleryDetail {
  if (typeof value !== "object" || value === null) return initial;
  const { layout, density, columns, top, focus } = value as Record<string, unknown>;
  return {
    layout: layouts.find((known) => known === layout) ?? initial.layout,
    density: thumbnailSides.find((known) => known === density) ?? initial.density,
    columns: isTexts(columns) ? columns : initial.columns,
    top: isPosition(top) ? top : 0,
    focus: isPosition(focus) ? focus : 0,
  };
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function isPosition(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
