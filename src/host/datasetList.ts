import type { RunRequest } from "../protocol/engineApi.ts";
import { coalesce } from "./coalesce.ts";
import type { DatasetEntry, Datasets } from "./datasets.ts";
import { watchDataset, type WatchFolder } from "./datasetWatch.ts";
import { createEmitter } from "./emitter.ts";
import { type EngineClient, NotTrustedError } from "./engineClient.ts";
import { countChanged, createKnownDatasets, type KnownDataset, takeFound, takeOverview } from "./knownDatasets.ts";
import * as messages from "./messages.ts";
import type { Notices } from "./notices.ts";
import type { RememberedRoots } from "./remembered.ts";
import { createRuns, type RunDisplay, type Runs } from "./runs.ts";
import { formatStageTimes } from "./runText.ts";
import type { WhenFilesChange } from "./settings.ts";

/** The datasets as the extension owns them. */
export interface DatasetList extends Datasets {
  /** Looks through the window's folders, and reads what is known of every dataset. */
  find(): Promise<void>;
  readonly isSearching: boolean;
  /** Whether there is more than folders that look like datasets: one was analysed, is being analysed, or was put on the list by a person. */
  readonly isListed: boolean;
  /** This window has just changed something of a dataset. */
  noteOwnChange(root: string): void;
}

/** What is chosen in VS Code, looked at whenever it is needed. */
export interface DatasetChoices {
  /** The window's folders. */
  readonly folders: () => readonly string[];
  /** Roots that are named in the settings. */
  readonly roots: () => readonly string[];
  readonly exclude: () => readonly string[];
  readonly request: (root: string) => RunRequest;
  readonly whenFilesChange: () => WhenFilesChange;
}

/** What the datasets are made with. */
export interface DatasetParts {
  readonly engine: EngineClient;
  readonly choices: DatasetChoices;
  readonly remembered: RememberedRoots;
  readonly watch: WatchFolder;
  readonly openDisplay: (name: string, options: { readonly quiet: boolean; readonly stop: () => void }) => RunDisplay;
  readonly notices: Notices;
  readonly isTrusted: () => boolean;
  readonly log: (line: string) => void;
}

/** A folder holds nothing that looks like a dataset. */
export class NoDatasetError extends Error {
  readonly folder: string;

  constructor(folder: string) {
    super(`No dataset was found in ${folder}`);
    this.name = "NoDatasetError";
    this.folder = folder;
  }
}

/** Files that changed are spoken of once they have been quiet for so long. */
const quietMs = 5_000;

/** So many overviews are read at once. */
const readAtOnce = 4;

/** What changes within so long of a change of ours is taken for it. */
const ownChangeMs = 10_000;

/** Makes the list; nothing is looked for before `find`. */
export function createDatasetList(parts: DatasetParts): DatasetList {
  return new List(parts);
}

class List implements DatasetList {
  readonly #parts: DatasetParts;
  readonly #known = createKnownDatasets((root) => this.#watch(root));
  readonly #changed = createEmitter<string | undefined>((error) => this.#parts.log(`A listener of datasets failed: ${String(error)}`));
  readonly #runs: Runs;
  readonly #ongoing = new Map<string, Promise<void>>();
  readonly #ownChangesMs = new Map<string, number>();
  readonly #quiet = new Map<string, NodeJS.Timeout>();
  /** Datasets whose changes a person was asked about since their last run: once is enough, the side bar shows the count. */
  readonly #asked = new Set<string>();
  readonly onDidChange = this.#changed.event;
  readonly refresh = coalesce((root) => this.#read(root));
  #search: Promise<void> | undefined;
  #isDisposed = false;

  constructor(parts: DatasetParts) {
    this.#parts = parts;
    this.#runs = createRuns({
      runner: parts.engine.runner,
      open: (root, options) => parts.openDisplay(this.#nameOf(root), options),
      onRecovered: (root, provider) =>
        parts.notices.tell(messages.runRecovered(this.#nameOf(root), parts.choices.request(root).provider, provider)),
      onDidChange: (root) => this.#changed.fire(root),
    });
  }

  get all(): readonly DatasetEntry[] {
    return this.#known.all.map((known) => this.#entry(known));
  }

  get isSearching(): boolean {
    return this.#search !== undefined;
  }

  get isListed(): boolean {
    return this.#known.all.some(({ root, isAdded, overview }) => isAdded || overview?.analysed != null || this.#runs.state(root) !== null);
  }

  get(root: string): DatasetEntry | undefined {
    const known = this.#known.get(root);
    return known && this.#entry(known);
  }

  find(): Promise<void> {
    this.#search ??= this.#find().finally(() => {
      this.#search = undefined;
      this.#changed.fire(undefined);
    });
    this.#changed.fire(undefined);
    return this.#search;
  }

  async add(folder: string): Promise<void> {
    const { engine, remembered, choices } = this.#parts;
    const found = await engine.store.call("findDatasets", { folders: [folder], exclude: choices.exclude() });
    if (found.length === 0) throw new NoDatasetError(folder);
    for (const { root, format } of found) {
      await remembered.add(root);
      this.#known.put(root, { format, isAdded: true }).problem = null;
    }
    this.#changed.fire(undefined);
    await Promise.all(found.map(({ root }) => this.refresh(root)));
  }

  async remove(root: string): Promise<void> {
    this.#runs.stop(root);
    await this.#parts.remembered.hide(root);
    this.#known.drop(root);
    this.#changed.fire(undefined);
  }

  run(root: string): Promise<void> {
    return this.#run(root, { quiet: false });
  }

  cancelRun(root: string): void {
    this.#runs.stop(root);
  }

  noteOwnChange(root: string): void {
    this.#ownChangesMs.set(root, performance.now());
  }

  dispose(): void {
    this.#isDisposed = true;
    for (const timer of this.#quiet.values()) clearTimeout(timer);
    this.#runs.dispose();
    this.#known.dispose();
  }

  async #find(): Promise<void> {
    const { engine, choices, remembered, notices } = this.#parts;
    const added = [...new Set([...remembered.added, ...choices.roots()])];
    const folders = [...new Set([...choices.folders(), ...added])];
    try {
      const found = folders.length === 0 ? [] : await engine.store.call("findDatasets", { folders, exclude: choices.exclude() });
      if (this.#isDisposed) return;
      await takeFound(this.#known, found, { added, hidden: remembered.hidden, isBusy: (root) => this.#runs.state(root) !== null });
    } catch (error) {
      notices.fail("Looking for datasets failed", error);
      return;
    }
    this.#changed.fire(undefined);
    const waiting = this.#known.roots().values();
    const readOn = async (): Promise<void> => {
      for (const root of waiting) await this.refresh(root);
    };
    await Promise.all(Array.from({ length: readAtOnce }, readOn));
  }

  /** Reads a dataset's overview; what goes wrong is told where the dataset stands, not in a message that nobody asked for. */
  async #read(root: string): Promise<void> {
    const before = this.#known.get(root);
    if (before === undefined || this.#isDisposed) return;
    try {
      const overview = await this.#parts.engine.store.call("readOverview", { root });
      const known = this.#known.get(root);
      if (known !== undefined) takeOverview(known, overview);
    } catch (error) {
      const message = messages.failed("It can't be read", error);
      if (message === undefined) return;
      before.problem ??= message.text;
      this.#parts.log(`${root} can't be read: ${String(error)}`);
    }
    this.#changed.fire(root);
  }

  async #run(root: string, options: { readonly quiet: boolean }): Promise<void> {
    const ongoing = this.#ongoing.get(root);
    if (ongoing !== undefined) {
      await ongoing;
      return;
    }
    const work = this.#carryOut(root, options).finally(() => this.#ongoing.delete(root));
    this.#ongoing.set(root, work);
    await work;
  }

  async #carryOut(root: string, { quiet }: { readonly quiet: boolean }): Promise<void> {
    const { choices, notices, log, isTrusted } = this.#parts;
    const known = this.#known.put(root, {});
    const name = this.#nameOf(root);
    const changedBefore = known.changed;
    try {
      if (!isTrusted()) throw new NotTrustedError();
      known.changed = new Set();
      this.#asked.delete(root);
      const report = await this.#runs.run(choices.request(root), { quiet });
      for (const line of [...formatStageTimes(report), ...report.notices]) log(line);
      await this.refresh(root);
      if (!quiet) notices.tell(messages.runDone(name, report));
    } catch (error) {
      const changedMeanwhile = known.changed;
      known.changed = changedBefore;
      if (changedMeanwhile !== null && changedMeanwhile.size > 0) countChanged(known, changedMeanwhile);
      notices.fail(`The analysis of ${name} failed`, error);
      this.#changed.fire(root);
    }
  }

  #watch(root: string): ReturnType<typeof watchDataset> {
    return watchDataset(this.#parts.watch, {
      root,
      roots: this.#known.roots,
      onState: () => {
        void this.refresh(root);
      },
      onData: (paths) => this.#onData(root, paths),
    });
  }

  #onData(root: string, paths: ReadonlySet<string>): void {
    const known = this.#known.get(root);
    if (known === undefined) return;
    countChanged(known, paths);
    this.#changed.fire(root);
    clearTimeout(this.#quiet.get(root));
    this.#quiet.set(root, setTimeout(() => this.#onQuiet(root), quietMs).unref());
  }

  /** Files have changed and are quiet: what comes now is the person's choice. Our own edits of captions are not spoken of. */
  #onQuiet(root: string): void {
    const { choices, notices, isTrusted } = this.#parts;
    const known = this.#known.get(root);
    const count = known?.changed?.size ?? 0;
    if (known?.overview?.analysed == null || count === 0 || !isTrusted() || this.#ongoing.has(root)) return;
    const when = choices.whenFilesChange();
    if (when === "automatically") void this.#run(root, { quiet: true });
    const isOwn = performance.now() - (this.#ownChangesMs.get(root) ?? Number.NEGATIVE_INFINITY) < quietMs + ownChangeMs;
    if (when !== "ask" || isOwn || this.#asked.has(root)) return;
    this.#asked.add(root);
    notices.tell(messages.filesChanged(this.#nameOf(root), root, count));
  }

  #entry(known: KnownDataset): DatasetEntry {
    return this.#known.entry(known, this.#runs.state(known.root));
  }

  #nameOf(root: string): string {
    return this.get(root)?.name ?? root;
  }
}
