import type { NamedPair } from "./gallery.ts";

/** A cut that is to be checked: pairs of which the signal is worse than `cut` are dropped. */
export interface SpotCut {
  readonly root: string;
  readonly signal: string;
  readonly cut: number;
}

/** Draws pairs near a cut and on both sides of it, seeded; those that have a label already are left out where there are others. */
export interface DrawRequest extends SpotCut {
  readonly size: number;
  readonly seed: number;
}

/** Pairs to be looked at, in an order that tells nothing about their scores. */
export interface Drawn {
  readonly pairs: readonly (NamedPair & { readonly captionIndex: number })[];
}

/** What a person sees: the caption fits the picture, it doesn't, or it can't be said. */
export type SpotLabel = "match" | "mismatch" | "unsure";

/** Keeps labels in `.winnow/labels.csv`; "clear" takes one back. */
export interface SaveLabelsRequest {
  readonly root: string;
  readonly labels: readonly { readonly sample: string; readonly captionIndex: number; readonly label: SpotLabel | "clear" }[];
}

/** A share with its 95 % interval; null where nothing is known of it. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** How good a cut is by the labels there are: of what it drops, the share that is truly wrong (precision); of what is wrong, the share that it drops (recall). */
export interface SpotEstimate {
  readonly precision: Estimate | null;
  readonly recall: Estimate | null;
  readonly mismatchRate: Estimate | null;
  readonly labelled: { readonly match: number; readonly mismatch: number; readonly unsure: number };
  readonly droppedLabelled: number;
  readonly keptLabelled: number;
}
