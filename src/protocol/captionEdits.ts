import type { OptionTable, OptionValue } from "../core/prune/options.ts";
import type { Targets } from "./gallery.ts";

/** Which captions an operation is about: chosen ones, those that fit a filter (grammar of `parseWhere`), those of a bucket, or all. */
export type EditScope =
  | { readonly kind: "targets"; readonly targets: Targets }
  | { readonly kind: "where"; readonly where: string }
  | { readonly kind: "bucket"; readonly bucket: string }
  | { readonly kind: "dataset" };

/** An operation on many captions as a form can be made from it; see `CaptionOperation`. */
export interface ListedEditOperation {
  readonly id: string;
  readonly title: string;
  readonly about: string;
  readonly unit: "caption" | "file";
  readonly options: OptionTable;
}

/** An operation with its options, and the captions that it is about. */
export interface EditCaptionsRequest {
  readonly root: string;
  readonly scope: EditScope;
  readonly operation: string;
  readonly options: Readonly<Record<string, OptionValue>>;
}

/** Asks what an operation would do, with a page of its changes: those from the one at `from` on, at most `limit`. */
export interface PreviewEditRequest extends EditCaptionsRequest {
  readonly from: number;
  readonly limit: number;
}

/** A piece of a text before or after: as it is in both, or in one of them alone. */
export interface DiffPart {
  readonly kind: "same" | "removed" | "added";
  readonly text: string;
}

/** One caption (or caption file, then `captionIndex` is null) before and after, with the difference by words. Tokens are null where no encoder counts. */
export interface EditedCaption {
  readonly sample: string;
  readonly captionIndex: number | null;
  readonly before: string;
  readonly after: string;
  readonly diff: readonly DiffPart[];
  readonly tokensBefore: number | null;
  readonly tokensAfter: number | null;
  readonly flags: readonly EditFlag[];
}

/** What to look at twice: nothing would be left, or the same as another caption of the picture. */
export type EditFlag = "empty" | "likeSibling";

/**
 * Counts of captions (of caption files for an operation of that unit): `total` in the scope, of which `frozen` are of the evaluation split, `fixed` can't be changed
 * in place, and the others are `changed` or `unchanged`. `overTokens` are changed ones that the encoder cuts off at `limit` tokens; null where none counts.
 * `fixedReasons` say why, each once.
 */
export interface EditCounts {
  readonly total: number;
  readonly frozen: number;
  readonly fixed: number;
  readonly fixedReasons: readonly string[];
  readonly unchanged: number;
  readonly changed: number;
  readonly files: number;
  readonly empty: number;
  readonly likeSibling: number;
  readonly overTokens: { readonly limit: number; readonly before: number; readonly after: number } | null;
}

/** What an operation would do; nothing is written. */
export interface EditPreview extends EditCounts {
  readonly rows: readonly EditedCaption[];
}

/** A caption that was left as it is, and why: its file says something else than when it was read, or can't hold the text. */
export interface LeftCaption {
  readonly file: string;
  readonly sample: string;
  readonly captionIndex: number | null;
  readonly reason: string;
}

/** What an operation did. `operation` is null where nothing was changed; of `left` the first 100 are listed. */
export interface AppliedEdit extends EditCounts {
  readonly operation: string | null;
  readonly applied: number;
  readonly left: number;
  readonly leftCaptions: readonly LeftCaption[];
}

/** What the store answers about changing many captions. */
export interface CaptionEditsApi {
  listEditOperations: { params: null; result: readonly ListedEditOperation[] };
  previewEdit: { params: PreviewEditRequest; result: EditPreview; progress: { done: number; total: number } };
  applyEdit: { params: EditCaptionsRequest; result: AppliedEdit; progress: { done: number; total: number } };
}
