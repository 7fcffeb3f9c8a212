import type { Progress } from "../core/stages.ts";

/** What every long request takes besides: a way to stop it and one to see it go on. */
export interface Watch {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}
