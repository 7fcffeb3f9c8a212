import type { Rule } from "../core/prune/policy.ts";

/** A recipe's rules tried or applied in order; a rule with `off: true` is kept but does nothing. */
export interface RulesRequest {
  readonly root: string;
  readonly rules: readonly Rule[];
}

/**
 * What one rule adds to what the rules before it did: captions that it drops, or sends to review, and samples of which it takes the last caption
 * (or that it drops as a whole). `message` says why it could not be tried (a signal that was not computed, say).
 */
export interface RuleEffect {
  readonly dropped: number;
  readonly droppedSamples: number;
  readonly review: number;
  readonly message: string | null;
}

/** What rules would leave; counts of samples and captions. Lists are cut at 100. */
export interface TriedRules {
  readonly effects: readonly RuleEffect[];
  readonly kept: Counts;
  readonly dropped: Counts;
  readonly review: Counts;
  readonly frozen: Counts;
  readonly imagesWithNoCaptionLeft: number;
  readonly conceptsThatVanish: readonly string[];
  readonly foldersThatVanish: readonly string[];
  readonly captionsToMove: number;
  /** Null where the rules were only tried, or changed nothing. */
  readonly operation: string | null;
}

/** Numbers of samples and captions. */
export interface Counts {
  readonly samples: number;
  readonly captions: number;
}

/**
 * A selection that can be compared: what holds now, what rules would leave, what held after an operation (before all of them: null), or what the
 * rules of a recipe's file would leave (absolute, or below the dataset's root).
 */
export type SelectionSource =
  | { readonly kind: "current" }
  | { readonly kind: "rules"; readonly rules: readonly Rule[] }
  | { readonly kind: "operation"; readonly operation: string | null }
  | { readonly kind: "recipe"; readonly path: string };

/** Asks what two selections keep together and alone. */
export interface CompareRequest {
  readonly root: string;
  readonly left: SelectionSource;
  readonly right: SelectionSource;
}

/** Pairs by who plainly keeps them (what is in review is not kept); each part is a set that a view can show with `set = "<id>"` (sets end with the store's process). */
export interface Comparison {
  readonly parts: Readonly<Record<"both" | "leftOnly" | "rightOnly" | "neither", { readonly captions: number; readonly set: string }>>;
}
