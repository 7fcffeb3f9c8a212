import type { GroupKind } from "../core/group.ts";
import type { ProviderChoice } from "../core/providers.ts";
import type { GalleryRow } from "./gallery.ts";
import type { ListedProblem } from "./engineApi.ts";

/** Asks for all that is known of one sample. */
export interface InspectRequest {
  readonly root: string;
  readonly sample: string;
}

/** A caption's tokens as the encoder reads it: `pieces` are the text each token stands for, special ones left out; those from `kept` on are cut off. */
export interface CaptionTokens {
  readonly pieces: readonly string[];
  readonly kept: number;
  readonly limit: number;
}

/** One signal of one pair: its value (null is unknown) and the share of the dataset's known values that are lower, 0 to 1. */
export interface SignalStanding {
  readonly signal: string;
  readonly value: number | boolean | null;
  readonly below: number | null;
}

/** A caption with where it was read. `editable` is null where it can be changed in place, else the sentence that says why not. */
export interface InspectedCaption {
  readonly captionIndex: number;
  readonly author: string;
  readonly file: string;
  readonly line: number | null;
  readonly row: number | null;
  readonly editable: string | null;
  readonly tokens: CaptionTokens | null;
  readonly standings: readonly SignalStanding[];
}

/** All that is known of a sample without running a model. `path` is the picture's file where it is one. */
export interface Inspection {
  readonly row: GalleryRow;
  readonly path: string | null;
  readonly format: string | null;
  readonly sizeBytes: number;
  readonly contentHash: string | null;
  readonly orientation: number | null;
  readonly frames: number | null;
  readonly captions: readonly InspectedCaption[];
  readonly problems: readonly ListedProblem[];
  readonly groups: readonly { readonly id: string; readonly kind: GroupKind; readonly name: string; readonly members: number }[];
  readonly history: readonly {
    readonly operation: string;
    readonly time: string;
    readonly by: string;
    readonly summary: string;
    readonly state: string;
  }[];
}

/** Asks for a picture to look at closely: re-encoded as WebP with the longer side at most `side` pixels, for what a browser can't show or open. */
export interface PictureRequest {
  readonly root: string;
  readonly sample: string;
  readonly side: number;
}

/** A picture's bytes; `width` and `height` are those of the original, upright. */
export interface PictureAnswer {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  readonly width: number;
  readonly height: number;
}

/** What lies nearest to a sample by the encoder: other pictures, and captions of others that fit its picture best. */
export interface Nearest {
  readonly images: readonly { readonly sample: string; readonly score: number }[];
  readonly captions: readonly { readonly sample: string; readonly captionIndex: number; readonly text: string; readonly score: number }[];
}

/** Changes one caption in its file; refused where it is no longer `before`. */
export interface EditCaptionRequest {
  readonly root: string;
  readonly sample: string;
  readonly captionIndex: number;
  readonly before: string;
  readonly after: string;
}

/** The operation of an edit; null where the text was so already. */
export interface EditCaptionAnswer {
  readonly operation: string | null;
  readonly file: string;
}

/** Asks which words of a text the picture of a sample supports. */
export interface ExplainRequest {
  readonly root: string;
  readonly sample: string;
  readonly text: string;
  readonly provider: ProviderChoice;
}

/**
 * A word and how much the picture supports it, positions in UTF-16 code units, half-open. `support` is null where it is unknown, as of what the encoder cuts off
 * (`isRead` is false there).
 */
export interface ExplainedWord {
  readonly from: number;
  readonly to: number;
  readonly word: string;
  readonly support: number | null;
  readonly isRead: boolean;
}

/**
 * A caption's words beside its picture. `leaveOneOut`: support is how much the score falls without the word; `tokenPatch`: the greatest cosine of the word with a patch of
 * the picture, the mean of its tokens. `score` is null where it is unknown.
 */
export interface ExplainedCaption {
  readonly method: "leaveOneOut" | "tokenPatch";
  readonly score: number | null;
  readonly words: readonly ExplainedWord[];
}
