import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { parse as parseToml } from "smol-toml";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse as parseYaml } from "yaml";
import type { ImageJob } from "../../src/engine/requests/imageJob.ts";
import type { TuneSamples } from "../../src/engine/tune/imageSamples.ts";
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
    expect((await bench.winnow(["tune", "samples", root])).stderr).toContain("is no job of a text-to-image trainer");
  }, 180_000);

  it("starts the trainer where it is found, and says in a sentence where it is not", async () => {
    const start = ["--start", "--option", `python=${process.execPath}`];
    const out = (name: string) => ["--out", join(bench.folder, name)];
    const checkout = join(bench.folder, "checkout");
    const missing = await bench.winnow(["tune", "ai-toolkit", root, ...out("started"), ...start, "--option", `trainerFolder=${checkout}`]);
    expect([missing.code, missing.stderr]).toEqual([
      1,
      expect.stringContaining("ai-toolkit was not found: name its checkout by --option trainerFolder=…"),
    ]);
    await expect(readdir(join(bench.folder, "started"))).rejects.toThrow("ENOENT");
    await mkdir(checkout);
    // A stand-in that Node runs: it tells what it was given, and ends as the job asks.
    await writeFile(
      join(checkout, "run.py"),
      "console.log(process.argv[2]); process.exitCode = process.cwd().endsWith('checkout') ? 0 : 1;",
    );
    const started = await bench.winnow(["tune", "ai-toolkit", root, ...out("started"), ...start, "--option", `trainerFolder=${checkout}`]);
    expect([started.code, started.stderr]).toEqual([0, expect.stringContaining(`${join(bench.folder, "started")}/config.yaml`)]);
    const wrong = await bench.winnow(["tune", "kohya", root, ...out("wrong"), "--option", "maxBucketReso=64"]);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining("maxBucketReso (64) must not be less than the resolution")]);
  }, 180_000);
});
