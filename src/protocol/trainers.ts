import type { OptionTable } from "../core/prune/options.ts";
import type { TrainerCache } from "../core/trainers/caches.ts";
import type { TrainerDryRun } from "../core/trainers/dryRun.ts";

/** A trainer whose reading of a folder is known. `source` says from where; `options` are all that it takes here. */
export interface ListedTrainer {
  readonly id: string;
  readonly name: string;
  readonly source: string;
  readonly options: OptionTable;
}

/** Asks what a trainer would read from a folder. `encoder` is one whose tokens are counted (an id or a folder); `pairs` is how many pairs the answer gives, 100 where nothing is said. */
export interface ReadAsRequest {
  readonly root: string;
  readonly trainer: string;
  readonly options: Readonly<Record<string, string | number | boolean>>;
  readonly encoder?: string;
  readonly pairs?: number;
}

/** A pair as the trainer reads it; one of `texts` is drawn where there are several, and it has no text where there is none. */
export interface TrainerPair {
  readonly image: string;
  readonly texts: readonly string[];
  readonly set: string;
  readonly repeats: number;
}

/** What a trainer would read, with the first pairs, and what trainers left in the folder to spare themselves work. */
export interface TrainerReading {
  readonly dryRun: TrainerDryRun;
  readonly pairs: readonly TrainerPair[];
  readonly caches: readonly TrainerCache[];
}

/** Moves trainers' caches to the trash: those that no longer fit what they were made of, or with `all` every one. */
export interface ClearCachesRequest {
  readonly root: string;
  readonly all: boolean;
}

/** What was moved, as which operation (null where there was nothing). The bytes stay in the trash until it is emptied. */
export interface ClearedCaches {
  readonly files: number;
  readonly sizeBytes: number;
  readonly operation: string | null;
}

/** What the store answers about trainers. */
export interface TrainersApi {
  listTrainers: { params: null; result: readonly ListedTrainer[] };
  clearCaches: { params: ClearCachesRequest; result: ClearedCaches; progress: { done: number; total: number } };
}
