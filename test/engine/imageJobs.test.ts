import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import sharp from "sharp";
import { parse as parseToml } from "smol-toml";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse as parseYaml } from "yaml";
import type { ImageTuneJob } from "../../src/core/tune/imageTrainers/imageTuneJob.ts";
import type { Env } from "../../src/engine/env.ts";
import { createEnv } from "../../src/engine/environment.ts";
import type { ImageJob } from "../../src/engine/requests/imageJob.ts";
import { beginImageRun } from "../../src/engine/requests/imageRun.ts";
import { previewTuneJob } from "../../src/engine/requests/previewTuneJob.ts";
import { readTuneRuns, resumeDetached } from "../../src/engine/requests/tuneRuns.ts";
import { createTuneSampleHandlers } from "../../src/engine/requests/tuneSamples.ts";
import { stopRun } from "../../src/engine/tune/followTrainer.ts";
import type { TuneSamples } from "../../src/engine/tune/imageSamples.ts";
import { findRun, readJob } from "../../src/engine/tune/runFolder.ts";
import type { ListedTuneRun, TuneRequest } from "../../src/protocol/tuneRuns.ts";
import { type FakeKohya, writeFakeKohya } from "../fakeKohya.ts";
import type { Bench } from "./winnow.ts";
import { createBench } from "./winnow.ts";

interface Dataset {
  readonly subsets: readonly { readonly image_dir: string; readonly num_repeats: number; readonly conditioning_data_dir?: string }[];
}

/** The pictures of a folder, subfolders not entered. */
async function picturesIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => /\.(?:jpe?g|png|webp)$/.test(name));
}

/** Two folders of the sample, without what was decided of it: enough for several concepts. */
async function copyHalf(bench: Bench, name: string): Promise<string> {
  const root = await bench.copySample(name);
  for (const folder of ["night", "workshop"]) await rm(join(root, folder), { recursive: true });
  return root;
}

describe("winnow tune for text-to-image, on the sample", () => {
  let bench: Bench;
  let root: string;
  const masked = ["garden/scene-0001.jpg", "garden/scene-0002.jpg"];
  const make = (trainer: string, ...words: readonly string[]) =>
    bench.json<ImageJob>(["tune", trainer, root, "--out", join(bench.folder, trainer), "--trigger", "sks", "--batch", "4", ...words]);

  beforeAll(async () => {
    bench = await createBench();
    root = await copyHalf(bench, "sample");
    const mask = await sharp({ create: { width: 8, height: 8, channels: 3, background: "white" } })
      .png()
      .toBuffer();
    for (const file of masked) await writeFile(join(root, file.replace(/\.\w+$/, "-masklabel.png")), mask);
    await bench.json(["run", root, "--encoder", "builtin", "--allow-problems"]);
  }, 120_000);
  afterAll(() => bench.dispose());

  it("writes for kohya what its TOML says, subset by subset, masked ones apart", async () => {
    const made = await make("kohya");
    const { folder, data, steps } = made.job;
    const { datasets } = parseToml(await readFile(join(folder, "dataset.toml"), "utf8")) as unknown as { datasets: readonly Dataset[] };
    let shown = 0;
    for (const { image_dir, num_repeats, conditioning_data_dir } of datasets.flatMap(({ subsets }) => subsets)) {
      const names = await picturesIn(image_dir);
      shown += num_repeats * names.length;
      const texts = await Promise.all(names.map((name) => readFile(join(image_dir, name.replace(/\.\w+$/, ".txt")), "utf8")));
      expect(texts.every((text) => text.startsWith("sks, "))).toBe(true);
      if (conditioning_data_dir !== undefined)
        expect((await picturesIn(conditioning_data_dir)).sort()).toEqual(names.map((name) => name.replace(/\.\w+$/, ".png")).sort());
    }
    expect(shown).toBe(data.shown);
    expect(datasets).toHaveLength(2);
    expect(made.subsets.filter(({ isMasked }) => isMasked).reduce((sum, { images }) => sum + images, 0)).toBe(masked.length);
    expect(made.checks.map(({ agrees }) => agrees)).toEqual([true, true]);
    expect(steps).toBe(10 * made.checks.reduce((sum, { steps: own }) => sum + own!, 0));
    const sizes = made.subsets.map(({ images, repeats }) => images * repeats);
    expect(Math.max(...sizes)).toBeLessThan(2 * Math.max(...made.subsets.map(({ images }) => images)));
  }, 180_000);

  it("writes for ai-toolkit and SimpleTuner folders that are there, and a job that says all of it again", async () => {
    const aiToolkit = await make("ai-toolkit");
    const config = parseYaml(await readFile(join(aiToolkit.job.folder, "config.yaml"), "utf8")) as {
      config: { process: readonly [{ datasets: readonly { folder_path: string; num_repeats: number }[]; train: { steps: number } }] };
    };
    const [{ datasets, train }] = config.config.process;
    let shown = 0;
    for (const { folder_path, num_repeats } of datasets) shown += num_repeats * (await picturesIn(folder_path)).length;
    expect([shown, train.steps]).toEqual([aiToolkit.job.data.shown, aiToolkit.job.steps]);
    const kept = JSON.parse(await readFile(join(aiToolkit.job.folder, "job.json"), "utf8")) as unknown;
    expect(kept).toEqual(JSON.parse(JSON.stringify(aiToolkit.job)));

    const simpleTuner = await make("simpletuner", "--option", "by=folder", "--option", "mostRepeats=1", "--pictures", "hardlink");
    const backends = JSON.parse(await readFile(join(simpleTuner.job.folder, "config/multidatabackend.json"), "utf8")) as readonly {
      id: string;
      dataset_type: string;
      instance_data_dir: string;
      repeats: number;
    }[];
    const images = backends.filter(({ dataset_type }) => dataset_type === "image");
    expect(images.map(({ id, repeats }) => [id, repeats])).toEqual(
      expect.arrayContaining([
        ["garden", 0],
        ["morning", 0],
      ]),
    );
    expect([...simpleTuner.checks, ...aiToolkit.checks].every(({ agrees }) => agrees)).toBe(true);
    const [first] = await picturesIn(images[0]!.instance_data_dir);
    expect((await stat(join(images[0]!.instance_data_dir, first!))).nlink).toBeGreaterThan(1);
  }, 180_000);

  it("leaves out the evaluation splits, and is taken back whole", async () => {
    const before = await make("diffusers");
    expect(before.masksLeft).toBe(masked.length);
    await bench.json(["undo", root, before.operation!]);
    await expect(readdir(before.job.folder)).rejects.toThrow("ENOENT");
    const other = await copyHalf(bench, "split");
    await bench.json(["run", other, "--encoder", "builtin", "--allow-problems"]);
    await bench.json(["split", other, "--validation", "10%", "--test", "10%"]);
    const after = await bench.json<ImageJob>(["tune", "diffusers", other, "--out", before.job.folder]);
    expect(after.job.data.images).toBeLessThan(0.85 * before.job.data.images);
    expect(after.job.args).toContain(`--validation_prompt=${after.job.prompts[0]!}`);
    expect(after.checks).toMatchObject([{ folder: "images", agrees: true }]);
  }, 180_000);

  it("lists the sample pictures that a trainer painted", async () => {
    const made = await make("ai-toolkit", "--out", join(bench.folder, "painted"), "--prompt", "a sks dog", "--prompt", "a sks cat");
    expect(made.job.prompts).toEqual(["a sks dog", "a sks cat"]);
    const list = () => bench.json<TuneSamples>(["tune", "samples", made.job.folder]);
    expect((await list()).samples).toEqual([]);
    await mkdir(made.job.samples!, { recursive: true });
    for (const name of ["1__000000500_1.jpg", "2__000000250_0.jpg", "notes.txt"]) await writeFile(join(made.job.samples!, name), "");
    const { prompts, samples } = await list();
    expect(samples.map(({ at, prompt }) => [at, prompts[prompt]])).toEqual([
      [250, "a sks dog"],
      [500, "a sks cat"],
    ]);
    expect((await bench.winnow(["tune", "samples", root])).stderr).toContain("There is no run of this dataset yet");
  }, 180_000);

  it("says in a sentence which option is off, before anything is written", async () => {
    const wrong = await bench.winnow(["tune", "kohya", root, "--out", join(bench.folder, "wrong"), "--option", "maxBucketReso=64"]);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining("maxBucketReso (64) must not be less than the resolution")]);
    await expect(readdir(join(bench.folder, "wrong"))).rejects.toThrow("ENOENT");
  }, 180_000);

  describe("as a run", { timeout: 180_000 }, () => {
    let env: Env;
    let fake: FakeKohya;
    let options: TuneRequest["options"];
    const watch = { signal: new AbortController().signal, onProgress: () => undefined };
    const request = (more: TuneRequest["options"] = {}): TuneRequest => ({ root, trainer: "kohya", options: { ...options, ...more } });
    const winnowFolder = (): string => join(root, ".winnow");
    const runs = async (): Promise<readonly ListedTuneRun[]> => (await readTuneRuns(env, winnowFolder())).runs;
    const runOf = async (id: string): Promise<ListedTuneRun | undefined> => (await runs()).find((run) => run.id === id);
    const untilState = (id: string) => expect.poll(async () => (await runOf(id))?.state, { timeout: 120_000, interval: 200 });

    beforeAll(async () => {
      env = createEnv({ cacheFolder: join(bench.folder, "cache") });
      const [first, second] = masked.map((file) => join(root, file));
      fake = await writeFakeKohya(bench.folder, [first!, second!]);
      options = { python: fake.python, trainerFolder: fake.trainerFolder, epochs: 2, batchSize: 4, prompts: "a cat | a dog" };
    });
    afterAll(async () => {
      for (const { id, state } of await runs()) if (state === "running") await stopRun(await findRun(winnowFolder(), id));
    });

    it("is looked at and shown whole before it begins, with nothing written", async () => {
      const preview = await previewTuneJob(env, request(), watch);
      expect(preview).toMatchObject({
        trainer: "kohya",
        command: fake.python,
        cwd: fake.trainerFolder,
        epochs: 2,
        prompts: ["a cat", "a dog"],
      });
      expect(preview.files.map(({ path }) => path)).toEqual(["dataset.toml", "train.toml", "prompts.json"]);
      expect(preview.notes.join("\n")).toContain("note: torch sees no GPU here");
      const below = await previewTuneJob(env, request({ trainerFolder: relative(root, fake.trainerFolder) }), watch);
      expect(below).toEqual(preview);
      const missing = previewTuneJob(env, request({ trainerFolder: "~/nowhere" }), watch);
      await expect(missing).rejects.toThrow(
        /^kohya sd-scripts was not found, for there is no .*nowhere.*: git clone .*, and name its checkout as trainerFolder$/,
      );
      await expect(previewTuneJob(env, request({ rank: "much" }), watch)).rejects.toThrow("kohya sd-scripts: Expected a number for rank");
      await expect(previewTuneJob(env, request({ out: root }), watch)).rejects.toThrow("lies in the dataset");
      expect(await runs()).toEqual([]);
    });

    it("goes on by itself with its steps told, is stopped and resumed from its newest state, and its pictures are a grid of names", async () => {
      await fake.hold();
      const id = await beginImageRun(env, request(), watch);
      const samples = createTuneSampleHandlers(env);
      const grid = async () => await ask(samples.readTuneSamples, { root, run: id });
      await expect.poll(async () => (await grid()).pictures.length, { timeout: 60_000, interval: 200 }).toBe(2);
      const { steps } = (await runOf(id))!;
      // The last bar before the pictures may still be drawn again.
      await expect.poll(async () => (await runOf(id))?.step ?? 0, { timeout: 60_000, interval: 200 }).toBe(steps! / 2 - 1);
      const told = { state: "running", epochs: 2, samples: true, encoder: null, tuned: null };
      expect(await runOf(id)).toMatchObject({ ...told, loss: expect.closeTo(0.7, 0) as number });

      await stopRun(await findRun(winnowFolder(), id));
      await untilState(id).toBe("stopped");
      await fake.letGo();
      await resumeDetached(env, await findRun(winnowFolder(), id));
      await untilState(id).toBe("done");
      expect(await runOf(id)).toMatchObject({ step: steps, epoch: 2, message: null });
      expect((await readFile(join(winnowFolder(), "runs", id, "log.txt"), "utf8")).match(/^epoch \d\/2$/gm)).toEqual([
        "epoch 1/2",
        "epoch 2/2",
      ]);
      const { checkpoints, pictures, prompts } = await grid();
      expect([prompts, checkpoints]).toEqual([
        ["a cat", "a dog"],
        [
          { unit: "epoch", at: 1 },
          { unit: "epoch", at: 2 },
        ],
      ]);
      const names = pictures.map(({ name }) => name);
      const batch = await ask(samples.readTuneSampleThumbnails, { root, run: id, side: 160, names: [...names, "../../job.json"] });
      expect(batch.failed).toEqual({ 4: "../../job.json is not there any more" });
      const first = await sharp(batch.bytes.subarray(0, batch.offsets[1])).metadata();
      expect([first.format, Math.max(first.width, first.height)]).toEqual(["webp", 160]);
      const { path } = await ask(samples.findTuneSample, { root, run: id, name: names[0]! });
      expect(path.startsWith(join(winnowFolder(), "runs", id))).toBe(true);
      await expect(ask(samples.findTuneSample, { root, run: id, name: "../../job.json" })).rejects.toThrow("is not there any more");
    });

    it("says why its trainer failed, and is taken back by undo", async () => {
      await fake.failWith("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB");
      const started = await bench.winnow(["tune", "kohya", root, "--start", "--json", ...wordsOf(options)]);
      expect([started.code, started.stderr]).toEqual([1, expect.stringContaining("The device has not enough memory")]);
      await fake.failWith("ValueError: no such optimizer");
      const id = await beginImageRun(env, request({ prompts: "" }), watch);
      await untilState(id).toBe("failed");
      expect((await runOf(id))?.message).toBe("kohya ended with exit code 1: ValueError: no such optimizer");
      const { folder } = (await readJob(join(winnowFolder(), "runs", id))) as ImageTuneJob;
      expect(await picturesIn(join(folder, "images", (await readdir(join(folder, "images")))[0]!))).not.toEqual([]);
      await bench.json(["undo", root]);
      await expect(readdir(join(folder, "images"))).rejects.toThrow("ENOENT");
    });
  });
});

/** Calls what answers a request, with nobody who watches. */
function ask<Params, Result>(
  handler: (params: Params, watching: { signal: AbortSignal; onProgress: () => void }) => Result,
  params: Params,
): Result {
  return handler(params, { signal: new AbortController().signal, onProgress: () => undefined });
}

/** The same as the editor's fields in the words of the command line. */
function wordsOf({ prompts, ...settings }: TuneRequest["options"]): string[] {
  const named = Object.entries(settings).flatMap(([name, value]) => ["--option", `${name}=${value}`]);
  return [
    ...named,
    ...String(prompts)
      .split("|")
      .flatMap((prompt) => ["--prompt", prompt.trim()]),
  ];
}
