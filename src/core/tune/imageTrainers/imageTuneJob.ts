import type { TuneJob } from "../tuneJob.ts";

/**
 * A job of a text-to-image trainer: how often it shows all, the prompts of its sample pictures by number, and the folder that those lie in by checkpoint, an absolute path, null where
 * they lie in none.
 */
export interface ImageTuneJob extends TuneJob {
  readonly epochs: number;
  readonly prompts: readonly string[];
  readonly samples: string | null;
}
