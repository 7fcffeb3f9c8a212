import type { ProviderChoice } from "../core/providers.ts";
import type { Fall } from "../core/tune/endings.ts";
import type { AgainstRandom } from "./againstRandom.ts";

/** R@1 in both directions as shares; null is unknown. */
export interface RecallShares {
  readonly imageToText: number | null;
  readonly textToImage: number | null;
}

/** The same thing before the tuning and after it. */
export interface BeforeAfter<Value> {
  readonly before: Value;
  readonly after: Value;
}

/** In which part of the run a pair was: trained on, held out, or in neither (dropped, of the test split, without vectors at the time). */
export type TunePart = "train" | "heldOut" | "neither";

/** A pair whose standing changed: its cosine, and its percentile among all pairs (0 to 100), which is comparable between encoders as the cosine is not. */
export interface MovedPair {
  readonly sample: string;
  readonly captionIndex: number;
  readonly caption: string;
  readonly part: TunePart;
  readonly cosine: BeforeAfter<number>;
  readonly percentile: BeforeAfter<number>;
}

/**
 * What became of a confusable group. `gap` is that of the two members that are closest to being taken for each other, in standard deviations of foreign cosines: above
 * −margin they are confused, the lower the better.
 */
export interface GroupChange {
  readonly id: string;
  readonly name: string;
  readonly members: readonly string[];
  readonly gap: BeforeAfter<number>;
  readonly isConfused: BeforeAfter<boolean>;
}

/** How far the exported graphs agree with what was trained, as the cosine of the two: a head's arithmetic on vectors in the cache, or torch's vectors. */
export interface TunedParity {
  readonly pictures: number;
  readonly texts: number;
  readonly leastCosine: number;
  readonly agrees: boolean;
}

/** What a run changed, over the rows of the dataset's current analysis. Null is unknown. */
export interface TuneReport {
  readonly run: string;
  readonly folder: string;
  /** What it did in few words. */
  readonly title: string;
  /** The encoder before it. */
  readonly encoder: string;
  /** The folder of the tuned encoder. */
  readonly tuned: string;
  readonly epochs: number;
  /** The epoch of the best recall, 0 where nothing was better than the beginning. The head trainer keeps its weights, the others those of the last. */
  readonly bestEpoch: number;
  /** The fall that ended it: of recall on what is held out, or of that on the canary; null where none did. */
  readonly fall: Fall | null;
  /** Whether the pairs that are kept have changed since: parts are then unknown, and all is "neither". */
  readonly isDataChanged: boolean;
  readonly heldOut: { readonly images: number | null; readonly captions: number | null; readonly recall: BeforeAfter<RecallShares> };
  readonly parity: TunedParity;
  /** R@1 on pictures and captions that ship with Winnow, which nobody trains on; null where the encoder didn't know them before either. */
  readonly canary: { readonly pairs: number; readonly recall: BeforeAfter<RecallShares>; readonly hasFallen: boolean } | null;
  /** The mean cosine between different pictures, and between different texts: near 1 all vectors are one. */
  readonly crowding: { readonly images: BeforeAfter<number>; readonly texts: BeforeAfter<number>; readonly hasCollapsed: boolean };
  readonly pairs: number;
  /** The pairs that rose most and those that fell most, the largest change first. */
  readonly ups: readonly MovedPair[];
  readonly downs: readonly MovedPair[];
  readonly confusable: {
    /** How far apart two pairs must be, in standard deviations of foreign cosines. */
    readonly margin: number;
    readonly separated: readonly GroupChange[];
    readonly stillConfused: readonly GroupChange[];
    /** Neither before nor after, or only after. */
    readonly others: number;
  };
  /** What was last found out about whether it was the curation; null where nobody asked. */
  readonly againstRandom: AgainstRandom | null;
  /** What to do next, a sentence each. */
  readonly next: readonly string[];
}

/** Asks what a run that is done changed; the newest where none is named. */
export interface TuneReportRequest {
  readonly root: string;
  readonly run: string | null;
  readonly provider: ProviderChoice;
}

/** Asks whether it was the curation that helped a run; the newest where none is named. */
export interface CompareTuneRequest {
  readonly root: string;
  readonly run: string | null;
  readonly seeds: number;
}

/** What the compute process answers about what became of runs. */
export interface TuneReportApi {
  /** Rejects with a sentence where the run isn't done, or the vectors that it was trained on are no longer in the cache. */
  reportTuneRun: { params: TuneReportRequest; result: TuneReport; progress: { done: number; total: number } };
  /** Starts a run that trains anew on the kept pairs and on as many random ones, for so many seeds, in a process that outlives the engine. Rejects with a sentence where nothing is dropped or held out. */
  startComparison: { params: CompareTuneRequest; result: { readonly run: string } };
}
