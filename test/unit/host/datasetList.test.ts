import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createDatasetList, type DatasetChoices, type DatasetList, NoDatasetError } from "../../../src/host/datasetList.ts";
import type { Message } from "../../../src/host/messages.ts";
import { openRememberedRoots } from "../../../src/host/remembered.ts";
import type { WhenFilesChange } from "../../../src/host/settings.ts";
import type { RunReport } from "../../../src/protocol/engineApi.ts";
import type { Overview } from "../../../src/protocol/overview.ts";
import { analysedOf, overviewOf } from "./entries.ts";
import { createMemory } from "./memory.ts";

interface Window {
  readonly list: DatasetList;
  /** What the engine finds below a folder. */
  readonly disk: Map<string, string[]>;
  readonly overviews: Map<string, Overview>;
  readonly told: string[];
  readonly runs: string[];
  readonly events: (string | undefined)[];
  readonly watched: Map<string, (path: string) => void>;
  finishRun: (error?: Error) => void;
  when: WhenFilesChange;
  isTrusted: boolean;
}

const memory: Record<string, unknown> = {};
const opened: DatasetList[] = [];

const reportOf = (root: string): RunReport => ({
  dataset: { root, format: "sidecar", formatReason: "", samples: 300, captions: 320 },
  encoder: null,
  stages: {},
  groups: { duplicate: 0, pixelDuplicate: 0, nearDuplicate: 0, sameCaption: 0, sameImage: 0, confusable: 0, concept: 0, falseNegative: 0 },
  problems: [],
  notices: [],
});

/** A window over an engine, a disk and a person that tests speak for. */
function openWindow(choices: Partial<DatasetChoices> = {}): Window {
  const [disk, overviews] = [new Map<string, string[]>(), new Map<string, Overview>()];
  const [told, runs, events] = [[] as string[], [] as string[], [] as (string | undefined)[]];
  const watched = new Map<string, (path: string) => void>();
  const store = {
    call: async (method: string, params: { root: string; folders: readonly string[] }) => {
      await Promise.resolve();
      if (method === "findDatasets")
        return params.folders.flatMap((folder) =>
          (disk.get(folder) ?? []).map((root) => ({ root, format: "sidecar", formatReason: "", files: 3 })),
        );
      const overview = overviews.get(params.root);
      if (overview === undefined) throw new Error("The folder is gone");
      return overview;
    },
  };
  const runner = {
    call: (_: string, { root }: { root: string }, { signal }: { signal: AbortSignal }) =>
      new Promise<RunReport>((resolve, reject) => {
        runs.push(root);
        signal.addEventListener("abort", () => reject(signal.reason as Error));
        window.finishRun = (error) => (error === undefined ? resolve(reportOf(root)) : reject(error));
      }),
  };
  const list = createDatasetList({
    engine: { store, runner, searcher: runner, dispose: () => undefined },
    choices: {
      folders: () => ["/work"],
      roots: () => [],
      exclude: () => [],
      request: (root) => ({ root, provider: "auto", discover: {} }),
      whenFilesChange: () => window.when,
      ...choices,
    },
    remembered: openRememberedRoots(createMemory(memory)),
    watch: (folder, _, onChange) => {
      watched.set(folder, onChange);
      return { dispose: () => watched.delete(folder) };
    },
    openDisplay: () => ({ show: () => undefined, close: () => undefined }),
    notices: {
      tell: ({ text }: Message) => told.push(text),
      fail: (what, error) => {
        if (!(error instanceof Error) || error.name !== "StoppedError") told.push(`${what}: ${String(error)}`);
      },
    },
    isTrusted: () => window.isTrusted,
    log: () => undefined,
  });
  opened.push(list);
  list.onDidChange((root) => events.push(root));
  const window: Window = { list, disk, overviews, told, runs, events, watched, finishRun: () => undefined, when: "ask", isTrusted: true };
  return window;
}

function put(window: Window, root: string, overview: Partial<Overview> = {}): void {
  window.disk.set("/work", [...(window.disk.get("/work") ?? []), root]);
  window.disk.set(root, [root]);
  window.overviews.set(root, overviewOf({ root, ...overview }));
}

const rootsOf = ({ list }: Window): string[] => list.all.map(({ root }) => root);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  for (const list of opened.splice(0)) list.dispose();
  for (const key of Object.keys(memory)) Reflect.deleteProperty(memory, key);
  vi.useRealTimers();
});

describe("the list of datasets", () => {
  it("holds what is found in the window's folders, nested ones too, with what is known of them", async () => {
    const window = openWindow();
    put(window, "/work/a/train");
    put(window, "/work/b/train", { analysed: null });
    put(window, "/work/b/train/inner");
    await window.list.find();
    expect(window.list.all.map(({ name, overview }) => [name, overview?.analysed !== null])).toEqual([
      ["a/train", true],
      ["b/train", false],
      ["inner", true],
    ]);
    expect(window.events).toContain(undefined);
    expect(window.events).toContain("/work/a/train");
  });

  it("says that it searches, and that folders which only look like datasets are not yet on it", async () => {
    const window = openWindow();
    put(window, "/work/a", { analysed: null });
    const search = window.list.find();
    expect([window.list.isSearching, window.list.isListed]).toEqual([true, false]);
    expect(window.list.find()).toBe(search);
    await search;
    expect([window.list.isSearching, window.list.isListed]).toEqual([false, false]);
    const run = window.list.run("/work/a");
    expect(window.list.isListed).toBe(true);
    window.list.cancelRun("/work/a");
    await run;
  });

  it("holds what a person added or named in the settings, over restarts, and says where it is gone", async () => {
    const window = openWindow({ roots: () => ["/named"] });
    put(window, "/far");
    window.disk.set("/work", []);
    await window.list.add("/far");
    await expect(window.list.add("/nothing")).rejects.toThrow(NoDatasetError);
    const later = openWindow({ roots: () => ["/named"] });
    later.disk.set("/far", ["/far"]);
    later.overviews.set("/far", overviewOf({ root: "/far" }));
    vi.useRealTimers(); // the disk is asked whether a folder is there
    await later.list.find();
    expect(rootsOf(later)).toEqual(["/far", "/named"]);
    expect(later.list.get("/named")?.problem).toBe("this folder is not there");
    expect(later.list.get("/far")?.problem).toBeNull();
  });

  it("leaves out what a person took off it, until it is added again", async () => {
    const window = openWindow();
    put(window, "/work/a");
    await window.list.find();
    await window.list.remove("/work/a");
    await window.list.find();
    expect([rootsOf(window), window.watched.size]).toEqual([[], 0]);
    await window.list.add("/work/a");
    expect(rootsOf(window)).toEqual(["/work/a"]);
  });

  it("keeps a dataset that can't be read on it, with a sentence", async () => {
    const window = openWindow();
    put(window, "/work/a");
    window.overviews.clear();
    await window.list.find();
    expect(window.list.get("/work/a")).toMatchObject({ overview: null, problem: "It can't be read: The folder is gone" });
    expect(window.told).toEqual([]);
    window.overviews.set("/work/a", overviewOf({ root: "/work/a" }));
    await window.list.refresh("/work/a");
    expect(window.list.get("/work/a")?.problem).toBeNull();
  });
});

describe("the analysis of a dataset", () => {
  it("is told when it is done, and the overview is read again", async () => {
    const window = openWindow();
    put(window, "/work/a", { analysed: null });
    await window.list.find();
    const both = Promise.all([window.list.run("/work/a"), window.list.run("/work/a")]);
    await vi.waitFor(() => expect(window.runs).toEqual(["/work/a"]));
    expect(window.list.get("/work/a")?.run).toEqual({ progress: [], etaSeconds: null });
    window.overviews.set("/work/a", overviewOf({ root: "/work/a" }));
    window.finishRun();
    await both;
    expect(window.list.get("/work/a")).toMatchObject({ run: null, changedFiles: 0, overview: { analysed: { samples: 300 } } });
    expect(window.told).toEqual(["a is analysed: 300 pictures, 320 captions"]);
  });

  it("is silent when it is stopped, and told when it fails or may not start", async () => {
    const window = openWindow();
    put(window, "/work/a");
    await window.list.find();
    const stopped = window.list.run("/work/a");
    await vi.waitFor(() => expect(window.runs).toHaveLength(1));
    window.list.cancelRun("/work/a");
    await stopped;
    expect(window.told).toEqual([]);
    const failing = window.list.run("/work/a");
    await vi.waitFor(() => expect(window.runs).toHaveLength(2));
    window.finishRun(new Error("There is no room"));
    await failing;
    expect(window.told).toEqual(["The analysis of a failed: Error: There is no room"]);
    window.isTrusted = false;
    await window.list.run("/work/a");
    expect(window.runs).toHaveLength(2);
    expect(window.told.at(-1)).toContain("not trusted");
  });
});

describe("changes of files", () => {
  const change = (window: Window, root: string, ...paths: string[]): void => {
    for (const path of paths) window.watched.get(root)?.(path);
    vi.advanceTimersByTime(3_000);
  };
  const openAnalysed = async (): Promise<Window> => {
    const window = openWindow();
    put(window, "/work/a");
    put(window, "/work/a/inner");
    await window.list.find();
    window.events.length = 0;
    return window;
  };

  it("are counted, each file once and in the innermost dataset, and spoken of once they are quiet", async () => {
    const window = await openAnalysed();
    change(window, "/work/a", "/work/a/1.jpg", "/work/a/1.jpg", "/work/a/2.txt", "/work/a/inner/3.jpg", "/work/a/.git/x");
    expect(window.list.get("/work/a")?.changedFiles).toBe(2);
    expect(window.list.get("/work/a/inner")?.changedFiles).toBeNull();
    expect(window.told).toEqual([]);
    vi.advanceTimersByTime(6_000);
    expect(window.told).toEqual(["2 files of a changed since the analysis"]);
  });

  it("are spoken of once until the next run, however many come", async () => {
    const window = await openAnalysed();
    for (const name of ["1.jpg", "2.jpg", "3.jpg"]) {
      change(window, "/work/a", `/work/a/${name}`);
      vi.advanceTimersByTime(6_000);
    }
    expect(window.told).toEqual(["1 file of a changed since the analysis"]);
    const run = window.list.run("/work/a");
    await vi.waitFor(() => expect(window.runs).toHaveLength(1));
    window.finishRun();
    await run;
    change(window, "/work/a", "/work/a/4.jpg");
    vi.advanceTimersByTime(6_000);
    expect(window.told).toHaveLength(3);
  });

  it("start a run by themselves where a person wants it so", async () => {
    const window = await openAnalysed();
    window.when = "automatically";
    change(window, "/work/a", "/work/a/1.jpg");
    vi.advanceTimersByTime(6_000);
    await vi.waitFor(() => expect(window.runs).toEqual(["/work/a"]));
    change(window, "/work/a", "/work/a/9.jpg");
    window.finishRun();
    await vi.waitFor(() => expect(window.list.get("/work/a")?.run).toBeNull());
    expect(window.list.get("/work/a")?.changedFiles).toBe(1); // it came during the run, which may have missed it
    expect(window.told).toEqual([]);
  });

  it("are only counted where a person wants to hear nothing, where there is no analysis, and where they are our own", async () => {
    const window = await openAnalysed();
    window.when = "never";
    change(window, "/work/a", "/work/a/1.jpg");
    vi.advanceTimersByTime(6_000);
    window.when = "ask";
    window.list.noteOwnChange("/work/a");
    change(window, "/work/a", "/work/a/2.jpg");
    vi.advanceTimersByTime(6_000);
    expect(window.list.get("/work/a")?.changedFiles).toBe(2);
    window.overviews.set("/work/a/inner", overviewOf({ root: "/work/a/inner", analysed: null }));
    await window.list.refresh("/work/a/inner");
    change(window, "/work/a/inner", "/work/a/inner/1.jpg");
    vi.advanceTimersByTime(6_000);
    expect(window.told).toEqual([]);
  });

  it("count again when the run that was to take them in fails", async () => {
    const window = await openAnalysed();
    change(window, "/work/a", "/work/a/1.jpg");
    const run = window.list.run("/work/a");
    await vi.waitFor(() => expect(window.runs).toHaveLength(1));
    expect(window.list.get("/work/a")?.changedFiles).toBe(0);
    change(window, "/work/a", "/work/a/2.jpg");
    window.finishRun(new Error("no"));
    await run;
    expect(window.list.get("/work/a")?.changedFiles).toBe(2);
  });

  it("of what was decided, by another window or the command line, are read again", async () => {
    const window = await openAnalysed();
    window.overviews.set("/work/a", overviewOf({ root: "/work/a", state: "s2" }));
    change(window, "/work/a", "/work/a/.winnow/selection.csv", "/work/a/.winnow/ledger.jsonl");
    await vi.waitFor(() => expect(window.list.get("/work/a")?.overview?.state).toBe("s2"));
    expect(window.list.get("/work/a")?.changedFiles).toBeNull();
  });

  it("of another's analysis are seen where the overview says to look, and what had changed before is part of it", async () => {
    const window = await openAnalysed();
    change(window, "/work/a", "/work/a/1.jpg");
    window.overviews.set("/work/a", overviewOf({ root: "/work/a", watched: ["/cache/a"] }));
    await window.list.refresh("/work/a");
    expect(window.list.get("/work/a")?.changedFiles).toBe(1);
    window.overviews.set("/work/a", overviewOf({ root: "/work/a", watched: ["/cache/a"], analysed: analysedOf({ generation: "g2" }) }));
    change(window, "/cache/a", "/cache/a/current.json");
    await vi.waitFor(() => expect(window.list.get("/work/a")?.overview?.analysed?.generation).toBe("g2"));
    expect(window.list.get("/work/a")?.changedFiles).toBe(0);
  });
});
