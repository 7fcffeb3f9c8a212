import { describe, expect, it } from "vitest";
import type { Caller } from "../../../src/host/engineClient.ts";
import { createRuns, type Runs } from "../../../src/host/runs.ts";
import { StoppedError } from "../../../src/host/stopped.ts";
import type { ComputeApi } from "../../../src/protocol/computeApi.ts";
import type { RunReport, RunRequest } from "../../../src/protocol/engineApi.ts";

interface Asked {
  readonly root: string;
  readonly signal: AbortSignal;
  readonly progress: (done: number) => void;
  readonly finish: () => void;
  readonly fail: (error: Error) => void;
}

/** Runs over an engine that finishes a run when it is told to. */
function openRuns(): { runs: Runs; asked: Asked[]; events: string[] } {
  const asked: Asked[] = [];
  const events: string[] = [];
  const call = (
    _: string,
    request: RunRequest,
    options: { signal: AbortSignal; onProgress: (progress: ComputeApi["run"]["progress"]) => void },
  ) =>
    new Promise<RunReport>((resolve, reject) => {
      options.signal.addEventListener("abort", () => reject(options.signal.reason as Error));
      asked.push({
        root: request.root,
        signal: options.signal,
        progress: (done) => options.onProgress({ stage: "encode", done, cached: 0, total: 10 }),
        finish: () => resolve({ dataset: { root: request.root } } as RunReport),
        fail: reject,
      });
    });
  const runs = createRuns({
    runner: { call } as unknown as Caller<ComputeApi>,
    open: (root, { quiet }) => {
      events.push(`open ${root}${quiet ? " quietly" : ""}`);
      return { show: ({ share }) => events.push(`show ${share > 0}`), close: () => events.push(`close ${root}`) };
    },
    onRecovered: () => undefined,
    onDidChange: (root) => events.push(`changed ${root}`),
  });
  return { runs, asked, events };
}

const request = (root: string): RunRequest => ({ root, provider: "auto", discover: {} });
const loud = { quiet: false };

describe("the runs of a window", () => {
  it("go on one after the other, and each tells how far it is", async () => {
    const { runs, asked, events } = openRuns();
    const [first, second] = [runs.run(request("/a"), loud), runs.run(request("/b"), { quiet: true })];
    await expect.poll(() => asked.length).toBe(1);
    expect(runs.state("/b")).toEqual({ progress: [], etaSeconds: null });
    asked[0]!.progress(5);
    expect(runs.state("/a")?.progress).toEqual([{ stage: "encode", done: 5, cached: 0, total: 10 }]);
    asked[0]!.finish();
    expect((await first).dataset.root).toBe("/a");
    expect(runs.state("/a")).toBeNull();
    await expect.poll(() => asked.length).toBe(2);
    asked[1]!.finish();
    expect((await second).dataset.root).toBe("/b");
    expect(events).toEqual([
      "open /a",
      "changed /a",
      "open /b quietly",
      "changed /b",
      "show true",
      "changed /a",
      "close /a",
      "changed /a",
      "close /b",
      "changed /b",
    ]);
  });

  it("are one a dataset: who asks again joins", async () => {
    const { runs, asked } = openRuns();
    const both = [runs.run(request("/a"), loud), runs.run(request("/a"), loud)];
    await expect.poll(() => asked.length).toBe(1);
    asked[0]!.finish();
    expect((await Promise.all(both)).map(({ dataset }) => dataset.root)).toEqual(["/a", "/a"]);
    expect(asked).toHaveLength(1);
  });

  it("are stopped by hand, also while they wait for their turn", async () => {
    const { runs, asked } = openRuns();
    const [first, second] = [runs.run(request("/a"), loud), runs.run(request("/b"), loud)];
    await expect.poll(() => asked.length).toBe(1);
    runs.stop("/b");
    await expect(second).rejects.toThrow(StoppedError);
    expect(runs.state("/b")).toBeNull();
    runs.stop("/a");
    await expect(first).rejects.toThrow(StoppedError);
    expect(asked).toHaveLength(1);
    const third = runs.run(request("/b"), loud);
    await expect.poll(() => asked.length).toBe(2);
    asked[1]!.finish();
    await third;
  });

  it("don't keep each other from going on when one fails", async () => {
    const { runs, asked } = openRuns();
    const [first, second] = [runs.run(request("/a"), loud), runs.run(request("/b"), loud)];
    await expect.poll(() => asked.length).toBe(1);
    asked[0]!.fail(new Error("There is no room on the disk"));
    await expect(first).rejects.toThrow("no room");
    await expect.poll(() => asked.length).toBe(2);
    asked[1]!.finish();
    await second;
  });

  it("tell no more than some times a second", async () => {
    const { runs, asked, events } = openRuns();
    const run = runs.run(request("/a"), loud);
    await expect.poll(() => asked.length).toBe(1);
    events.length = 0;
    for (let done = 0; done < 10; done += 1) asked[0]!.progress(done);
    expect(events.filter((event) => event === "changed /a")).toHaveLength(1);
    expect(events.filter((event) => event.startsWith("show"))).toHaveLength(10);
    asked[0]!.finish();
    await run;
  });
});
