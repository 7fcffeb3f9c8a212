import type { CaptionReading } from "../core/captions/documentCaptions.ts";
import type { TokenCount } from "../core/captions/lints/lint.ts";
import type { GroupKind } from "../core/group.ts";
import type { ListedProblem } from "./engineApi.ts";

/** A file by its absolute path, as a caption file of a dataset. */
export interface CaptionFileRequest {
  readonly root: string;
  readonly path: string;
}

/** A caption that the analysis read in a file, by its sample. `score` and `below` (the share of the dataset's captions that score lower, 0 to 1) are null where unknown. */
export interface FileCaption {
  readonly sample: string;
  readonly captionIndex: number;
  readonly text: string;
  readonly line: number | null;
  readonly score: number | null;
  readonly below: number | null;
  readonly group: { readonly id: string; readonly kind: GroupKind; readonly name: string; readonly members: number } | null;
}

/** What the analysis knows of a text file with captions; one without a picture has problems alone. */
export interface CaptionFile {
  readonly generation: string;
  readonly reading: CaptionReading;
  readonly captions: readonly FileCaption[];
  readonly problems: readonly ListedProblem[];
}

/** Asks what only the engine can tell of texts that are being written: their tokens up to a limit (one of `tokenLimits`, null for the encoder's own), and captions of other samples than `samples` that say the same. */
export interface CheckTextsRequest {
  readonly root: string;
  readonly samples: readonly string[];
  readonly texts: readonly string[];
  readonly limit: number | null;
}

/** A caption of another sample that says the same (`overlap` 1 where it is equal, else the share of common content words) and how many do. */
export interface LikeText {
  readonly sample: string;
  readonly text: string;
  readonly isEqual: boolean;
  readonly overlap: number;
  readonly count: number;
}

/** What was found of one text. `tokens` is null where the encoder of the analysis is not to be had any more, `like` where no other caption says the same. */
export interface CheckedText {
  readonly tokens: TokenCount | null;
  readonly like: LikeText | null;
}

/** A tag and how many captions have it. */
export interface TagCount {
  readonly tag: string;
  readonly count: number;
}

/** What the store answers about caption files that are open in an editor. */
export interface CaptionFilesApi {
  /** Null where the file has no captions of the dataset. */
  readCaptionFile: { params: CaptionFileRequest; result: CaptionFile | null };
  checkTexts: { params: CheckTextsRequest; result: readonly CheckedText[] };
  /** The most frequent tags first; none where the dataset's captions are prose. */
  countTags: { params: { readonly root: string }; result: readonly TagCount[] };
}
