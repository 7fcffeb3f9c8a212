import { createDisposableStore, type Disposable } from "./disposables.ts";
import { createChangeGatherer, judgeChange } from "./fileChanges.ts";
import { innermostRoot } from "./folders.ts";

/** Watches a folder, with all below it where `deep`; `onChange` gets the absolute path of every file that comes, changes or goes. */
export type WatchFolder = (folder: string, options: { readonly deep: boolean }, onChange: (path: string) => void) => Disposable;

/** What a watched dataset tells. */
export interface WatchedDataset {
  readonly root: string;
  /** All roots of the window: a nested dataset's files are its own. */
  readonly roots: () => readonly string[];
  /** What is decided or known of the dataset may have changed, by whomever. */
  readonly onState: () => void;
  readonly onData: (paths: ReadonlySet<string>) => void;
}

/** The watchers of a dataset. */
export interface DatasetWatch extends Disposable {
  /** Watches folders outside of the root besides, in the place of those named before. */
  watchBesides(folders: readonly string[]): void;
}

/** Many files change at once where any do. */
const data = { quietMs: 500, longestMs: 2_000 };

/** An operation writes several of `.winnow`'s files one after the other. */
const state = { quietMs: 200, longestMs: 1_000 };

/** Watches a dataset's files until it is disposed. */
export function watchDataset(watch: WatchFolder, { root, roots, onState, onData }: WatchedDataset): DatasetWatch {
  const states = createChangeGatherer(onState, state);
  const changes = createChangeGatherer(onData, data);
  const store = createDisposableStore();
  let besides = createDisposableStore();
  let besidesOf = "";
  store.add(states);
  store.add(changes);
  store.add(
    watch(root, { deep: true }, (path) => {
      const change = innermostRoot(roots(), path) === root ? judgeChange(root, path) : "nothing";
      if (change === "state") states.add(path);
      if (change === "data") changes.add(path);
    }),
  );
  return {
    watchBesides: (folders) => {
      const wanted = folders.join("\n");
      if (wanted === besidesOf) return;
      besidesOf = wanted;
      besides.dispose();
      besides = createDisposableStore();
      for (const folder of folders) besides.add(watch(folder, { deep: false }, (path) => states.add(path)));
    },
    dispose: () => {
      store.dispose();
      besides.dispose();
    },
  };
}
