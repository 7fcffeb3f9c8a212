import { describe, expect, it } from "vitest";
import type { DatasetEntry } from "../../../../src/host/datasets.ts";
import { createEmitter } from "../../../../src/host/emitter.ts";
import { openRunTerminal } from "../../../../src/host/tune/runTerminal.ts";
import type { ListedTuneRun } from "../../../../src/protocol/tuneRuns.ts";
import { analysedEntry, overviewOf, tuneRunOf } from "../entries.ts";

/** A terminal over a made-up engine; `show` lets the run go on. */
function createTerminal(begins: () => Promise<{ run: string }>) {
  const changed = createEmitter<string | undefined>(() => undefined);
  let entry: DatasetEntry = analysedEntry();
  const [lines, ends, calls]: [string[], number[], string[]] = [[], [], []];
  const call = (method: string): Promise<unknown> => {
    calls.push(method);
    return Promise.resolve(null);
  };
  const begin = (): Promise<{ run: string }> => {
    calls.push("begin");
    return begins();
  };
  const terminal = openRunTerminal(
    { root: "/data", trainer: "head", options: {} },
    {
      store: { call: call as never },
      begin,
      datasets: { get: () => entry, onDidChange: changed.event, refresh: () => Promise.resolve() },
      write: (line) => void lines.push(line),
      onEnd: (code) => void ends.push(code),
    },
  );
  const show = (...tuneRuns: readonly ListedTuneRun[]): void => {
    entry = analysedEntry({ overview: overviewOf({ tuneRuns }) });
    changed.fire("/data");
  };
  return { terminal, lines, ends, calls, show };
}

const run = tuneRunOf().id;

describe("the terminal of a task", () => {
  it("tells how its run goes, each thing once, and ends with it", async () => {
    const { lines, ends, show } = createTerminal(() => Promise.resolve({ run }));
    await expect.poll(() => lines.length).toBe(2);
    show(tuneRunOf(), tuneRunOf({ id: "other", state: "failed" }));
    show(tuneRunOf());
    show(tuneRunOf({ state: "done", etaSeconds: null }));
    show(tuneRunOf({ state: "done", etaSeconds: null }));
    expect(lines.slice(2)).toEqual([
      "epoch 3 of 20 · loss 1.23 · R@1 12.0 → 19.5 % · at most 40 s left",
      "done · loss 1.23 · R@1 12.0 → 19.5 %",
    ]);
    expect(ends).toEqual([0]);
  });

  it("says why a run can't begin, and ends so", async () => {
    const { lines, ends } = createTerminal(() => Promise.reject(new Error("Expected one of infoNce, dcl for loss")));
    await expect.poll(() => ends).toEqual([1]);
    expect(lines.at(-1)).toBe("Expected one of infoNce, dcl for loss");
  });

  it("asks the run to stop by Ctrl+C, and leaves it alone when it is closed", async () => {
    const { terminal, lines, ends, calls, show } = createTerminal(() => Promise.resolve({ run }));
    await expect.poll(() => lines.length).toBe(2);
    terminal.stop();
    expect(calls).toEqual(["begin", "stopTuneRun"]);
    terminal.close();
    show(tuneRunOf({ state: "failed" }));
    expect(ends).toEqual([]);
  });
});
