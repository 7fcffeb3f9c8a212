import { readFile, rm, truncate } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { SaidJob } from "../../src/core/tune/job.ts";
import { createEnv } from "../../src/engine/environment.ts";
import type { Env } from "../../src/engine/env.ts";
import type { AnalysedDataset } from "../../src/engine/requests/analysedDataset.ts";
import { openAnalysed } from "../../src/engine/requests/analysedDataset.ts";
import type { TuneWatch } from "../../src/engine/requests/tuneHead.ts";
import { resumeHeadRun, startHeadRun } from "../../src/engine/requests/tuneHead.ts";
import { locateDataset } from "../../src/engine/store/dotWinnow.ts";
import type * as files from "../../src/engine/store/files.ts";
import type { FoundRun } from "../../src/engine/tune/runFolder.ts";
import { findRun } from "../../src/engine/tune/runFolder.ts";
import type { Bench } from "./winnow.ts";
import { createBench } from "./winnow.ts";

/** How many checkpoints are still written before the disk is full. */
const disk = vi.hoisted(() => ({ checkpointsLeft: Infinity }));

vi.mock("../../src/engine/store/files.ts", async (importOriginal) => {
  const original = await importOriginal<typeof files>();
  const writeAtomically: typeof files.writeAtomically = async (path, bytes) => {
    if (path.endsWith("checkpoint.safetensors")) disk.checkpointsLeft -= 1;
    if (disk.checkpointsLeft < 0) throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    await original.writeAtomically(path, bytes);
  };
  return { ...original, writeAtomically };
});

const said: SaidJob = { epochs: 4, batch: 64, rate: 3e-3, patience: 0, guard: 0, provider: "cpu" };

describe("a run of fine-tuning that goes wrong", () => {
  let bench: Bench;
  let env: Env;
  let dataset: AnalysedDataset;

  beforeAll(async () => {
    bench = await createBench();
    const root = await bench.copySample();
    await bench.json(["run", root]);
    env = createEnv({ cacheFolder: join(bench.folder, "cache") });
    dataset = await openAnalysed(env, root);
  }, 120_000);
  beforeEach(() => void (disk.checkpointsLeft = Infinity));
  afterAll(async () => {
    dataset.close();
    await bench.dispose();
  });

  const watch = (changes: Partial<TuneWatch> = {}): TuneWatch => ({
    signal: new AbortController().signal,
    onProgress: () => undefined,
    onNotice: () => undefined,
    ...changes,
  });
  const newest = async (): Promise<FoundRun> => await findRun((await locateDataset(env, dataset.root)).folder, undefined);

  it("for want of disk says so, keeps its whole epochs, and goes on as if nothing had been", async () => {
    const whole = await startHeadRun(env, dataset, said, watch());
    disk.checkpointsLeft = 2;
    await expect(startHeadRun(env, dataset, said, watch())).rejects.toThrow(/^The disk is full: make room on it, and resume the run/);
    disk.checkpointsLeft = Infinity;
    const run = await newest();
    // The end could not be written down either, and the process that the state names is this one.
    expect(run.state).toBe("running");
    const resumed = await resumeHeadRun(env, dataset, { ...run, state: "died" }, watch());
    expect(resumed.after).toEqual(whole.after);
    const heads = await Promise.all([whole, resumed].map(({ folder }) => readFile(join(folder, "head.safetensors"))));
    expect(heads[0]!.equals(heads[1]!)).toBe(true);
  }, 60_000);

  it("with a damaged checkpoint says which file, and begins anew once that is gone", async () => {
    const stopping = new AbortController();
    const onProgress = (done: number, total: number): void => {
      if (done > total / 2) stopping.abort();
    };
    await expect(startHeadRun(env, dataset, said, watch({ signal: stopping.signal, onProgress }))).rejects.toThrow();
    const run = await newest();
    expect(run.state).toBe("stopped");
    const checkpoint = join(run.folder, "checkpoint.safetensors");
    await truncate(checkpoint, 100);
    await expect(resumeHeadRun(env, dataset, run, watch())).rejects.toThrow(
      /checkpoint\.safetensors can't be read as safetensors .*: delete it/,
    );
    await rm(checkpoint);
    expect((await resumeHeadRun(env, dataset, run, watch())).epochs).toBe(4);
  }, 60_000);

  it("whose loss is no number any more says so, and is listed as failed with what to do", async () => {
    await expect(startHeadRun(env, dataset, { ...said, rate: 1e30 }, watch())).rejects.toThrow("The loss is no number any more at step ");
    const run = await newest();
    expect([run.state, run.message]).toEqual(["failed", expect.stringContaining("lower the rate")]);
    const { stdout } = await bench.winnow(["tune", "list", dataset.root]);
    expect(stdout).toMatch(new RegExp(`${run.id} {2}failed .*: The loss is no number any more`));
  }, 60_000);
});
