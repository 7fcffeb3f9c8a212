import { cp, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { EncoderId } from "../../src/core/encoder.ts";
import type { HeadJob } from "../../src/core/tune/job.ts";
import { losses } from "../../src/core/losses/losses.ts";
import { fullJob } from "../../src/core/tune/jobs/fullJob.ts";
import { readFullSettings } from "../../src/core/tune/jobs/settings.ts";
import { tuneRows } from "../../src/core/tune/headModel.ts";
import { meanRecall } from "../../src/core/tune/retrieval.ts";
import type { TuneSet } from "../../src/core/tune/tuneSet.ts";
import { createGemm } from "../../src/engine/encode/gemm.ts";
import { createEnv } from "../../src/engine/environment.ts";
import type { Env } from "../../src/engine/env.ts";
import { openAnalysed } from "../../src/engine/requests/analysedDataset.ts";
import { startComparison } from "../../src/engine/requests/comparisonRun.ts";
import { findEncoderOf } from "../../src/engine/requests/encoderOfAnalysis.ts";
import { makeHeadJob, readTunable } from "../../src/engine/requests/headJob.ts";
import { previewTuneJob } from "../../src/engine/requests/previewTuneJob.ts";
import type { RecallShares, TuneReport } from "../../src/protocol/tuneReport.ts";
import type { TunedEncoder } from "../../src/engine/requests/tuneHead.ts";
import { readTuneRuns } from "../../src/engine/requests/tuneRuns.ts";
import { gatherTuneSet } from "../../src/engine/requests/tuneSet.ts";
import { openVectors } from "../../src/engine/store/vectors.ts";
import { readAgainstRandom } from "../../src/engine/tune/comparisonFiles.ts";
import type { FoundRun } from "../../src/engine/tune/runFolder.ts";
import { createRun, findRun, readRunState, reserveRun, writeJob, writeRunState } from "../../src/engine/tune/runFolder.ts";
import { readSafetensors } from "../../src/engine/tune/safetensors.ts";
import { startRun } from "../../src/engine/tune/startRun.ts";
import type { Metric, Trained } from "../../src/engine/tune/trainHead.ts";
import { planOf, trainHead } from "../../src/engine/tune/trainHead.ts";
import { assetsFolder } from "../assets.ts";
import { madeJob, turnedAbout } from "../unit/engine/tune/made.ts";
import { writeFakeFull } from "./fakeFull.ts";
import type { Bench } from "./winnow.ts";
import { createBench } from "./winnow.ts";

const assets = assetsFolder();

/** The vectors of the analysis's encoder, or of another. */
async function gather(env: Env, root: string, other?: { readonly id: EncoderId; readonly dim: number }): Promise<TuneSet> {
  const dataset = await openAnalysed(env, root);
  try {
    const { id, dim } = other ?? (await findEncoderOf(env, root)).encoder.descriptor;
    const [images, texts] = [await openVectors(env, id, "image", dim), await openVectors(env, id, "text", dim)];
    return (await gatherTuneSet(dataset, { images, texts, seed: 1, heldOut: "20%" })).set;
  } finally {
    dataset.close();
  }
}

function envOf({ folder }: Bench): Env {
  return createEnv({ cacheFolder: join(folder, "cache") });
}

/** The set from a turned start, with another's caption in the place of each text negative. */
function turnedSet(aligned: TuneSet): TuneSet {
  const extrasOf = aligned.textsOf.flatMap((own, item) =>
    Array.from(own, () => Int32Array.of(aligned.textsOf[(item + 1) % aligned.textsOf.length]![0]!)),
  );
  return { ...aligned, images: turnedAbout(aligned.images, 7), extras: aligned.texts, extrasOf };
}

/** Trains a linear head, and tells the loss of each epoch. */
async function train(bench: Bench, set: TuneSet, changes: Partial<HeadJob>): Promise<{ trained: Trained; fallen: readonly number[] }> {
  const gemm = await createGemm(envOf(bench), "cpu");
  const fallen: number[] = [];
  try {
    const job = madeJob({ batch: 128, rate: 3e-3, temperature: 0.07, learnsTemperature: false, ...changes });
    const trained = await trainHead(job, set, {
      gemm,
      now: Date.now,
      check: () => undefined,
      report: (metric) => {
        if (metric.kind === "epoch") fallen.push(metric.loss);
        return Promise.resolve();
      },
      keep: () => Promise.resolve(),
      onProgress: () => undefined,
    });
    return { trained, fallen };
  } finally {
    await gemm.release();
  }
}

describe("winnow tune on the sample", () => {
  let bench: Bench;
  let root: string;
  let tuned: TunedEncoder;
  const words = ["--epochs", "4", "--batch", "64", "--rate", "0.003", "--temperature", "0.1", "--provider", "cpu", "--patience", "0"];

  beforeAll(async () => {
    bench = await createBench();
    root = await bench.copySample();
    tuned = await bench.json<TunedEncoder>(["tune", "head", root, ...words]);
  }, 120_000);
  afterAll(() => bench.dispose());

  /** Begins a run and kills it after some epochs; gives its folder. One that is over before it is seen, on a machine that has other things to do, is begun again. */
  async function killInItsMidst(begin: readonly string[]): Promise<string> {
    for (;;) {
      const killing = new AbortController();
      const killed = bench.winnow(begin, { killWhen: killing.signal });
      let isOver = false;
      void killed.then(() => (isOver = true));
      let folder = "";
      const look = async (): Promise<boolean> => (folder = await newestBegun(root, 2)) !== "" || isOver;
      await expect.poll(look, { timeout: 120_000, interval: 20 }).toBe(true);
      killing.abort();
      const { code, stderr } = await killed;
      if (code === null && (await readRunState(folder))?.state === "running") return folder;
      expect([null, 0], stderr).toContain(code);
    }
  }

  it("tells recall before and after, and lists the run", async () => {
    expect(tuned.before.imageToText).toBeGreaterThan(0.5);
    expect(tuned.epochs).toBe(4);
    const runs = await bench.json<FoundRun[]>(["tune", "list", root]);
    expect(runs.map(({ id, state }) => [id, state])).toEqual([[tuned.id, "done"]]);
    expect(await readFile(join(root, ".winnow/runs/.gitignore"), "utf8")).toBe("*\n");
  });

  it("gives an encoder whose vectors are the head's, with an id of its own", async () => {
    const env = envOf(bench);
    const base = (await findEncoderOf(env, root)).encoder.descriptor;
    await bench.json(["run", root, "--encoder", tuned.encoder, "--allow-problems"]);
    const after = (await findEncoderOf(env, root)).encoder.descriptor;
    expect(after.id).not.toBe(base.id);
    const set = await gather(env, root);
    const before = await gather(env, root, base);
    const { tensors } = await readSafetensors(join(tuned.folder, "head.safetensors"));
    const weights = Object.fromEntries(
      Object.entries(tensors).map(([name, { shape, values }]) => [
        name,
        { rows: shape[0]!, columns: shape[1]!, values: Float32Array.from(values) },
      ]),
    );
    const gemm = await createGemm(env, "cpu");
    const { plan } = planOf(madeJob());
    for (const [tower, side] of [["image", "images"] as const, ["text", "texts"] as const]) {
      const { units } = await tuneRows(gemm, plan, weights, { tower, rows: before[side] });
      for (let row = 0; row < units.rows; row += 1) {
        let cosine = 0;
        for (let at = row * units.columns; at < (row + 1) * units.columns; at += 1) cosine += units.values[at]! * set[side].values[at]!;
        expect(cosine).toBeGreaterThan(0.9999);
      }
    }
    await gemm.release();
    await bench.json(["run", root, "--encoder", "builtin", "--allow-problems"]);
  }, 120_000);

  it("makes every loss fall, and R@1 rise from a turned start", async () => {
    const set = turnedSet(await gather(envOf(bench), root));
    for (const { id: loss } of losses) {
      const { trained, fallen } = await train(bench, set, { loss, epochs: 6, batch: 64, rate: 0.01 });
      expect(fallen.at(-1), loss).toBeLessThan(fallen[0]!);
      expect(meanRecall(trained.best.recall), loss).toBeGreaterThan(meanRecall(trained.before) + 0.1);
    }
  }, 180_000);

  it("goes on after a kill and after a stop as if nothing had been", async () => {
    const long = ["tune", "head", root, ...words, "--epochs", "150"];
    const whole = await bench.json<TunedEncoder>(long);
    const runFolder = await killInItsMidst(long);
    const runs = await bench.json<FoundRun[]>(["tune", "list", root]);
    expect(runs.find(({ folder }) => folder === runFolder)?.state).toBe("died");
    const resuming = bench.winnow(["tune", "resume", root, "--json"]);
    let isOver = false;
    void resuming.then(() => (isOver = true));
    // On a fast machine it may be over before it is seen to run.
    const isSeen = async (): Promise<boolean> =>
      isOver || (await bench.json<FoundRun[]>(["tune", "list", root])).some(({ state }) => state === "running");
    await expect.poll(isSeen, { timeout: 60_000 }).toBe(true);
    await bench.winnow(["tune", "stop", root]);
    const stopped = await resuming;
    const resumed =
      stopped.code === 3 ? await bench.json<TunedEncoder>(["tune", "resume", root]) : (JSON.parse(stopped.stdout) as TunedEncoder);
    expect(resumed.after).toEqual(whole.after);
    const [one, other] = [await readFile(join(whole.folder, "head.safetensors")), await readFile(join(resumed.folder, "head.safetensors"))];
    expect(one.equals(other)).toBe(true);
    const epochs = (folder: string) => metricsOf(folder).then((metrics) => metrics.filter(({ kind }) => kind === "epoch").map(withoutTime));
    expect(await epochs(resumed.folder)).toEqual(await epochs(whole.folder));
  }, 240_000);

  it("goes on by itself, is resumed after its process was killed, and is reckoned right before", async () => {
    const env = envOf(bench);
    const quiet = { signal: new AbortController().signal, onProgress: () => undefined };
    const asked = { epochs: 100_000, batch: 64, patience: 0, loss: "sigLip", provider: "cpu" };
    const preview = await previewTuneJob(env, { root, trainer: "head", options: asked }, quiet);
    expect(preview).toMatchObject({ trainer: "head", steps: (preview.steps! / asked.epochs) * asked.epochs, seconds: undefined });
    expect(preview.args[0]).toMatch(/tuneMain\.ts$/);
    const { id, folder } = await bench.json<FoundRun>([
      "tune",
      "head",
      root,
      ...words,
      "--loss",
      "sigLip",
      "--epochs",
      "100000",
      "--detach",
    ]);
    await expect.poll(async () => (await metricsOf(folder)).some(({ kind }) => kind === "epoch"), { timeout: 60_000 }).toBe(true);
    const first = (await metricsOf(folder)).find((metric) => metric.kind === "epoch");
    expect(first?.step).toBe(preview.steps! / asked.epochs);
    process.kill((await readRunState(folder))!.pid, "SIGKILL");
    const stateOf = async () => (await bench.json<FoundRun[]>(["tune", "list", root])).find((run) => run.id === id)?.state;
    await expect.poll(stateOf, { timeout: 60_000 }).toBe("died");
    await bench.json(["tune", "resume", root, id, "--detach"]);
    expect(await stateOf()).toBe("running");
    expect((await bench.winnow(["tune", "resume", root, id, "--detach"])).stderr).toContain("is running: stop it first");
    await bench.winnow(["tune", "stop", root, id]);
    await expect.poll(stateOf, { timeout: 60_000 }).toBe("stopped");
    expect(await readFile(join(folder, "log.txt"), "utf8")).toMatch(/Epoch 1 of 100000: loss /);
    const again = await previewTuneJob(env, { root, trainer: "head", options: asked }, quiet);
    expect(again.seconds).toBeGreaterThan(0);
  }, 240_000);

  it.skipIf(process.platform !== "linux")(
    "says that the disk is full",
    async () => {
      const env = envOf(bench);
      const job = makeHeadJob(root, await readTunable(env, root), { batch: 64, epochs: 100_000, patience: 0, provider: "cpu" });
      const { folder } = await createRun(env, join(root, ".winnow"), job);
      await startRun(env, folder);
      await expect.poll(async () => (await metricsOf(folder)).length, { timeout: 60_000 }).toBeGreaterThan(1);
      // From now on every byte of it is one too many.
      await symlink("/dev/full", join(folder, "full"));
      await rename(join(folder, "full"), join(folder, "metrics.jsonl"));
      await expect.poll(async () => (await readRunState(folder))?.state, { timeout: 60_000 }).toBe("failed");
      expect((await readRunState(folder))?.message).toMatch(/^The disk is full/);
    },
    90_000,
  );
  it("reports what a run changed: the graphs are the head's, recall is the run's, and the next step is named", async () => {
    const run = await bench.json<TunedEncoder>(["tune", "head", root, ...words, "--epochs", "30", "--rate", "0.01", "--guard", "0"]);
    const report = await bench.json<TuneReport>(["tune", "report", root, run.id]);
    expect(report.heldOut).toEqual({ images: 30, captions: 30, recall: { before: run.before, after: run.after } });
    expect([report.run, report.bestEpoch, report.epochs, report.isDataChanged]).toEqual([run.id, run.bestEpoch, 30, false]);
    expect(report.parity).toMatchObject({ pictures: 16, texts: 16, agrees: true });
    expect(report.parity.leastCosine).toBeGreaterThan(0.9999);
    expect(report.canary!.pairs).toBeGreaterThan(50);
    // Nobody looks at it where it can't end the run.
    for (const metric of await metricsOf(run.folder)) expect(metric).not.toHaveProperty("canary");
    expect(report.crowding.hasCollapsed).toBe(false);
    const { separated, stillConfused } = report.confusable;
    expect(separated.length + stillConfused.length).toBeGreaterThan(20);
    for (const { percentile } of report.ups) expect(percentile.after).toBeGreaterThan(percentile.before);
    for (const { percentile } of report.downs) expect(percentile.after).toBeLessThan(percentile.before);
    expect(report.next.join("\n")).toContain("Only 30 images are held out");
    const { stdout } = await bench.winnow(["tune", "report", root, run.id]);
    expect(stdout).toContain("the exported graphs give what was trained: cosine ");
    await expect(bench.json(["tune", "report", root, "none"])).rejects.toThrow("There is no run none");
  }, 120_000);

  it("ends where the head forgets what the encoder knew beside the dataset, and keeps the best epoch before", async () => {
    const wrong = await bench.copySample("wrong");
    await swapCaptions(wrong);
    await bench.json(["run", wrong, "--allow-problems", "--provider", "cpu"]);
    const run = await bench.json<TunedEncoder>(["tune", "head", wrong, ...words, "--epochs", "30", "--rate", "0.01"]);
    expect(run.end).toBe("forgotten");
    expect(run.bestEpoch).toBeLessThan(run.epochs);
    const told = (await metricsOf(run.folder)).flatMap((metric) => (metric.kind === "step" ? [] : [metric]));
    const known = told.map(({ canary }) => canary!);
    expect(known.map((share) => share < known[0]! / 2)).toEqual(known.map((_, place) => place === run.epochs));
    expect(told.at(-1)).toMatchObject({ epoch: run.epochs - 1, fall: "forgotten" });
    const report = await bench.json<TuneReport>(["tune", "report", wrong, run.id]);
    expect([report.fall, report.bestEpoch, report.canary!.hasFallen]).toEqual(["forgotten", run.bestEpoch, false]);
    expect(mean(report.canary!.recall.before)).toBeCloseTo(known[0]!, 12);
    expect(mean(report.canary!.recall.after)).toBeCloseTo(known[run.bestEpoch]!, 12);
    expect(report.next[0]).toContain("which ended the run early");
  }, 120_000);

  it("asks whether it was the curation, and keeps the answer with the run", async () => {
    expect((await bench.winnow(["tune", "report", root, tuned.id, "--against-random", "2"])).stderr).toContain(
      "Nothing is dropped, so that there is nothing to compare: curate first",
    );
    await bench.json(["prune", root, "--policy", "keepTop", "--signal", "clipScore", "--keep", "70%", "--apply"]);
    const { againstRandom } = await bench.json<TuneReport>(["tune", "report", root, tuned.id, "--against-random", "2"]);
    const { pairs, ofPairs, curated, random, difference } = againstRandom!;
    expect(pairs / ofPairs).toBeGreaterThan(0.6);
    expect(pairs / ofPairs).toBeLessThan(0.8);
    expect([curated.length, random.length]).toEqual([2, 2]);
    expect(difference.mean).toBeCloseTo((curated[0]! + curated[1]! - random[0]! - random[1]!) / 2, 12);
    expect((await bench.json<TuneReport>(["tune", "report", root, tuned.id])).againstRandom).toEqual(againstRandom);
    const { stdout } = await bench.winnow(["tune", "report", root, tuned.id]);
    expect(stdout).toMatch(/points \(95 % of [+−][\d.]+ to [+−][\d.]+, 2 seeds\): it/);
    expect(stdout).toContain("the pairs that are kept have changed since");
  }, 120_000);

  it("asks the same in a run of its own, which goes on with the trainings that are left", async () => {
    const env = envOf(bench);
    const winnowFolder = join(root, ".winnow");
    const { againstRandom: wanted } = await bench.json<TuneReport>(["tune", "report", root, tuned.id]);
    await rm(join(tuned.folder, "againstRandom.json"));
    const { id, folder } = await startComparison(env, { root, run: tuned.id, seeds: 2 }, new AbortController().signal);
    const stateOf = async () => (await findRun(winnowFolder, id)).state;
    await expect.poll(stateOf, { timeout: 60_000, interval: 200 }).toBe("done");
    expect(await readAgainstRandom(folder)).toEqual(wanted);
    expect(await readAgainstRandom(tuned.folder)).toEqual(wanted);
    const [listed] = (await readTuneRuns(env, winnowFolder)).runs;
    expect(listed).toMatchObject({ id, tuned: null, comparison: { of: tuned.id, done: 4, total: 4, answer: wanted } });
    // As if it had been stopped after the first seed.
    const [first, second] = (await readFile(join(folder, "arms.jsonl"), "utf8")).split("\n");
    await writeFile(join(folder, "arms.jsonl"), `${first}\n${second}\n`);
    await writeRunState(folder, { ...(await readRunState(folder))!, state: "stopped" });
    const again = await bench.winnow(["tune", "report", root, tuned.id, "--against-random", "2", "--json"]);
    expect(again.stderr).toContain(`The comparison is the run ${id}, `);
    expect((JSON.parse(again.stdout) as TuneReport).againstRandom).toEqual(wanted);
    const arms = (await readFile(join(folder, "arms.jsonl"), "utf8")).trim().split("\n");
    expect([arms.length, arms[0], arms[1]]).toEqual([4, first, second]);
    // As if other pairs had been kept when it was stopped.
    await writeRunState(folder, { ...(await readRunState(folder))!, state: "stopped", vectors: "others" });
    await bench.json(["tune", "resume", root, id]);
    await expect.poll(stateOf, { timeout: 60_000, interval: 200 }).toBe("failed");
    expect((await findRun(winnowFolder, id)).message).toContain("have changed since the comparison was stopped: ask anew");
  }, 180_000);

  it("asks it of a run of the trainer full, which trains on other pairs in folders of its own and goes on with the one that was stopped or has failed", async () => {
    const env = envOf(bench);
    const winnowFolder = join(root, ".winnow");
    const fake = await writeFakeFull(join(bench.folder, "fake"));
    const { id, folder } = await reserveRun(env, winnowFolder, "full");
    const settings = readFullSettings("tiny", { epochs: 1, batch: 8, rate: 0.25, seed: 5, wandb: "mine" });
    const place = { python: fake.interpreter, program: "/elsewhere/train_full.py", folder, launch: { kind: "alone" } } as const;
    const { id: encoderId, folder: encoderFolder, name } = (await findEncoderOf(env, root)).encoder.descriptor;
    const origin = { encoder: { id: encoderId, folder: encoderFolder, name }, heldOut: "20%", seed: 5, digest: "d" };
    await writeJob(folder, { ...fullJob(settings, { images: 9, pairs: 9, captions: 9, shown: 9 }, place), origin });
    await writeRunState(folder, { state: "done", pid: 1, started: null, startedAt: "" });
    await fake.spoilOnce("5-random", "hangs");
    const asking = bench.winnow(["tune", "report", root, id, "--against-random", "2"]);
    await expect.poll(async () => (await fake.trainings()).length, { timeout: 60_000, interval: 200 }).toBe(2);
    const [first] = await fake.trainings();
    await bench.json(["tune", "stop", root, basename(dirname(dirname(first!.folder)))]);
    const stopped = await asking;
    expect([stopped.code, stopped.stderr]).toEqual([3, expect.stringContaining("The run was stopped: resume it")]);
    await fake.spoilOnce("6-kept", "fails");
    const ask = () => startComparison(env, { root, run: id, seeds: 2 }, new AbortController().signal);
    const begun = await ask();
    const find = () => findRun(winnowFolder, begun.id);
    await expect.poll(async () => (await find()).state, { timeout: 60_000, interval: 200 }).toBe("failed");
    expect((await find()).message).toBe("full ended with exit code 1: ValueError: as the test wants");
    expect((await ask()).id).toBe(begun.id);
    await expect.poll(async () => (await find()).state, { timeout: 60_000, interval: 200 }).toBe("done");
    const answer = (await readAgainstRandom(folder))!;
    expect(answer.curated).toEqual([1, 1.1]);
    expect(answer.random).toEqual([0.9, 1]);
    expect(answer.difference.mean).toBeCloseTo(0.1, 12);
    const trainings = await fake.trainings();
    const names = ["5-kept", "5-random", "5-random", "6-kept", "6-kept", "6-random"];
    expect(trainings.map(({ folder: own }) => basename(own))).toEqual(names);
    for (const { settings: told, folder: own } of trainings)
      expect(told).toMatchObject({ seed: Number(basename(own)[0]), rate: 0.25, wandb: null });
    const pairsOf = (at: number, isHeldOut: boolean): readonly string[] =>
      trainings[at]!.pairs.filter((pair) => pair.heldOut === isHeldOut).flatMap(({ image, captions }) =>
        captions.map((text) => `${image} ${text}`),
      );
    expect(trainings.map(({ hasCanary }) => hasCanary)).not.toContain(false);
    for (const at of trainings.keys()) {
      expect(pairsOf(at, true)).toEqual(pairsOf(0, true));
      expect(pairsOf(at, false)).toHaveLength(answer.pairs);
    }
    expect(pairsOf(0, true).length).toBeGreaterThan(0);
    expect([pairsOf(2, false), pairsOf(4, false)]).toEqual([pairsOf(1, false), pairsOf(0, false)]);
    expect(new Set([0, 1, 5].map((at) => pairsOf(at, false).join("\n"))).size).toBe(3);
    expect(await readdir(join(begun.folder, "arms"))).toEqual([]);
  }, 120_000);

  it("says what is wrong with the words", async () => {
    expect((await bench.winnow(["tune", "head", root, "--loss", "none"])).stderr).toContain("Expected one of infoNce, ");
    expect((await bench.winnow(["tune", "head", root, "--loss-option", "x=1"])).stderr).toContain(
      'Expected no settings here for --loss-option but received "x=1"',
    );
    expect((await bench.winnow(["tune", "resume", root, "other"])).stderr).toContain("There is no run other: expected one of ");
  });
});

/** Gives every picture of a dataset with caption files the captions of the next one. */
async function swapCaptions(root: string): Promise<void> {
  const names = (await readdir(root, { recursive: true })).filter((name) => name.endsWith(".txt")).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(root, name))));
  await Promise.all(names.map((name, at) => writeFile(join(root, name), texts[(at + 1) % texts.length]!)));
}

function mean({ imageToText, textToImage }: RecallShares): number {
  return (imageToText! + textToImage!) / 2;
}

async function metricsOf(folder: string): Promise<Metric[]> {
  const text = await readFile(join(folder, "metrics.jsonl"), "utf8").catch(() => "");
  return text.split("\n").flatMap((line) => (line.endsWith("}") ? [JSON.parse(line) as Metric] : []));
}

function withoutTime(metric: Metric): Metric {
  return metric.kind === "epoch" ? { ...metric, ms: 0 } : metric;
}

/** The newest run's folder once some epochs of it are on the disk; "" before. */
async function newestBegun(root: string, epochs: number): Promise<string> {
  const runs = join(root, ".winnow/runs");
  const newest = (await readdir(runs))
    .filter((name) => name !== ".gitignore")
    .sort()
    .at(-1)!;
  const folder = join(runs, newest);
  const isDone = (await readRunState(folder))?.state === "done";
  return !isDone && (await metricsOf(folder)).filter(({ kind }) => kind === "epoch").length >= epochs ? folder : "";
}

describe.skipIf(assets === undefined)("the head trainer on 1,000 photos with a real encoder (needs ../shared/assets)", () => {
  let bench: Bench;
  let set: TuneSet;

  beforeAll(async () => {
    bench = await createBench();
    const root = join(bench.folder, "photos");
    await mkdir(root);
    await cp(join(assets!, "flickr8k-dev/images"), join(root, "images"), { recursive: true, preserveTimestamps: true });
    await writeFile(join(root, "captions.txt"), await readFile(join(assets!, "flickr8k-dev/captions.txt")));
    await bench.json(["run", root, "--encoder", join(assets!, "mini-dual-encoder"), "--provider", "cpu", "--allow-problems"]);
    set = turnedSet(await gather(envOf(bench), root));
  }, 300_000);
  afterAll(() => bench.dispose());

  it.each(losses.map(({ id }) => id))(
    "%s falls, and R@1 rises from the turned start",
    async (loss) => {
      const { trained, fallen } = await train(bench, set, { loss, epochs: 2 });
      expect(fallen[1]).toBeLessThan(fallen[0]!);
      expect(meanRecall(trained.before)).toBeLessThan(0.02);
      // To CWCL nearly every caption matches a little, so that it learns slowly.
      expect(meanRecall(trained.best.recall)).toBeGreaterThan(loss === "cwcl" ? 0.013 : 0.12);
    },
    120_000,
  );

  it("InfoNCE finds the way back from a turned start", async () => {
    const { trained } = await train(bench, set, { loss: "infoNce", epochs: 20 });
    expect(trained.before.imageToText).toBeLessThan(0.03);
    expect(trained.best.recall.imageToText).toBeGreaterThan(0.12);
    expect(trained.best.recall.textToImage).toBeGreaterThan(0.12);
  }, 120_000);
});
