import { describe, expect, it, vi } from "vitest";
import type { PanelWindow } from "../../../../src/host/panel/panelWindow.ts";
import { createRelay, type RelayParts } from "../../../../src/host/panel/relay.ts";
import { requestForms } from "../../../../src/host/panel/requests.ts";
import { createRewriteJobs } from "../../../../src/host/panel/rewriteJobs.ts";
import type { EngineClient } from "../../../../src/host/engineClient.ts";
import { ClosedError, type CallOptions } from "../../../../src/protocol/rpc.ts";

type Answer = (method: string, params: Record<string, unknown>, options: CallOptions<unknown>) => unknown;

const watching = { signal: new AbortController().signal, onProgress: () => undefined };

/** A relay before an engine that is asked and answers by hand. */
function openRelay({ answer = () => null, run = null }: { answer?: Answer; run?: unknown } = {}) {
  const asked: (readonly [process: string, method: string, params: unknown])[] = [];
  const process = (name: string) => ({
    call: (method: string, params: Record<string, unknown>, options: CallOptions<unknown> = {}) => {
      asked.push([name, method, params]);
      return Promise.resolve(answer(method, params, options));
    },
  });
  const window = {
    openPicture: vi.fn(() => Promise.resolve()),
    openText: vi.fn(() => Promise.resolve()),
    pictureUri: (path: string) => (path.startsWith("/data/") ? `https://resource${path}` : undefined),
    choose: () => Promise.resolve({ path: "/chosen/a.jpg" }),
    mayRead: (path: string) => path.startsWith("/chosen/"),
    confirm: () => Promise.resolve(true),
  } satisfies PanelWindow;
  const datasets = {
    get: () => ({ run }),
    refresh: vi.fn(() => Promise.resolve()),
    run: vi.fn(() => Promise.resolve()),
    cancelRun: vi.fn(),
  };
  const gone = new AbortController();
  const store = process("store");
  const source = { kind: "host", model: "test/good" } as const;
  const rewriteJobs = createRewriteJobs({
    store: store as unknown as EngineClient["store"],
    chooseProvider: () => Promise.resolve({ source, label: "Good" }),
    withKey: (keyless) => Promise.resolve({ ...keyless, key: "secret" }),
    limits: () => ({ concurrency: 4, pictureSide: 768 }),
  });
  const relay = createRelay({
    root: "/data",
    engine: { store, runner: process("runner"), searcher: process("searcher") },
    datasets,
    window,
    provider: () => "cpu",
    rewriteJobs,
    readSnapshot: () => Promise.reject(new Error("not asked for")),
    gone: gone.signal,
    log: () => undefined,
  } as unknown as RelayParts);
  return { relay, asked, window, gone };
}

const drop = { targets: { kind: "named", pairs: [{ sample: "a", captionIndex: null }] }, decision: "drop", reason: "" } as const;

describe("createRelay", () => {
  it("lets the person choose who rewrites, and hands no secret down", async () => {
    expect(await openRelay().relay.chooseProvider(null, watching)).toEqual({ source: { kind: "host", model: "test/good" }, label: "Good" });
  });

  it("answers every request of the page", () => {
    expect(Object.keys(openRelay().relay).sort()).toEqual(Object.keys(requestForms).sort());
  });

  it("hands the store's requests on with the panel's own root, whatever the page says", async () => {
    const { relay, asked } = openRelay();
    await relay.inspect({ sample: "a", root: "/etc" } as { sample: string }, watching);
    expect(asked).toEqual([["store", "inspect", { sample: "a", root: "/data" }]]);
  });

  it("refuses what can't be read before anything is asked", () => {
    const { relay, asked } = openRelay();
    expect(() => relay.inspect({ sample: 5 } as unknown as { sample: string }, watching)).toThrow("inspect can't be read: sample: ");
    expect(asked).toEqual([]);
  });

  it("brings a change to its end when the page goes, and stops a question", async () => {
    const signals: (AbortSignal | undefined)[] = [];
    const { relay, gone } = openRelay({ answer: (_method, _params, { signal }) => signals.push(signal) });
    await relay.setVerdicts(drop, watching);
    await relay.inspect({ sample: "a" }, watching);
    gone.abort();
    expect(signals.map((signal) => signal?.aborted)).toEqual([undefined, true]);
  });

  it("lets a person stop a change of many files, but not a page that goes", async () => {
    const signals: (AbortSignal | undefined)[] = [];
    const { relay } = openRelay({ answer: (_method, _params, { signal }) => signals.push(signal) });
    const edit = { scope: { kind: "dataset" }, operation: "trim", options: {} } as const;
    for (const reason of [new ClosedError(), new Error("The request was cancelled")]) {
      const stop = new AbortController();
      await relay.applyEdit(edit, { ...watching, signal: stop.signal });
      stop.abort(reason);
    }
    expect(signals.map((signal) => signal?.aborted)).toEqual([false, true]);
  });

  it("adds the key to a source that the person chose, and refuses any other", async () => {
    const { relay, asked } = openRelay();
    const job = { scope: { kind: "dataset" }, preset: "laclip", options: {}, source: { kind: "host", model: "test/good" } } as const;
    await expect(relay.rewrite(job, watching)).rejects.toThrow("was not chosen in this window");
    expect(asked).toEqual([]);
    await relay.chooseProvider(null, watching);
    await relay.estimateRewrite(job, watching);
    await relay.rewrite(job, watching);
    const whole = { concurrency: 4, pictureSide: 768, ...job, root: "/data", source: { ...job.source, key: "secret" } };
    expect(asked).toEqual([
      ["store", "estimateRewrite", whole],
      ["store", "rewrite", whole],
    ]);
  });

  it("keeps what the page's person wrote in a person's name, whatever the page says", async () => {
    const { relay, asked } = openRelay();
    const proposal = { sample: "a", captionIndex: 0, was: { text: "a cat" }, caption: "a dog", preset: "byHand" } as const;
    await relay.proposeCaption({ ...proposal, author: "agent" } as typeof proposal, watching);
    expect(asked).toEqual([["store", "proposeCaption", { ...proposal, root: "/data", author: "human" }]]);
  });

  it("asks the searching process which words a picture supports, and stops when the page goes", async () => {
    const signals: (AbortSignal | undefined)[] = [];
    const { relay, asked, gone } = openRelay({ answer: (_method, _params, { signal }) => signals.push(signal) });
    await relay.explainWords({ sample: "a", text: "a dog" }, watching);
    expect(asked).toEqual([["searcher", "explainWords", { sample: "a", text: "a dog", root: "/data", provider: "cpu" }]]);
    gone.abort();
    expect(signals[0]!.aborted).toBe(true);
  });

  it("orders a view by what the encoder finds", async () => {
    const similarity = { generation: "g", values: Float32Array.of(0.1) };
    const { relay, asked } = openRelay({ answer: (method) => (method === "similarities" ? similarity : "view") });
    expect(await relay.openView({ unit: "pair", search: { kind: "text", text: "a dog" } }, watching)).toBe("view");
    expect(asked).toEqual([
      ["searcher", "similarities", { root: "/data", query: { kind: "text", text: "a dog" }, provider: "cpu" }],
      ["store", "openView", { unit: "pair", root: "/data", similarity }],
    ]);
  });

  it("stops a search when another one comes, and leaves views without a search alone", async () => {
    const stopped: string[] = [];
    const { relay } = openRelay({
      answer: (method, params, { signal }) =>
        method === "similarities" && (params["query"] as { text: string }).text === "slow"
          ? new Promise((_, reject) => {
              signal?.addEventListener("abort", () => {
                stopped.push("slow");
                reject(new Error("stopped"));
              });
            })
          : null,
    });
    const slow = relay.openView({ unit: "pair", search: { kind: "text", text: "slow" } }, watching);
    await relay.openView({ unit: "pair" }, watching);
    expect(stopped).toEqual([]);
    await relay.openView({ unit: "pair", search: { kind: "text", text: "fast" } }, watching);
    await expect(slow).rejects.toThrow("stopped");
    expect(stopped).toEqual(["slow"]);
  });

  it("reads no file that the person hasn't chosen", async () => {
    const { relay, asked } = openRelay();
    const search = (path: string) => relay.openView({ unit: "pair", search: { kind: "image", path } }, watching);
    await expect(search("/etc/passwd")).rejects.toThrow("/etc/passwd was not chosen in this window: choose it again");
    const compare = relay.compare({ left: { kind: "current" }, right: { kind: "recipe", path: "/etc/passwd" } }, watching);
    await expect(compare).rejects.toThrow("was not chosen");
    expect(asked).toEqual([]);
    await search("/chosen/a.jpg");
    expect(asked.map(([, method]) => method)).toEqual(["similarities", "openView"]);
  });

  it("opens the files that the engine names for a sample, and no others", async () => {
    const inspection = { path: "/data/a.jpg", format: "jpeg", captions: [{ captionIndex: 2, file: "/data/a.txt", line: 4, row: null }] };
    const { relay, window } = openRelay({ answer: () => inspection });
    await relay.openFile({ sample: "a", what: "picture", captionIndex: 0 }, watching);
    await relay.openFile({ sample: "a", what: "caption", captionIndex: 2 }, watching);
    expect(window.openPicture).toHaveBeenCalledWith("/data/a.jpg");
    expect(window.openText).toHaveBeenCalledWith("/data/a.txt", 4);
    await expect(relay.openFile({ sample: "a", what: "caption", captionIndex: 0 }, watching)).rejects.toThrow("no caption 1 any more");
    expect(await relay.pictureUri({ sample: "a" }, watching)).toEqual({ uri: "https://resource/data/a.jpg" });
  });

  it("opens the sample picture that the engine finds by a name of the page", async () => {
    const { relay, window, asked } = openRelay({ answer: () => ({ path: "/data/.winnow/runs/k/trainer/output/sample/a.png" }) });
    await relay.openTuneSample({ run: "k", name: "a.png" }, watching);
    expect(asked).toEqual([["store", "findTuneSample", { root: "/data", run: "k", name: "a.png" }]]);
    expect(window.openPicture).toHaveBeenCalledWith("/data/.winnow/runs/k/trainer/output/sample/a.png");
  });

  it("gives no URI of a picture outside the dataset or inside an archive", async () => {
    const outside = openRelay({ answer: () => ({ path: "/elsewhere/a.jpg", format: "jpeg", captions: [] }) });
    expect(await outside.relay.pictureUri({ sample: "a" }, watching)).toBeNull();
    const archive = openRelay({ answer: () => ({ path: null, format: "jpeg", captions: [] }) });
    expect(await archive.relay.pictureUri({ sample: "a" }, watching)).toBeNull();
    await expect(archive.relay.openFile({ sample: "a", what: "picture", captionIndex: 0 }, watching)).rejects.toThrow("inside an archive");
  });

  it("lays out the map where no run waits for it", async () => {
    const idle = openRelay();
    await idle.relay.project({ projection: "umap" }, watching);
    const busy = openRelay({ run: { progress: [], etaSeconds: null } });
    await busy.relay.project({ projection: "umap" }, watching);
    expect([idle.asked[0]![0], busy.asked[0]![0]]).toEqual(["runner", "searcher"]);
  });
});
