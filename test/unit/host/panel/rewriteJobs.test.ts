import { describe, expect, it } from "vitest";
import { createRewriteJobs } from "../../../../src/host/panel/rewriteJobs.ts";
import type { EngineClient } from "../../../../src/host/engineClient.ts";
import type { RewriteProgress, RewriteReport } from "../../../../src/protocol/rewrites.ts";

const job = { root: "/data", scope: { kind: "dataset" }, preset: "tidy", options: {}, source: { kind: "none" } } as const;
const report = { proposals: 3 } as RewriteReport;

interface Running {
  readonly end: (report: RewriteReport) => void;
  readonly fail: (error: Error) => void;
  readonly tell: (progress: RewriteProgress) => void;
}

/** Jobs before an engine whose jobs end when a test says so; they end by themselves when they are stopped. */
function openJobs() {
  const running: Running[] = [];
  const asked: unknown[] = [];
  const call = (_method: string, params: unknown, { signal, onProgress }: { signal: AbortSignal; onProgress: Running["tell"] }) =>
    new Promise((resolve, reject) => {
      asked.push(params);
      running.push({ end: resolve, fail: reject, tell: onProgress });
      signal.addEventListener("abort", () => reject(new Error("stopped")));
    });
  const store = { call } as unknown as EngineClient["store"];
  const jobs = createRewriteJobs({
    store,
    chooseProvider: () => Promise.resolve(null),
    withKey: (source) => Promise.resolve(source),
    limits: () => ({ concurrency: 7, pictureSide: 320 }),
  });
  return { jobs, running, asked };
}

function watch(signal = new AbortController().signal) {
  const told: RewriteProgress[] = [];
  return { signal, told, onProgress: (progress: RewriteProgress) => void told.push(progress) };
}

describe("jobs of rewriting", () => {
  it("go on when their page goes, and the next page follows them from where they are", async () => {
    const { jobs, running } = openJobs();
    await jobs.start(job);
    const page = new AbortController();
    const first = jobs.follow("/data", watch(page.signal));
    running[0]!.tell({ done: 1, total: 9 });
    page.abort();
    const next = watch();
    const second = jobs.follow("/data", next);
    running[0]!.tell({ done: 2, total: 9 });
    running[0]!.end(report);
    expect(await Promise.all([first, second])).toEqual([report, report]);
    expect(next.told).toEqual([
      { done: 1, total: 9 },
      { done: 2, total: 9 },
    ]);
    expect(await jobs.follow("/data", watch())).toBeNull();
  });

  it("tell the next page how they ended where no page was told", async () => {
    const { jobs, running } = openJobs();
    await jobs.start(job);
    const page = new AbortController();
    const lost = jobs.follow("/data", watch(page.signal));
    page.abort();
    running[0]!.fail(new Error("The server refuses the key"));
    await expect(lost).rejects.toThrow("refuses");
    await expect(jobs.follow("/data", watch())).rejects.toThrow("The server refuses the key");
    expect(await jobs.follow("/data", watch())).toBeNull();
  });

  it("ask as much at once, and send pictures as large, as the settings say where the page says nothing", async () => {
    const { jobs, asked } = openJobs();
    await jobs.start(job);
    jobs.cancel("/data");
    await jobs.follow("/data", watch());
    await jobs.start({ ...job, concurrency: 2 });
    expect(asked).toEqual([
      { ...job, concurrency: 7, pictureSide: 320 },
      { ...job, concurrency: 2, pictureSide: 320 },
    ]);
  });

  it("are one a dataset, and end with nothing when they are stopped", async () => {
    const { jobs, running } = openJobs();
    await jobs.start(job);
    await expect(jobs.start(job)).rejects.toThrow("being rewritten already");
    const followed = jobs.follow("/data", watch());
    jobs.cancel("/elsewhere");
    jobs.cancel("/data");
    expect(await followed).toBeNull();
    await jobs.start(job);
    expect(running).toHaveLength(2);
  });
});
