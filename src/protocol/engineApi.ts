import type { GroupKind } from "../core/group.ts";
import type { Problem } from "../core/problem.ts";
import type { ThumbnailSide } from "../core/pixels/thumbnailSides.ts";
import type { ProviderChoice } from "../core/providers.ts";
import type { Relation } from "../core/relations.ts";
import type { Stage, StageReport } from "../core/stages.ts";
import type { Decision } from "../core/verdict.ts";

/** How the samples of a dataset are found, where a person says it instead of letting it be detected. */
export interface DiscoverChoice {
  readonly format?: string;
  readonly captions?: "one" | "lines" | "first";
  readonly captionExtension?: string;
  readonly captionColumn?: string;
  readonly imageColumn?: string;
  readonly imageFolder?: string;
}

/**
 * Analyses a dataset up to a stage (`write` where none is said). `encoder` is an id or a folder; the recipe's, else the built-in one. `companion` is an id or a folder of
 * a second encoder that looks for near-duplicates; the recipe's, and "none" for none. `shrinkOnLoad` lets large JPEGs be decoded smaller
 * than they are. `thumbnails` has small pictures for the panel made of those that are decoded anyway, with that longer side; none where nothing is said.
 */
export interface RunRequest {
  readonly root: string;
  readonly encoder?: string;
  readonly companion?: string;
  readonly through?: Stage;
  readonly provider: ProviderChoice;
  readonly shrinkOnLoad?: boolean;
  readonly thumbnails?: ThumbnailSide;
  readonly discover: DiscoverChoice;
}

/**
 * What a run did and found. `encoder` is null when the run stopped before one was needed. `groups` counts them by kind: `duplicate` those of
 * equal bytes or pixels, `pixelDuplicate` the latter alone.
 */
export interface RunReport {
  readonly dataset: {
    readonly root: string;
    readonly format: string;
    readonly formatReason: string;
    readonly samples: number;
    readonly captions: number;
  };
  readonly encoder: { readonly id: string; readonly name: string; readonly provider: string; readonly builtin: boolean } | null;
  /** The second encoder that looked for near-duplicates; absent where there was none. */
  readonly companion?: { readonly id: string; readonly name: string };
  readonly stages: Readonly<Partial<Record<Stage, StageReport>>>;
  readonly groups: Readonly<Record<GroupKind, number>>;
  readonly problems: readonly ListedProblem[];
  readonly notices: readonly string[];
}

/** A problem as scripts see it: `sample` is null where it is about a file that is no sample. */
export type ListedProblem = Omit<Problem, "sample"> & { readonly sample: string | null };

/** Pairs that fit a filter (the grammar of `parseWhere`), in an order (`-` before a field sorts downwards; unknown comes last). */
export interface RowsRequest {
  readonly root: string;
  readonly where?: string;
  readonly sort?: string;
  readonly from?: number;
  readonly limit?: number;
}

/** One pair with all that is known of it; null is unknown. */
export interface Row {
  readonly sample: string;
  readonly caption: string;
  readonly captionIndex: number;
  readonly split: string | null;
  readonly signals: Readonly<Record<string, number | boolean | null>>;
  readonly verdict: Decision;
  readonly reason: string | null;
}

/** What pictures are compared with: a text, a picture's file, or the dataset's own picture of a sample. */
export type Query =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "image"; readonly path: string }
  | { readonly kind: "sample"; readonly sample: string };

/** Pictures nearest to a query, by the encoder of the dataset's analysis. */
export interface SearchRequest {
  readonly root: string;
  readonly query: Query;
  readonly limit: number;
  readonly provider: ProviderChoice;
}

/** A picture that was found; `score` is the cosine. */
export interface SearchHit {
  readonly sample: string;
  readonly score: number;
}

/** A group with its members by name; `scores` is null where the kind has none. `relations` is what a person said of two members, by their places. */
export interface ListedGroup {
  readonly id: string;
  readonly name: string;
  readonly members: readonly { readonly sample: string; readonly captionIndex: number | null }[];
  readonly scores: readonly (readonly (number | null)[])[] | null;
  readonly review: string | null;
  readonly relations: readonly { readonly left: number; readonly right: number; readonly relation: Relation }[];
}
