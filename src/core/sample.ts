/** Opaque, stable key of a sample: the path below the dataset's root where the sample is a file, `archive.tar#member` or `table.parquet#row` otherwise. */
export type SampleId = string & { readonly __brand: "SampleId" };

/** Key of a caption that survives edits and re-ordering. */
export type CaptionId = string & { readonly __brand: "CaptionId" };

/** SHA-256 of a sample's bytes, 64 lower-case hexadecimal digits. */
export type ContentHash = string & { readonly __brand: "ContentHash" };

/** The part of a dataset that a sample belongs to. Validation and test are the evaluation split: frozen, never pruned. */
export type Split = "train" | "validation" | "test";

/**
 * How to open a sample's picture. Paths are absolute.
 * `nameBytes` is there only when the file's name is not valid UTF-8: the whole absolute path as the file system has it.
 */
export type Locator =
  | { readonly kind: "file"; readonly path: string; readonly nameBytes?: Uint8Array }
  | { readonly kind: "member"; readonly archive: string; readonly member: string; readonly offset: number; readonly size: number }
  | { readonly kind: "row"; readonly table: string; readonly row: number; readonly column: string };

/** Where a caption was read: its file (absolute), and the line (from 0), row (from 0) or field in it. */
export interface CaptionOrigin {
  readonly file: string;
  readonly line?: number;
  readonly row?: number;
  readonly field?: string;
}

/** Text of a sample. `author` is "human", "import" (unknown writer, read from the data) or a model's id. The text may be empty. */
export interface Caption {
  readonly id: CaptionId;
  readonly text: string;
  readonly author: string;
  readonly origin: CaptionOrigin;
}

/**
 * One image with its captions (none where they are missing: the sample is listed with a problem).
 * `folder` is the folder below the root ("" for the root itself), with forward slashes.
 * `sizeBytes`, `mtimeMs` and `inode` are those of the file that holds the picture, for the stat index.
 */
export interface Sample {
  readonly id: SampleId;
  readonly locator: Locator;
  readonly folder: string;
  readonly captions: readonly Caption[];
  readonly split?: Split;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  readonly inode: number;
}

/** A picture's place as people are told it: its file, `archive.tar#member` or `table.parquet#row`, absolute. */
export function nameLocator(locator: Locator): string {
  switch (locator.kind) {
    case "file":
      return locator.path;
    case "member":
      return `${locator.archive}#${locator.member}`;
    case "row":
      return `${locator.table}#${locator.row}`;
  }
}

/** Makes the id of the sample that lies at `path` (below the root, forward slashes). */
export function sampleIdFromPath(path: string): SampleId {
  return path as SampleId;
}

/** Makes the id of the caption that stood at `index` when the sample was first read. */
export function captionIdFromIndex(sample: SampleId, index: number): CaptionId {
  return `${sample}#${index}` as CaptionId;
}
