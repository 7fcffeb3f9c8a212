/** How a run of fine-tuning stands; `killed` is one whose process went without a word. */
export type TuneRunState = "running" | "stopped" | "done" | "failed" | "killed";

/**
 * A run of fine-tuning at a glance. `epoch` counts whole epochs; null before the first. `loss` is the last step's. `recallBefore` and `recallBest` are R@1 on what is held
 * out, the mean of both directions as a share, before the run and at its best so far; null where nothing is held out or it isn't known yet. `etaSeconds` is what all of its
 * epochs would still take, for it may end earlier. `tuned` is the folder of the tuned encoder, null until there is one. `folder` and `tuned` are absolute paths.
 */
export interface ListedTuneRun {
  readonly id: string;
  readonly folder: string;
  readonly state: TuneRunState;
  readonly message: string | null;
  readonly startedAt: string;
  readonly lossName: string;
  readonly head: string;
  readonly encoder: string;
  readonly epoch: number | null;
  readonly epochs: number;
  readonly loss: number | null;
  readonly recallBefore: number | null;
  readonly recallBest: number | null;
  readonly etaSeconds: number | null;
  readonly tuned: string | null;
}

/** What the store does about runs of fine-tuning; they are listed in the overview. */
export interface TuneRunsApi {
  /** Asks a run to stop, which it does before its next step. Rejects with a sentence where it doesn't run. */
  stopTuneRun: { params: { readonly root: string; readonly run: string }; result: null };
}
