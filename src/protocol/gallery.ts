import type { Actor, Decision } from "../core/verdict.ts";

/** One row a pair, or one a sample with those of its captions that fit. */
export type Unit = "pair" | "sample";

/**
 * Asks for an ordered list of pairs or samples. `where` is a filter (grammar of `parseWhere`, with `set = "<id>"` for a saved set), `sort`
 * fields with `-` for downwards (unknown comes last); a sample is sorted by its least (upwards) or greatest (downwards) fitting pair.
 * `similarity` has a value a sample row of `generation` (NaN is unknown) and makes the field `similarity`.
 */
export interface ViewRequest {
  readonly root: string;
  readonly unit: Unit;
  readonly where?: string;
  readonly sort?: string;
  readonly similarity?: { readonly generation: string; readonly values: Float32Array };
}

/** A list that was opened. It stays as it is, in members and order, until another is opened or the analysis is replaced. */
export interface OpenedView {
  readonly view: string;
  readonly generation: string;
  readonly count: number;
  readonly pairs: number;
  readonly samples: number;
}

/** A pair within a row. `signals` has the fields that were asked for, null is unknown. `reason` is why the verdict is not a plain keep. */
export interface GalleryCaption {
  readonly pair: number;
  readonly captionIndex: number;
  readonly text: string;
  readonly signals: Readonly<Record<string, number | boolean | null>>;
  readonly verdict: Decision;
  readonly actor: Actor | null;
  readonly reason: string | null;
}

/** A picture with its captions. `verdict` is drop where every caption is dropped; `width` and `height` are null where it can't be decoded. */
export interface GalleryRow {
  readonly sample: string;
  readonly sampleRow: number;
  readonly width: number | null;
  readonly height: number | null;
  readonly split: string | null;
  readonly verdict: Decision;
  readonly captions: readonly GalleryCaption[];
  /** Codes of what is wrong with the sample. */
  readonly problems: readonly string[];
  readonly similarity: number | null;
}

/** Asks for the rows `from` ≤ position < `to` of an opened view, at most 500, with some fields of each pair. */
export interface PageRequest {
  readonly root: string;
  readonly view: string;
  readonly from: number;
  readonly to: number;
  readonly fields: readonly string[];
}

/** Rows of a view, with the verdicts as they are now. */
export interface Page {
  readonly view: string;
  readonly from: number;
  readonly rows: readonly GalleryRow[];
}

/** Half-open ranges of positions in a view, ascending and apart. */
export type Ranges = readonly (readonly [from: number, to: number])[];

/** What a person's action is about: positions of an opened view, or pairs by name (`captionIndex` null is the whole sample). */
export type Targets =
  | { readonly kind: "view"; readonly view: string; readonly ranges: Ranges }
  | { readonly kind: "named"; readonly pairs: readonly NamedPair[] };

/** A pair by name; the whole sample where `captionIndex` is null. */
export interface NamedPair {
  readonly sample: string;
  readonly captionIndex: number | null;
}

/** Sets, or with `clear` takes back, a person's verdict. */
export interface SetVerdictsRequest {
  readonly root: string;
  readonly targets: Targets;
  readonly decision: Decision | "clear";
  readonly reason: string;
}

/** How many verdicts were set, as which operation (null where all were so already). */
export interface SetVerdictsAnswer {
  readonly applied: number;
  readonly operation: string | null;
}

/** Asks for small pictures, at most 500 at once; `side` is the longer side in pixels, one of `thumbnailSides`. */
export interface ThumbnailsRequest {
  readonly root: string;
  readonly samples: readonly string[];
  readonly side: number;
}

/**
 * Small pictures as one piece of bytes (WebP): the one of sample i is `bytes[offsets[i] … offsets[i + 1]]`, empty where it can't be made.
 * `failed` says why, by position.
 */
export interface ThumbnailBatch {
  readonly bytes: Uint8Array;
  readonly offsets: Uint32Array;
  readonly failed: Readonly<Record<number, string>>;
}

/** Asks for a field of the pairs that fit a filter; of all where there is none. */
export interface ColumnRequest {
  readonly root: string;
  readonly field: string;
  readonly where?: string;
}

/** Counts of a field's values in equal steps from the least to the greatest; `unknown` are the pairs without a value. */
export interface Bins {
  readonly field: string;
  readonly generation: string;
  readonly least: number;
  readonly greatest: number;
  readonly counts: Uint32Array;
  readonly unknown: number;
}

/** A field's known values in ascending order (true is 1): the position of a value is its position in a view of the same filter sorted by the field. */
export interface SortedColumn {
  readonly field: string;
  readonly generation: string;
  readonly values: Float32Array;
  readonly unknown: number;
}

/** A set of pairs or samples under a name that filters can use (`set = "<id>"`), until the store's process ends. */
export interface SaveSetRequest {
  readonly root: string;
  readonly generation: string;
  readonly sampleRows: Uint32Array;
}

/** A filter under a name, kept in `.winnow/views.json`. */
export interface SavedView {
  readonly name: string;
  readonly where: string;
  readonly sort: string;
  readonly unit: Unit;
}
