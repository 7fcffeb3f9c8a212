import { readFile } from "node:fs/promises";
import { availableParallelism, loadavg } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Progress } from "../../src/core/stages.ts";
import type { ComputeApi } from "../../src/protocol/computeApi.ts";
import type { RunRequest } from "../../src/protocol/engineApi.ts";
import type { Contract } from "../../src/protocol/rpc.ts";
import { ClosedError, RemoteError } from "../../src/protocol/rpc.ts";
import type { StoreApi } from "../../src/protocol/storeApi.ts";
import type { ForkedChild } from "./forkEngine.ts";
import { forkChild } from "./forkEngine.ts";
import type { MortalApi } from "./rpcChild.ts";
import type { Bench } from "./winnow.ts";
import { createBench } from "./winnow.ts";

const engine = "src/engine/childMain.ts";
let bench: Bench;
const children: ForkedChild<never>[] = [];
beforeAll(async () => {
  bench = await createBench();
});
afterAll(() => bench.dispose());
afterEach(() => {
  for (const child of children.splice(0)) child.process.kill("SIGKILL");
});

function start<Api extends Contract<Api>>(program: string, role: string, folder = bench.folder): ForkedChild<Api> {
  const child = forkChild<Api>(program, [role], folder);
  children.push(child as unknown as ForkedChild<never>);
  return child;
}

function runOf(root: string): RunRequest {
  return { root, provider: "cpu", discover: {} };
}

describe("a forked process that ends", () => {
  const startMortal = () => start<MortalApi>("test/engine/rpcChild.ts", "");

  for (const [how, method, params] of [
    ["is killed", "kill", null],
    ["exits in a handler", "exit", { code: 3 }],
    ["throws where nobody catches", "throwLater", null],
  ] as const) {
    it(`rejects all that waits when it ${how}`, async () => {
      const { peer, ended } = startMortal();
      expect(await peer.call("echo", { text: "ä" })).toEqual({ text: "ä" });
      const results = await Promise.allSettled([peer.call("wait", null), peer.call(method, params as never)]);
      for (const result of results) expect(result).toMatchObject({ status: "rejected", reason: expect.any(ClosedError) as unknown });
      expect(peer.pending).toBe(0);
      await ended;
      await expect(peer.call("echo", { text: "" })).rejects.toBeInstanceOf(ClosedError);
    });
  }
});

describe("the engine's child", () => {
  it("ends with the process that forked it", async () => {
    const { process: child, peer, ended } = start<ComputeApi>(engine, "compute");
    await peer.call("listEncoders", null);
    child.disconnect();
    expect(await ended).toBe(0);
  });

  it("says what it expected where it is given no role, and fails", async () => {
    const { ended, lines } = start<ComputeApi>(engine, "cook");
    expect(await ended).toBe(1);
    expect(lines.join()).toContain("Expected compute, store or captioner but received cook");
  });

  it("does not load the matrix engine to be a store", async () => {
    const root = await bench.copySample("found");
    const { peer, process: child } = start<StoreApi>(engine, "store");
    const found = await peer.call("findDatasets", { folders: [bench.folder], exclude: [] });
    expect(found).toMatchObject([{ root, format: "sidecar", files: 300 }]);
    const libraries = process.platform === "linux" ? await readFile(`/proc/${child.pid}/maps`, "utf8") : "";
    expect(libraries).not.toContain("onnxruntime");
  });
});

describe("the compute process", () => {
  it("runs, searches and projects as the CLI does", async () => {
    const root = await bench.copySample("searched");
    const { peer } = start<ComputeApi>(engine, "compute");
    const notYet = await peer
      .call("similarities", { root, query: { kind: "text", text: "x" }, provider: "cpu" })
      .catch((error: unknown) => error);
    expect(notYet).toBeInstanceOf(RemoteError);
    expect(notYet).toMatchObject({ kind: "NotAnalysedError", message: expect.stringContaining("There is no analysis of") as unknown });

    const told: Progress[] = [];
    const report = await peer.call("run", runOf(root), { onProgress: (progress) => told.push(progress) });
    expect(report.dataset).toMatchObject({ root, samples: 300 });
    expect(new Set(told.map(({ stage }) => stage))).toContain("encode");

    const text = "a red circle in the upper half";
    const { values } = await peer.call("similarities", { root, query: { kind: "text", text }, provider: "cpu" });
    const hits = await bench.json<{ sample: string; score: number }[]>(["search", root, "--text", text, "--limit", "5"]);
    const best = [...values].filter((value) => !Number.isNaN(value)).sort((a, b) => b - a);
    hits.forEach(({ score }, at) => expect(best[at]).toBeCloseTo(score, 6));

    const own = await peer.call("similarities", { root, query: { kind: "image", path: join(root, hits[0]!.sample) }, provider: "cpu" });
    expect(Math.max(...own.values.filter((value) => !Number.isNaN(value)))).toBeCloseTo(1, 3);

    const near = await peer.call("nearest", { root, sample: hits[0]!.sample, limit: 3, provider: "cpu" });
    expect(near.images).toHaveLength(3);
    expect(near.captions).toHaveLength(3);

    const points = await peer.call("project", { root, projection: "pca", provider: "cpu" });
    expect(points.xy).toHaveLength(600);
  });

  it("stops a run within a second of being asked, and can run again", async () => {
    const root = await bench.copySample("stopped");
    const { peer } = start<ComputeApi>(engine, "compute", join(bench.folder, "stopping"));
    const cancellation = new AbortController();
    const reason = new Error("stopped by the test");
    let abortedAt = 0;
    const run = peer.call("run", runOf(root), {
      signal: cancellation.signal,
      onProgress: ({ stage, done }) => {
        if (abortedAt > 0 || stage !== "encode" || done < 16) return;
        abortedAt = performance.now();
        cancellation.abort(reason);
      },
    });
    await expect(run).rejects.toBe(reason);
    // Where others have the cores too, all takes longer by as much.
    expect(performance.now() - abortedAt).toBeLessThan(1000 * Math.max(1, loadavg()[0]! / availableParallelism()));
    const again = await peer.call("run", runOf(root));
    expect(again.stages.encode!.cached).toBeGreaterThan(0);
    expect(peer.pending).toBe(0);
  });

  it("may be killed in a run: the next one goes on from the cache", async () => {
    const root = await bench.copySample("killed");
    const first = start<ComputeApi>(engine, "compute", join(bench.folder, "killing"));
    const run = first.peer.call("run", runOf(root), {
      onProgress: ({ stage, done }) => {
        if (stage === "encode" && done >= 16) first.process.kill("SIGKILL");
      },
    });
    await expect(run).rejects.toBeInstanceOf(ClosedError);
    const second = start<ComputeApi>(engine, "compute", join(bench.folder, "killing"));
    expect(await second.peer.call("run", runOf(root))).toMatchObject({ dataset: { samples: 300 } });
  });

  it("does two runs of one dataset one after the other", async () => {
    const root = await bench.copySample("twice");
    const { peer } = start<ComputeApi>(engine, "compute");
    const [one, two] = await Promise.all([peer.call("run", runOf(root)), peer.call("run", runOf(root))]);
    expect(two.stages.encode!.done).toBe(0);
    expect(two.groups).toEqual(one.groups);
  });

  it("lays pictures out by their neighbours, tells how far it is, stops when asked, and remembers the result", async () => {
    const root = join(bench.folder, "searched");
    const { peer } = start<ComputeApi>(engine, "compute");
    const request = { root, projection: "umap", provider: "cpu" } as const;
    const cancellation = new AbortController();
    const stopped = peer.call("project", request, {
      signal: cancellation.signal,
      onProgress: () => cancellation.abort(new Error("enough")),
    });
    await expect(stopped).rejects.toThrow("enough");
    const told: number[] = [];
    const first = await peer.call("project", request, { onProgress: ({ done, total }) => told.push(done / total) });
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(first.about).toContain("UMAP of");
    const again: number[] = [];
    const second = await peer.call("project", request, { onProgress: ({ done }) => again.push(done) });
    expect(second).toEqual(first);
    expect(again).toEqual([]);
  });

  it("tells its parent what it logs", async () => {
    const { peer, lines } = start<ComputeApi>(engine, "compute");
    await peer.call("run", runOf(join(bench.folder, "searched")));
    await delay(50);
    expect(lines.some((line) => line.startsWith("discover.end "))).toBe(true);
  });
});
