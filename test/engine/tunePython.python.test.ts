import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Checkpoint } from "../../src/core/tune/jobs/checkpointOf.ts";
import { createEnv } from "../../src/engine/environment.ts";
import { previewTuneJob } from "../../src/engine/requests/previewTuneJob.ts";
import { startPythonRun } from "../../src/engine/requests/pythonTune.ts";
import { readRunState, type FoundRun } from "../../src/engine/tune/runFolder.ts";
import type { TuneReport } from "../../src/protocol/tuneReport.ts";
import { findPython } from "../python.ts";
import { metricsOf, writeTinyModel } from "./full/fixture.ts";
import type { Bench } from "./winnow.ts";
import { createBench } from "./winnow.ts";

const python = findPython();

/** What a finished run told. */
interface Tuned {
  readonly id: string;
  readonly folder: string;
  readonly encoder: string;
  readonly before: number | null;
  readonly after: number | null;
}

// Loading torch takes most of it, a dozen times.
describe.skipIf(python === undefined)("winnow tune in Python", { timeout: 900_000 }, () => {
  let bench: Bench;
  let root: string;
  let tiny: readonly string[];
  const quick = ["--python", python!, "--option", "device=cpu", "--option", "workers=0", "--rate", "0.002"];
  const runs = (): Promise<FoundRun[]> => bench.json<FoundRun[]>(["tune", "list", root]);
  const oneThread = { variables: { OMP_NUM_THREADS: "1" } };

  beforeAll(async () => {
    bench = await createBench();
    root = await bench.copySample();
    tiny = ["--model", `local-dir:${await writeTinyModel(bench.folder)}`];
    await bench.json(["run", root, "--allow-problems", "--provider", "cpu"]);
  });
  afterAll(() => bench.dispose());

  async function tune(...words: readonly string[]): Promise<Tuned> {
    const { code, stdout, stderr } = await bench.winnow(["tune", ...words, "--json"], oneThread);
    expect(code, stderr).toBe(0);
    return JSON.parse(stdout) as Tuned;
  }

  /** Polls until a run of a trainer has taken some steps, and gives it. */
  async function begun(trainer: string, count: number): Promise<FoundRun> {
    const find = async (): Promise<FoundRun | undefined> => {
      const run = (await runs()).findLast(({ job, state, isElsewhere }) => job.trainer === trainer && state === "running" && !isElsewhere);
      const steps = run === undefined ? [] : (await metricsOf(run.folder)).filter(({ kind }) => kind === "step");
      return steps.length >= count ? run : undefined;
    };
    let found: FoundRun | undefined;
    await expect.poll(async () => (found = await find()), { timeout: 120_000, interval: 100 }).toBeDefined();
    return found!;
  }

  it("trains with full, makes an encoder that analyses, and finds its checkpoint again by the cosine of their vectors", async () => {
    const tuned = await tune(
      "full",
      root,
      ...quick,
      ...tiny,
      "--option",
      "scratch=true",
      "--epochs",
      "1",
      "--batch",
      "64",
      "--loss",
      "mlcd",
    );
    expect([tuned.before, tuned.after].every((share) => share !== null && share >= 0)).toBe(true);
    // What it said while the encoder was made is over.
    expect((await runs()).map(({ id, state, message }) => [id, state, message])).toEqual([[tuned.id, "done", undefined]]);
    const report = await bench.json<TuneReport>(["tune", "report", root, tuned.id]);
    expect(report).toMatchObject({ run: tuned.id, title: "full", tuned: tuned.encoder, epochs: 1, isDataChanged: false });
    expect(report.parity).toMatchObject({ pictures: 4, texts: 4, agrees: true });
    // It began from chance, so that it lost all that the encoder of the analysis knew.
    expect(report.heldOut.recall.before.imageToText).toBeGreaterThan(0.5);
    expect(report.heldOut.recall.after.imageToText).toBeLessThan(0.5);
    expect(report.canary?.hasFallen).toBe(true);
    expect(report.downs.length).toBeGreaterThan(0);
    await bench.json(["run", root, "--encoder", tuned.encoder, "--allow-problems", "--provider", "cpu"]);
    await bench.json(["prune", root, "--policy", "keepTop", "--signal", "clipScore", "--keep", "70%", "--apply"]);
    const { encoder, againstRandom } = await bench.json<TuneReport>(["tune", "report", root, tuned.id, "--against-random", "1"]);
    await bench.json(["undo", root]);
    // What it is compared with is still the encoder that scored the pairs when the run began.
    expect(encoder).toBe(report.encoder);
    expect([...againstRandom!.curated, ...againstRandom!.random].every((share) => share >= 0 && share <= 1)).toBe(true);
    expect(againstRandom).toMatchObject({ curated: { length: 1 }, random: { length: 1 }, difference: { low: null, high: null } });
    const told = await bench.json<{ checkpoint: Checkpoint }>(["tune", "full", root, ...quick, "--check"]);
    expect(told.checkpoint).toEqual({ model: `local-dir:${join(tuned.folder, "model")}`, pretrained: null });
  });

  it("is looked at before it begins and started by the requests of the editor, and goes on after the trainer was killed, until it is stopped", async () => {
    const env = createEnv({ cacheFolder: join(bench.folder, "cache") });
    const watch = { signal: new AbortController().signal, onProgress: () => undefined };
    const places = { python: python!, model: tiny[1]!, device: "cpu", workers: 0 };
    const options = { ...places, scratch: true, epochs: 5_000, batch: 32, rate: 0.002, checkpointSteps: 5, patience: 0 };
    const before = (await runs()).length;
    const preview = await previewTuneJob(env, { root, trainer: "full", options }, watch);
    expect(preview).toMatchObject({ trainer: "full", command: python, memoryBytes: undefined });
    expect(preview.steps).toBeGreaterThan(0);
    expect(JSON.parse(preview.files[0]!.text)).toMatchObject({ loss: "infoNce", epochs: 5_000, batch: 32, device: "cpu", scratch: true });
    expect(await runs()).toHaveLength(before);
    const id = await startPythonRun(env, { root, trainer: "full", options }, watch);
    const { folder } = await begun("full", 7);
    const find = async () => (await runs()).find((run) => run.id === id);
    process.kill((await readRunState(folder))!.trainer!.pid, "SIGKILL");
    await expect.poll(async () => (await find())?.state, { timeout: 120_000, interval: 200 }).toBe("failed");
    expect((await find())?.message).toContain("full was killed from outside");
    const resuming = bench.winnow(["tune", "resume", root, id], oneThread);
    await begun("full", 12);
    await bench.winnow(["tune", "stop", root, id]);
    const stopped = await resuming;
    expect(stopped.code, stopped.stderr).toBe(3);
    expect(stopped.stderr).toContain("The run was stopped");
    expect((await find())?.state).toBe("stopped");
  });

  it("leaves all that a batch script and its trainer read in the run's folder, and lists the run as one that waits, until it is stopped", async () => {
    const words = ["tune", "full", root, ...quick, ...tiny, "--option", "scratch=true", "--batch", "64", "--slurm", "1x0"];
    const { id, folder, script } = await bench.json<{ id: string; folder: string; script: string }>(words);
    expect(script).toContain(folder);
    expect(await readFile(join(folder, "slurm.sh"), "utf8")).toBe(script);
    expect(JSON.parse(await readFile(join(folder, "full.json"), "utf8"))).toMatchObject({ batch: 64, scratch: true });
    expect(await readFile(join(folder, "pairs.jsonl"), "utf8")).toContain("heldOut");
    const canary = (await readFile(join(folder, "canary.jsonl"), "utf8")).trimEnd().split("\n");
    expect(canary).toHaveLength(64);
    for (const line of canary) await readFile(join(folder, (JSON.parse(line) as { image: string }).image));
    const find = async () => (await runs()).find((run) => run.id === id);
    expect(await find()).toMatchObject({ state: "running", isElsewhere: true });
    await bench.winnow(["tune", "stop", root, id]);
    expect((await find())?.state).toBe("stopped");
  });

  it("trains with stock open_clip, with its log as metrics, and makes an encoder", async () => {
    const fp32 = ["--option", "precision=fp32", "--option", "accumulate=1"];
    const tuned = await tune("open_clip", root, ...quick, ...tiny, ...fp32, "--epochs", "1", "--batch", "64");
    const metrics = await metricsOf(tuned.folder);
    expect(metrics.map(({ kind }) => kind)).toEqual(["step", "step", "step", "step", "epoch"]);
    expect(tuned.after).not.toBeNull();
    expect(await readFile(join(tuned.encoder, "winnow.json"), "utf8")).toContain("logitScale");
  });

  it("stops stock open_clip where its loss is no number, which goes on with it for nothing", async () => {
    const words = [...quick, ...tiny, "--option", "precision=fp32", "--option", "accumulate=1", "--option", "clip=0", "--batch", "64"];
    const { code, stderr } = await bench.winnow(["tune", "open_clip", root, ...words, "--epochs", "400", "--rate", "1e30"], oneThread);
    expect(code).toBe(1);
    expect(stderr).toContain("The loss is no number any more: lower the rate, or train in fp32");
  });

  it.each([
    [["full", "--python", "/no/python"], "The Python /no/python is not there"],
    [["full", "--option", "batchSize=3"], 'but received "batchSize"'],
  ])("says what is off in %o", async ([trainer = "", ...words], why) => {
    const { code, stderr } = await bench.winnow(["tune", trainer, root, "--python", python!, "--option", "device=cpu", ...words]);
    expect(code).toBeGreaterThan(0);
    expect(stderr).toContain(why);
  });
});
