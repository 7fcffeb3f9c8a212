import type { Split } from "../core/sample.ts";

/** A format that what is kept can be written in: the modes that it knows, its usual one first. */
export interface ExportFormat {
  readonly id: string;
  readonly summary: string;
  readonly pictures: readonly PictureMode[];
  readonly paths: readonly PathMode[];
}

/** How pictures go out: as copies, as hard links, or not at all but by reference to where they lie. */
export type PictureMode = "copy" | "hardlink" | "reference";

/** How a list of pairs names its pictures. */
export type PathMode = "relative" | "absolute";

/** Writes what is kept in another format into `folder`, an absolute path outside of the dataset. Nothing is overwritten; the originals are only read. */
export interface ExportDatasetRequest {
  readonly root: string;
  readonly format: string;
  readonly folder: string;
  readonly pictures?: PictureMode;
  readonly paths?: PathMode;
  readonly separator?: string;
  readonly split?: Split | "all";
  readonly withoutReview: boolean;
  /** Whether what captions said before they were changed goes out behind them, with the author of each. */
  readonly withOriginals?: boolean;
}

/** What was written, as which operation (null where there was nothing to write), and what stayed behind and why; `captionIndex` null is the whole sample. */
export interface ExportDatasetAnswer {
  readonly format: string;
  readonly files: number;
  readonly samples: number;
  readonly captions: number;
  readonly leftOut: readonly { readonly sample: string; readonly captionIndex: number | null; readonly why: string }[];
  readonly operation: string | null;
}
