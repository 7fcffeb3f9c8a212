import type { GroupKind } from "../core/group.ts";
import type { ParityGrade } from "../core/parity/certificate.ts";
import type { ProblemCode, Severity } from "../core/problem.ts";
import type { Recipe } from "../core/recipe.ts";
import type { SignalDescriptor } from "../core/signals/signal.ts";
import type { ListedOperation } from "./operations.ts";
import type { ListedTuneRun } from "./tuneRuns.ts";

/** Asks which folders below some others hold a dataset. Paths are absolute; `exclude` are glob patterns of folders that are not entered. */
export interface FindDatasetsRequest {
  readonly folders: readonly string[];
  readonly exclude: readonly string[];
}

/** A folder that looks like a dataset: its format with the sentence that says why, and how many pictures (or archives, or tables) it holds. */
export interface FoundDataset {
  readonly root: string;
  readonly format: string;
  readonly formatReason: string;
  readonly files: number;
}

/** A list of pairs or samples that a person wants to look at: a filter (grammar of `parseWhere`) with its live count. */
export interface Bucket {
  readonly id: string;
  readonly title: string;
  /** What is in it and why it matters, in one sentence. */
  readonly about: string;
  readonly where: string;
  readonly unit: "pair" | "sample";
  readonly count: number;
  /** The kind of groups that the bucket is made of, and how many there are; both null for others. */
  readonly kind: GroupKind | null;
  readonly groups: number | null;
}

/**
 * Something that pairs can be filtered and sorted by. `signal` is its description where it is a signal; `values` the different ones of a text of few, and
 * `labels` what people read for each of them, where that is something else (concepts have ids and names).
 */
export interface Field {
  readonly name: string;
  readonly type: "text" | "integer" | "float" | "double" | "boolean";
  readonly signal: SignalDescriptor | null;
  readonly values: readonly string[] | null;
  readonly labels?: readonly string[];
}

/** What the current analysis says of a dataset. */
export interface Analysed {
  readonly generation: string;
  readonly samples: number;
  readonly captions: number;
  readonly format: string;
  readonly formatReason: string;
  readonly encoder: {
    readonly id: string;
    readonly name: string;
    readonly provider: string;
    readonly builtin: boolean;
    /** The grade of the encoder's certificate; null where it was never compared with a reference. */
    readonly parity?: ParityGrade | null;
  };
  readonly finishedAt: string;
  readonly buckets: readonly Bucket[];
  readonly fields: readonly Field[];
  readonly kept: { readonly samples: number; readonly captions: number };
  /** Samples of the evaluation split, which no rule judges. */
  readonly frozen: number;
  readonly problems: readonly { readonly code: ProblemCode; readonly severity: Severity; readonly count: number }[];
}

/**
 * A dataset at a glance. `analysed` is null before its first run. `state` changes with everything that `.winnow` says: equal state and
 * generation, equal answers to every question. `operations` are the latest, the newest first. `undoable` is what the next undo would take back.
 */
export interface Overview {
  readonly root: string;
  readonly name: string;
  readonly analysed: Analysed | null;
  readonly recipe: Recipe;
  readonly operations: readonly ListedOperation[];
  readonly undoable: ListedOperation | null;
  readonly readOnly: string | null;
  readonly state: string;
  /** Runs of fine-tuning, the newest first. */
  readonly tuneRuns?: readonly ListedTuneRun[];
  /** Absolute folders where another process's doing shows as a changed file: the one of `.winnow`'s files, the one of `current.json`, and those of fine-tuning. They may not exist yet. */
  readonly watched?: readonly string[];
}
