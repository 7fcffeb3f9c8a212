import type { OptionTable } from "../core/prune/options.ts";
import type { TuneJob } from "../core/tune/tuneJob.ts";
import type { AgainstRandom } from "./againstRandom.ts";

/** How a run of fine-tuning stands; `died` is one whose process went without a word. */
export type TuneRunState = "running" | "stopped" | "done" | "failed" | "died";

/** What a run that asks whether it was the curation has come to: `of` is the run that it asks about, `done` and `total` count trainings; the answer is null until all are done. */
export interface ListedComparison {
  readonly of: string;
  readonly done: number;
  readonly total: number;
  readonly answer: AgainstRandom | null;
}

/**
 * A run of fine-tuning at a glance. `title` says in few words what it does; `encoder` is the one that scored its pairs, and `epochs` how many it does at most, null where its trainer alone knows.
 * `epoch` counts whole epochs and `step` steps of `steps`; null before the first, and where there is no telling. `loss` is the last step's. `recallBefore` and `recallBest` are R@1 on what is held out, the mean of both directions as a share, before the
 * run and at its best so far; null where nothing is held out or it isn't known yet. `etaSeconds` is what all of its epochs would still take, for it may end earlier. `tuned` is the folder of
 * the tuned encoder, null until there is one. `comparison` is null but
 * for runs that train to compare, and leave no encoder. `incomparable` is a sentence that says why it can't be asked of the run whether it was the curation; null where it can, once it is done. `samples` says of a model that paints whether its sample pictures lie in files by checkpoint; null of an encoder. `folder` and `tuned` are absolute paths.
 */
export interface ListedTuneRun {
  readonly id: string;
  readonly folder: string;
  readonly trainer: string;
  readonly title: string;
  readonly state: TuneRunState;
  readonly message: string | null;
  readonly startedAt: string;
  readonly encoder: string | null;
  readonly epoch: number | null;
  readonly epochs: number | null;
  readonly step: number | null;
  readonly steps: number | null;
  readonly loss: number | null;
  readonly recallBefore: number | null;
  readonly recallBest: number | null;
  readonly etaSeconds: number | null;
  readonly tuned: string | null;
  readonly comparison: ListedComparison | null;
  readonly incomparable: string | null;
  readonly samples: boolean | null;
}

/** A trainer that can be started, of encoders or of models that paint. `options` are all that it takes; those without a value of their own depend on the dataset. */
export interface TuneTrainer {
  readonly id: string;
  readonly kind: "encoder" | "image";
  readonly name: string;
  readonly about: string;
  readonly options: OptionTable;
}

/** A loss or a head, what it does in a sentence, and its settings with their usual values. */
export interface TuneChoice {
  readonly id: string;
  readonly name: string;
  readonly about: string;
  readonly settings: Readonly<Record<string, number>>;
}

/** What a dataset can be tuned with. `encoder` is the one of its analysis. */
export interface TuneChoices {
  readonly trainers: readonly TuneTrainer[];
  readonly losses: readonly TuneChoice[];
  readonly heads: readonly TuneChoice[];
  readonly encoder: string;
}

/** A run that is to begin: options that are left out have the trainer's usual values. */
export interface TuneRequest {
  readonly root: string;
  readonly trainer: string;
  readonly options: Readonly<Record<string, string | number | boolean>>;
}

/** A run by its id. */
export interface OfTuneRun {
  readonly root: string;
  readonly run: string;
}

/**
 * A run after `epoch` epochs; at 0 it is where it began. Recall is R@1 on what is held out, a share, and `canary` the mean one on pictures that come with Winnow where it is watched; null is unknown.
 * An epoch `isForgotten` by which the run ended, for it forgot too much of those: it is never the best.
 */
export interface TunePoint {
  readonly epoch: number;
  readonly loss: number | null;
  readonly imageToText: number | null;
  readonly textToImage: number | null;
  readonly canary?: number | undefined;
  readonly isForgotten?: boolean;
}

/** The curve of a run, and what the run depends on, in the order in which it is told. */
export interface TuneCurve {
  readonly run: ListedTuneRun;
  readonly points: readonly TunePoint[];
  readonly options: Readonly<Record<string, string | number | boolean>>;
}

/** What the store does about runs of fine-tuning; they are listed in the overview. */
export interface TuneRunsApi {
  listTuneChoices: { params: { readonly root: string }; result: TuneChoices };
  /** Starts a run in a process that outlives the engine. Rejects with a sentence where it can't begin. */
  startTune: { params: TuneRequest; result: { readonly run: string } };
  /** Goes on with a run that was stopped, failed or died, in a process of its own. */
  resumeTuneRun: { params: OfTuneRun; result: null };
  /** Asks a run to stop, which it does before its next step. Rejects with a sentence where it doesn't run. */
  stopTuneRun: { params: OfTuneRun; result: null };
  readTuneCurves: { params: { readonly root: string; readonly runs: readonly string[] }; result: readonly TuneCurve[] };
}

/** What a run would do, and sentences that a person should read before it does. */
export interface TunePreview extends TuneJob {
  readonly notes: readonly string[];
}

/** What is to be reckoned with before a run begins; the compute process looks at the kept pairs for it. */
export interface TunePreviewApi {
  /** What a run would do. Nothing is written; `folder` is where it would be if it began now. For a trainer in Python the interpreter, the machine and the checkpoint are looked at, too. */
  previewTuneJob: { params: TuneRequest; result: TunePreview };
  /** Starts a run of a trainer in Python, after the same look, in a process that outlives the engine; `progress` counts files that are written for it before. */
  startPythonRun: { params: TuneRequest; result: { readonly run: string }; progress: { readonly done: number; readonly total: number } };
}
