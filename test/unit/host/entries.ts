import { emptyRecipe } from "../../../src/core/recipe.ts";
import type { DatasetEntry } from "../../../src/host/datasets.ts";
import type { ListedOperation } from "../../../src/protocol/operations.ts";
import type { Analysed, Bucket, Overview } from "../../../src/protocol/overview.ts";
import type { ListedTuneRun } from "../../../src/protocol/tuneRuns.ts";

/** A bucket with made-up words. */
export function bucketOf(id: string, more: Partial<Bucket> = {}): Bucket {
  return {
    id,
    title: `Title of ${id}`,
    about: `What ${id} is`,
    where: "clipScore < 0.2",
    unit: "pair",
    count: 3,
    kind: null,
    groups: null,
    ...more,
  };
}

/** An operation that dropped something. */
export function operationOf(operation: string, more: Partial<ListedOperation> = {}): ListedOperation {
  return {
    operation,
    time: "2026-11-24T10:00:00.000Z",
    by: "rule",
    kind: "prune",
    summary: `Summary of ${operation}`,
    files: 1,
    state: "done",
    ...more,
  };
}

/** A run of fine-tuning that is under way. */
export function tuneRunOf(more: Partial<ListedTuneRun> = {}): ListedTuneRun {
  return {
    ...{ id: "20261124-100000-infoNce", folder: "/data/.winnow/runs/20261124-100000-infoNce", state: "running", message: null },
    ...{
      startedAt: "2026-11-24T10:00:00.000Z",
      trainer: "head",
      title: "infoNce, linear",
      encoder: "built-in",
      epoch: 3,
      epochs: 20,
      step: 12,
      steps: null,
    },
    ...{
      loss: 1.2345,
      recallBefore: 0.12,
      recallBest: 0.195,
      etaSeconds: 40,
      tuned: null,
      comparison: null,
      incomparable: null,
      samples: null,
    },
    ...more,
  };
}

/** An analysis of 300 pictures. */
export function analysedOf(more: Partial<Analysed> = {}): Analysed {
  return {
    generation: "g1",
    samples: 300,
    captions: 320,
    format: "sidecar",
    formatReason: "a .txt beside each picture",
    encoder: { id: "builtin@1", name: "built-in", provider: "cpu", builtin: true },
    finishedAt: "2026-11-24T09:00:00.000Z",
    buckets: [
      bucketOf("lowScore"),
      bucketOf("duplicates", { unit: "sample", kind: "duplicate", groups: 2 }),
      bucketOf("confusable", { kind: "confusable", groups: 1 }),
      bucketOf("review", { where: "verdict = review", count: 4 }),
      bucketOf("dropped", { where: "verdict = drop", count: 0 }),
    ],
    fields: [],
    kept: { samples: 290, captions: 310 },
    frozen: 0,
    problems: [
      { code: "brokenImage", severity: "error", count: 2 },
      { code: "exifOrientation", severity: "note", count: 5 },
    ],
    ...more,
  };
}

/** The overview of an analysed dataset. */
export function overviewOf(more: Partial<Overview> = {}): Overview {
  const operation = operationOf("o2");
  return {
    root: "/data",
    name: "data",
    analysed: analysedOf(),
    recipe: {
      ...emptyRecipe,
      rules: [
        { policy: "threshold", signal: "clipScore", min: 0.2 },
        { policy: "deduplicate", of: "duplicate", off: true },
      ],
    },
    operations: [operation, operationOf("o1", { state: "undone" })],
    undoable: operation,
    readOnly: null,
    state: "s1",
    ...more,
  };
}

/** A dataset that was found and never analysed. */
export function newEntry(more: Partial<DatasetEntry> = {}): DatasetEntry {
  const overview = overviewOf({ analysed: null, operations: [], undoable: null });
  return { root: "/data", name: "data", format: "sidecar", overview, run: null, changedFiles: null, problem: null, ...more };
}

/** A dataset with an analysis. */
export function analysedEntry(more: Partial<DatasetEntry> = {}): DatasetEntry {
  return newEntry({ overview: overviewOf(), ...more });
}
