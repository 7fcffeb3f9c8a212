import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { DatasetEntry } from "../../../../src/host/datasets.ts";
import { createEmitter } from "../../../../src/host/emitter.ts";
import type { Message } from "../../../../src/host/messages.ts";
import { followTuneRuns } from "../../../../src/host/tune/followTuneRuns.ts";
import type { ListedTuneRun } from "../../../../src/protocol/tuneRuns.ts";
import { analysedEntry, overviewOf, tuneRunOf } from "../entries.ts";

/** A window with one dataset; `show` lets it change. */
function createWindow() {
  const changed = createEmitter<string | undefined>((error) => {
    throw error;
  });
  let entry: DatasetEntry = analysedEntry();
  const told: Message[] = [];
  const refreshed: string[] = [];
  const following = followTuneRuns(
    { all: [], get: () => entry, onDidChange: changed.event, refresh: (root) => Promise.resolve(void refreshed.push(root)) },
    { tell: (message) => void told.push(message) },
  );
  const show = (tuneRuns: readonly ListedTuneRun[], more: { readonly state?: string; readonly changedFiles?: number } = {}): void => {
    const { state = "s1", changedFiles = 0 } = more;
    entry = analysedEntry({ overview: overviewOf({ tuneRuns, state }), changedFiles });
    changed.fire("/data");
  };
  onTestFinished(() => {
    following.dispose();
  });
  return { show, told, refreshed, texts: () => told.map(({ text }) => text), following };
}

describe("a run that ends while the window looks on", () => {
  it("offers its sample pictures where it paints", () => {
    const { show, told } = createWindow();
    show([tuneRunOf({ samples: true })]);
    show([tuneRunOf({ samples: true, state: "done" })]);
    expect(told[0]!.actions).toMatchObject([
      { title: "Show Sample Pictures", command: "winnow.openPanel", arguments: [{ subject: { kind: "tuneRun" } }] },
      { command: "winnow.openTuneReport" },
    ]);
  });

  it("is told with what it brought, and offers its encoder and its report", () => {
    const { show, told } = createWindow();
    show([tuneRunOf()]);
    show([tuneRunOf({ state: "done", tuned: "/data/.winnow/runs/x/built-in-infoNce" })]);
    show([tuneRunOf({ state: "done", tuned: "/data/.winnow/runs/x/built-in-infoNce" })]);
    expect(told).toMatchObject([
      {
        severity: "info",
        text: "Fine-tuning on data is done: R@1 12.0 → 19.5 %",
        actions: [{ command: "winnow.useTunedEncoder" }, { command: "winnow.openTuneReport" }],
      },
    ]);
  });

  it("is looked at again and again, for a process that is gone writes nothing", () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { show, refreshed, following } = createWindow();
    vi.advanceTimersByTime(60_000);
    expect(refreshed).toEqual([]);
    show([tuneRunOf()]);
    vi.advanceTimersByTime(10_000);
    expect(refreshed).toEqual(["/data"]);
    show([tuneRunOf({ state: "died" })]);
    vi.advanceTimersByTime(60_000);
    expect(refreshed).toEqual(["/data"]);
    following.dispose();
  });

  it("is told also where it failed before it was seen to run", () => {
    const { show, texts } = createWindow();
    show([tuneRunOf({ id: "old", state: "failed" })]);
    show([tuneRunOf({ id: "new", state: "failed", message: "The disk is full" }), tuneRunOf({ id: "old", state: "failed" })]);
    expect(texts()).toEqual(["Fine-tuning on data failed: The disk is full"]);
  });

  it("is told with the answer where it asked whether it was the curation", () => {
    const { show, told } = createWindow();
    const comparison = { of: "older", done: 0, total: 2, answer: null };
    show([tuneRunOf({ comparison })]);
    const answer = { pairs: 7, ofPairs: 9, curated: [0.5], random: [0.6], difference: { mean: -0.1, low: null, high: null } };
    show([tuneRunOf({ state: "done", comparison: { ...comparison, answer } })]);
    expect(told).toMatchObject([
      {
        severity: "info",
        text: "Was it the curation of data? −10.0 points (one seed, which has no interval): it can't be told from chance",
        actions: [{ command: "winnow.openTuneReport" }],
      },
    ]);
  });

  it("is told with the reason where it failed or died, and not where a person stopped it", () => {
    const { show, texts } = createWindow();
    show([tuneRunOf({ id: "a" }), tuneRunOf({ id: "b" }), tuneRunOf({ id: "c" })]);
    show([
      tuneRunOf({ id: "a", state: "failed", message: "The disk is full" }),
      tuneRunOf({ id: "b", state: "died" }),
      tuneRunOf({ id: "c", state: "stopped" }),
    ]);
    expect(texts()).toEqual([
      "Fine-tuning on data failed: The disk is full",
      "Fine-tuning on data died: its process is gone without a word",
    ]);
  });

  it("is not told where it had ended before", () => {
    const { show, texts } = createWindow();
    show([tuneRunOf({ state: "done" })]);
    show([tuneRunOf({ state: "done" })]);
    expect(texts()).toEqual([]);
  });
});

describe("changes while a run goes on", () => {
  it("are warned of once a run, whether of files or of decisions", () => {
    const { show, told } = createWindow();
    show([tuneRunOf()]);
    show([tuneRunOf({ epoch: 4 })]);
    expect(told).toEqual([]);
    show([tuneRunOf()], { changedFiles: 1 });
    show([tuneRunOf()], { changedFiles: 2, state: "s2" });
    expect(told).toMatchObject([{ severity: "warning" }]);
    show([tuneRunOf(), tuneRunOf({ id: "other" })], { changedFiles: 2, state: "s2" });
    show([tuneRunOf(), tuneRunOf({ id: "other" })], { changedFiles: 2, state: "s3" });
    expect(told.length).toBe(2);
  });

  it("are no matter once none goes on, nor when nobody follows any more", () => {
    const { show, told, following } = createWindow();
    show([tuneRunOf({ state: "stopped" })]);
    show([tuneRunOf({ state: "stopped" })], { state: "s2" });
    following.dispose();
    show([tuneRunOf()]);
    show([tuneRunOf({ state: "failed" })]);
    expect(told).toEqual([]);
  });
});
