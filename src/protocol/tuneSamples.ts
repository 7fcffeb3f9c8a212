import type { SampleGrid } from "../core/tune/imageTrainers/samples.ts";
import type { ThumbnailBatch } from "./gallery.ts";
import type { OfTuneRun } from "./tuneRuns.ts";

/** A sample picture by the name of its file; `version` is another once the file is. */
export interface NamedSample {
  readonly name: string;
  readonly version: string;
}

/** The sample pictures of a run: prompts are rows, checkpoints columns, the earliest first. */
export interface TuneSampleGrid extends SampleGrid<NamedSample> {
  readonly prompts: readonly string[];
}

/** What the store answers about pictures that a run has painted; of files, names cross the border and no paths that the page says. */
export interface TuneSamplesApi {
  /** Rejects with a sentence where the run's trainer leaves none in files. */
  readTuneSamples: { params: OfTuneRun; result: TuneSampleGrid };
  readTuneSampleThumbnails: { params: OfTuneRun & { readonly names: readonly string[]; readonly side: number }; result: ThumbnailBatch };
  findTuneSample: { params: OfTuneRun & { readonly name: string }; result: { readonly path: string } };
}
