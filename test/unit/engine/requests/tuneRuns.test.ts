import { mkdir } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fullDefaults, fullJob } from "../../../../src/core/tune/jobs/fullJob.ts";
import { createTuneRunHandlers, readTuneRuns } from "../../../../src/engine/requests/tuneRuns.ts";
import { locateDataset } from "../../../../src/engine/store/dotWinnow.ts";
import {
  addMetrics,
  createRun,
  reserveRun,
  tunedFolder,
  writeJob,
  writeRunState,
  type RunState,
} from "../../../../src/engine/tune/runFolder.ts";
import type { Metric } from "../../../../src/engine/tune/trainHead.ts";
import { createWorkplace } from "../store/workplace.ts";
import { madeJob } from "../tune/made.ts";

const watching = { signal: new AbortController().signal, onProgress: () => undefined };
const epochOf = (epoch: number, loss: number, recall: number): Metric => ({
  kind: "epoch",
  ...{ epoch, step: epoch * 4, loss, imageToText: recall, textToImage: recall + 0.1, temperature: 0.1, ms: 2_000 },
});

async function createRunPlace(state: Partial<RunState> = {}) {
  const place = await createWorkplace();
  const { folder: winnowFolder } = await locateDataset(place.env, place.root);
  const run = await createRun(place.env, winnowFolder, madeJob());
  await writeRunState(run.folder, { state: "running", pid: process.pid, started: null, startedAt: "2026-11-24T10:00:00.000Z", ...state });
  return { ...place, winnowFolder, run };
}

describe("readTuneRuns", () => {
  it("knows nothing of what a run has not told yet", async () => {
    const { env, winnowFolder, run } = await createRunPlace();
    const { runs, watched } = await readTuneRuns(env, winnowFolder);
    expect(runs).toEqual([
      {
        ...{ id: run.id, folder: run.folder, state: "running", message: null, startedAt: "2026-11-24T10:00:00.000Z" },
        ...{ trainer: "head", title: "infoNce, linear", encoder: "made", epoch: null, epochs: 8, step: null, steps: null, loss: null },
        ...{ recallBefore: null, recallBest: null, etaSeconds: null, tuned: null, comparison: null, incomparable: null, samples: null },
      },
    ]);
    expect(watched).toEqual([join(winnowFolder, "runs"), run.folder]);
  });

  it("tells how far a run is, its last loss, its best recall and what is left", async () => {
    const { env, winnowFolder, run } = await createRunPlace();
    await addMetrics(env, run.folder, [
      { kind: "before", imageToText: 0.1, textToImage: 0.3 },
      epochOf(1, 2, 0.4),
      epochOf(2, 1.5, 0.3),
      { kind: "step", epoch: 3, step: 9, loss: 1.25, rate: 0.1 },
    ]);
    const [told] = (await readTuneRuns(env, winnowFolder)).runs;
    expect(told).toMatchObject({ epoch: 2, epochs: 8, loss: 1.25, recallBefore: 0.2, etaSeconds: 12 });
    expect(told!.recallBest).toBeCloseTo(0.45, 12);
  });

  it("tells epochs and steps of a trainer in Python, and what is left by its steps before an epoch is whole", async () => {
    const { env, winnowFolder } = await createRunPlace();
    const data = { images: 64, pairs: 64, captions: 64, shown: 64 };
    const { id, folder } = await reserveRun(env, winnowFolder, "full");
    const place = { python: "python3", program: "train_full.py", folder, launch: { kind: "alone" } as const };
    await writeJob(folder, fullJob({ ...fullDefaults, model: "tiny", batch: 16 }, data, place));
    await writeRunState(folder, { state: "running", pid: process.pid, started: null, startedAt: "2026-11-24T10:00:00.000Z" });
    const step = (at: number): Metric => ({ kind: "step", epoch: 0, step: at, loss: 2, rate: 0.1 });
    let nowMs = 1_000;
    const read = async () => (await readTuneRuns(timed, winnowFolder)).runs.find((run) => run.id === id);
    const timed = { ...env, now: () => nowMs };
    await addMetrics(env, folder, [step(0)]);
    expect(await read()).toMatchObject({ trainer: "full", epoch: null, epochs: 3, step: 1, steps: 12, etaSeconds: null });
    await addMetrics(env, folder, [step(1)]);
    nowMs = 3_000;
    expect(await read()).toMatchObject({ step: 2, etaSeconds: 20 });
    await addMetrics(env, folder, [epochOf(0, 2, 0.4)]);
    expect(await read()).toMatchObject({ epoch: 1, etaSeconds: 4 });
    await addMetrics(env, folder, [epochOf(1, 2, 0.4), epochOf(2, 2, 0.4)]);
    expect(await read()).toMatchObject({ epoch: 3, state: "running", etaSeconds: null });
  });

  it("leaves recall unknown where nothing is held out", async () => {
    const { env, winnowFolder, run } = await createRunPlace();
    await addMetrics(env, run.folder, [{ kind: "before", imageToText: null, textToImage: null }]);
    expect((await readTuneRuns(env, winnowFolder)).runs[0]).toMatchObject({ recallBefore: null, recallBest: null });
  });

  it("says where the tuned encoder is once it is done, and of a process that went that it died", async () => {
    const done = await createRunPlace({ state: "done" });
    expect((await readTuneRuns(done.env, done.winnowFolder)).runs[0]?.tuned).toBeNull();
    await mkdir(tunedFolder(done.run.folder, madeJob()));
    expect((await readTuneRuns(done.env, done.winnowFolder)).runs[0]).toMatchObject({
      state: "done",
      tuned: join(done.run.folder, "made-infoNce"),
      etaSeconds: null,
    });
    const gone = await createRunPlace({ pid: 2 ** 30 });
    expect((await readTuneRuns(gone.env, gone.winnowFolder)).runs[0]?.state).toBe("died");
  });
});

describe("stopTuneRun", () => {
  it("asks a run to stop, and says so of one that doesn't run", async () => {
    const { env, root, run } = await createRunPlace();
    const { stopTuneRun } = createTuneRunHandlers(env);
    expect(await stopTuneRun({ root, run: run.id }, watching)).toBeNull();
    expect(existsSync(join(run.folder, "stop"))).toBe(true);
    await writeRunState(run.folder, { state: "done", pid: process.pid, started: null, startedAt: "2026-11-24T10:00:00.000Z" });
    await expect(stopTuneRun({ root, run: run.id }, watching)).rejects.toThrow(`The run ${run.id} is not running`);
    await expect(stopTuneRun({ root, run: "../other" }, watching)).rejects.toThrow("There is no run ../other");
  });
});

describe("readTuneCurves", () => {
  it("has a point an epoch, where the run began, and what the run depends on; very many points are thinned", async () => {
    const { env, root, run } = await createRunPlace();
    const { readTuneCurves } = createTuneRunHandlers(env);
    await addMetrics(env, run.folder, [{ kind: "before", imageToText: 0.1, textToImage: 0.3 }, epochOf(0, 2, 0.4)]);
    const [curve] = await readTuneCurves({ root, runs: [run.id] }, watching);
    expect(curve).toMatchObject({ run: { id: run.id }, options: { loss: "infoNce", epochs: 8, batch: 32, on: "both" } });
    expect(curve!.points).toEqual([
      { epoch: 0, loss: null, imageToText: 0.1, textToImage: 0.3 },
      { epoch: 1, loss: 2, imageToText: 0.4, textToImage: 0.5 },
    ]);
    await addMetrics(
      env,
      run.folder,
      Array.from({ length: 3_000 }, (_, at) => epochOf(at + 1, 1, 0.4)),
    );
    const [long] = await readTuneCurves({ root, runs: [run.id] }, watching);
    expect([long!.points.length, long!.points[0]!.epoch, long!.points.at(-1)!.epoch]).toEqual([1_000, 0, 3_001]);
  });
});

describe("startTune", () => {
  it("says what is off before anything is made", async () => {
    const { env, root } = await createRunPlace();
    const { startTune } = createTuneRunHandlers(env);
    const refused = (trainer: string, options: Record<string, string>) => startTune({ root, trainer, options }, watching);
    await expect(refused("other", {})).rejects.toThrow(
      /^Expected one of the trainers head, full, open_clip, kohya, .* but received other$/,
    );
    await expect(refused("head", { epochs: "many" })).rejects.toThrow('Expected a number for epochs but received "many"');
    await expect(refused("head", {})).rejects.toThrow("There is no analysis of");
  });
});
