import { stat } from "node:fs/promises";
import type { FoundDataset, Overview } from "../protocol/overview.ts";
import type { RunState } from "../protocol/panelApi.ts";
import { namesOf } from "./datasetNames.ts";
import type { DatasetEntry } from "./datasets.ts";
import type { DatasetWatch } from "./datasetWatch.ts";

/** What this window knows of one dataset. */
export interface KnownDataset {
  readonly root: string;
  readonly watch: DatasetWatch;
  format: string;
  /** A person put it on the list, by hand or in the settings. */
  isAdded: boolean;
  overview: Overview | null;
  problem: string | null;
  /** Files that changed since the analysis; null before anything is known of that. */
  changed: Set<string> | null;
}

/** The datasets that a window knows, by root. */
export interface KnownDatasets {
  readonly all: readonly KnownDataset[];
  readonly roots: () => readonly string[];
  get(root: string): KnownDataset | undefined;
  /** Takes up a dataset, or what is new about one. */
  put(root: string, about: { readonly format?: string; readonly isAdded?: boolean }): KnownDataset;
  drop(root: string): void;
  /** What others are told of a dataset. */
  entry(known: KnownDataset, run: RunState | null): DatasetEntry;
  dispose(): void;
}

/** More changed files than this are not counted one by one. */
const changedLimit = 100_000;

/** Makes an empty collection. `watch` starts to watch a dataset when it becomes known. */
export function createKnownDatasets(watch: (root: string) => DatasetWatch): KnownDatasets {
  const known = new Map<string, KnownDataset>();
  let names: ReadonlyMap<string, string> = new Map();
  const rename = (): void => {
    names = namesOf([...known.keys()]);
  };
  return {
    get all() {
      return [...known.values()].sort((left, right) => (left.root < right.root ? -1 : 1));
    },
    roots: () => [...known.keys()],
    get: (root) => known.get(root),
    put: (root, { format, isAdded }) => {
      let dataset = known.get(root);
      if (dataset === undefined) {
        dataset = { root, watch: watch(root), format: "", isAdded: false, overview: null, problem: null, changed: null };
        known.set(root, dataset);
        rename();
      }
      dataset.format = format ?? dataset.format;
      dataset.isAdded = isAdded ?? dataset.isAdded;
      return dataset;
    },
    drop: (root) => {
      known.get(root)?.watch.dispose();
      known.delete(root);
      rename();
    },
    entry: ({ root, format, overview, problem, changed }, run) => ({
      root,
      name: names.get(root) ?? root,
      format: overview?.analysed?.format ?? format,
      overview,
      run,
      changedFiles: changed?.size ?? null,
      problem,
    }),
    dispose: () => {
      for (const { watch: own } of known.values()) own.dispose();
      known.clear();
    },
  };
}

/** Takes in an overview that was read: with another analysis, what had changed before it is part of it. */
export function takeOverview(known: KnownDataset, overview: Overview): void {
  const before = known.overview?.analysed?.generation;
  const now = overview.analysed?.generation;
  if (before !== undefined && now !== before) known.changed = new Set();
  known.overview = overview;
  known.problem = null;
  known.watch.watchBesides(overview.watched ?? []);
}

/** Counts files that changed. */
export function countChanged(known: KnownDataset, paths: ReadonlySet<string>): void {
  known.changed ??= new Set();
  for (const path of paths) {
    if (known.changed.size >= changedLimit) return;
    known.changed.add(path);
  }
}

/** Brings the collection in line with a search: what it found, and what people put on the list or took off it. A dataset that `isBusy` stays. */
export async function takeFound(
  datasets: KnownDatasets,
  found: readonly FoundDataset[],
  {
    added,
    hidden,
    isBusy,
  }: { readonly added: readonly string[]; readonly hidden: readonly string[]; readonly isBusy: (root: string) => boolean },
): Promise<void> {
  const away = new Set(hidden);
  const wanted = new Map(found.filter(({ root }) => !away.has(root)).map(({ root, format }) => [root, format]));
  for (const root of added) if (!away.has(root) && !wanted.has(root)) wanted.set(root, "");
  for (const { root } of datasets.all) if (!wanted.has(root) && !isBusy(root)) datasets.drop(root);
  for (const [root, format] of wanted) {
    const known = datasets.put(root, { isAdded: added.includes(root), ...(format === "" ? {} : { format }) });
    known.problem = format === "" ? await whyNotFound(root) : null;
  }
}

async function whyNotFound(root: string): Promise<string> {
  const isThere = await stat(root).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  return isThere ? "no dataset is found here any more" : "this folder is not there";
}
