import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { losses } from "../../src/core/losses/losses.ts";
import { readSafetensors } from "../../src/engine/tune/safetensors.ts";
import { findPython, runPython } from "../python.ts";
import { lossesOf, metricsOf, samplePairs, stateOf, writeRun, writeTinyModel } from "./full/fixture.ts";
import { start } from "./full/start.ts";
import { checkout } from "./winnow.ts";

const runs = fileURLToPath(new URL("full/runs.py", import.meta.url));
const program = join(checkout, "src/trainers/train_full.py");
const python = findPython();

/** The largest difference between the weights of two runs, as a share of the largest weight's. */
async function farthest(one: string, other: string): Promise<number> {
  const [a, b] = await Promise.all([one, other].map((folder) => readSafetensors(join(folder, "model/open_clip_model.safetensors"))));
  let [difference, largest] = [0, 0];
  for (const [name, { values }] of Object.entries(a!.tensors))
    values.forEach((value, at) => {
      difference = Math.max(difference, Math.abs(value - b!.tensors[name]!.values[at]!));
      largest = Math.max(largest, Math.abs(value));
    });
  return difference / largest;
}

async function expectSameLosses(one: string, other: string): Promise<void> {
  const [a, b] = [await lossesOf(one), await lossesOf(other)];
  expect(a.length).toBe(b.length);
  a.forEach((loss, at) => expect(Math.abs(loss - b[at]!), `step ${at}`).toBeLessThan(1e-4 * Math.abs(loss)));
}

describe.skipIf(python === undefined)("the trainer full", { timeout: 900_000 }, () => {
  let bench: string;
  let model: string;
  let codes: Record<string, number>;
  const at = (name: string): string => join(bench, name);

  beforeAll(async () => {
    bench = await mkdtemp(join(tmpdir(), "winnow-full-"));
    model = `local-dir:${await writeTinyModel(bench)}`;
    const broken = samplePairs().map((pair, place) => (place === 5 ? { ...pair, image: "/none.jpg" } : pair));
    const few = { model, epochs: 1, batch: 32 };
    const folders = [
      await writeRun(bench, "whole", { model, confusable: true }),
      await writeRun(bench, "chunked", { model, confusable: true, chunk: 3 }),
      await writeRun(bench, "kept", { model, confusable: true, keepPictures: true, workers: 2 }),
      await writeRun(bench, "keptAtRandom", { ...few, keepPictures: true, augment: true }),
      await writeRun(bench, "halfBatch", { model, confusable: true, batch: 8 }),
      await writeRun(bench, "nan", { model, temperature: 1e-30, rate: 1e30 }),
      await writeRun(bench, "unreadable", { ...few, augment: true, precision: "bf16" }, broken),
      await writeRun(bench, "first", { ...few, interpolation: 0 }),
      await writeRun(bench, "locked", { ...few, unlockedImage: 0, unlockedText: 0, learnsTemperature: false }),
      await writeRun(bench, "lora", { ...few, loraRank: 2, tensorBoard: true }),
      await writeRun(bench, "unknown", { ...few, losses: "infoNce" }),
      ...(await Promise.all(losses.map(({ id }) => writeRun(bench, `loss-${id}`, { ...few, loss: id })))),
    ];
    codes = JSON.parse(runPython(runs, folders).trimEnd().split("\n").at(-1)!) as Record<string, number>;
  }, 900_000);
  afterAll(() => rm(bench, { recursive: true, force: true }));

  it("trains, tells recall before and by epoch, and writes a model that open_clip loads", async () => {
    expect(codes["whole"]).toBe(0);
    expect(await stateOf(at("whole"))).toMatchObject({ state: "done" });
    const metrics = await metricsOf(at("whole"));
    expect(metrics.filter(({ kind }) => kind !== "step").map(({ kind }) => kind)).toEqual(["before", "epoch", "epoch"]);
    const found = await lossesOf(at("whole"));
    expect(found.at(-1)).toBeLessThan(found[0]!);
    const again = await writeRun(bench, "again", { model: `local-dir:${at("whole/model")}`, scratch: false, epochs: 1, rate: 0 });
    expect((await start("python", [program, again]).ended).code).toBe(0);
    expect(await farthest(again, at("whole"))).toBe(0);
  });

  it("gives the large batch's result where vectors are cached, which a smaller batch does not", async () => {
    await expectSameLosses(at("chunked"), at("whole"));
    expect(await farthest(at("chunked"), at("whole"))).toBeLessThan(1e-4);
    expect(await farthest(at("halfBatch"), at("whole"))).toBeGreaterThan(1e-3);
  });

  it("gives the same result where every picture is read once, which pictures that are cropped at random can't be", async () => {
    expect(await lossesOf(at("kept"))).toEqual(await lossesOf(at("whole")));
    expect(codes["keptAtRandom"]).toBe(1);
    expect(await stateOf(at("keptAtRandom"))).toMatchObject({
      message: "Pictures that are cropped at random differ each time they are read: turn keepPictures or augment off",
    });
  });

  it("gives the same result in two processes under torchrun as in one", async () => {
    const folder = await writeRun(bench, "two", { model, confusable: true });
    const { code, stderr } = await start("torchrun", ["--standalone", "--nproc-per-node", "2", "--", program, folder]).ended;
    expect(code, stderr).toBe(0);
    await expectSameLosses(folder, at("whole"));
    expect(await farthest(folder, at("whole"))).toBeLessThan(1e-4);
  });

  it("goes on after a stop and after a kill as if nothing had been", async () => {
    // Long enough to be killed under way by whoever looks late.
    const long = { model, epochs: 24, checkpointSteps: 3, loss: "iSogClr" };
    const folder = await writeRun(bench, "stopped", long);
    const whole = start("python", [program, await writeRun(bench, "long", long)]);
    const begun = async (count: number): Promise<boolean> => (await lossesOf(folder)).length > count;
    const killed = start("python", [program, folder]);
    await expect.poll(() => begun(4), { timeout: 120_000, interval: 20 }).toBe(true);
    process.kill(killed.pid, "SIGKILL");
    expect((await killed.ended).code).toBeNull();
    const before = (await lossesOf(folder)).length;
    const stopped = start("python", [program, folder]);
    await expect.poll(() => begun(before + 2), { timeout: 120_000, interval: 20 }).toBe(true);
    await writeFile(join(folder, "stop"), "");
    const { code, stderr } = await stopped.ended;
    // On a fast machine it may be over before it sees the file.
    expect([0, 3], stderr).toContain(code);
    if (code === 3) {
      expect(stderr).toContain("The run was stopped: resume it to go on");
      expect(await stateOf(folder)).toMatchObject({ state: "stopped" });
    }
    await rm(join(folder, "stop"));
    expect((await start("python", [program, folder]).ended).code).toBe(0);
    expect((await whole.ended).code).toBe(0);
    await expectSameLosses(folder, at("long"));
    expect(await farthest(folder, at("long"))).toBeLessThan(1e-6);
  });

  it("says in a sentence that the loss is no number, and ends with 1", async () => {
    expect(codes["nan"]).toBe(1);
    expect(await stateOf(at("nan"))).toMatchObject({
      state: "failed",
      message: expect.stringContaining("The loss is no number any more") as string,
    });
  });

  it("leaves out pictures that can't be read, and counts them", async () => {
    expect(codes["unreadable"]).toBe(0);
    const epoch = (await metricsOf(at("unreadable"))).find(({ kind }) => kind === "epoch");
    // The sample has one among them that is broken.
    expect(epoch).toMatchObject({ unreadable: 2 });
  });

  it("keeps the first weights where none of the tuned ones are asked for, and what is locked", async () => {
    expect([codes["first"], codes["locked"]]).toEqual([0, 1]);
    expect(await stateOf(at("locked"))).toMatchObject({
      message: expect.stringContaining("Nothing of the model is left to learn") as string,
    });
    const still = await writeRun(bench, "still", { model, epochs: 1, rate: 0 });
    expect((await start("python", [program, still]).ended).code).toBe(0);
    expect(await farthest(at("first"), still)).toBe(0);
  });

  it("trains LoRA with PEFT and merges it, and writes TensorBoard files", async () => {
    expect(codes["lora"]).toBe(0);
    const { tensors } = await readSafetensors(at("lora/model/open_clip_model.safetensors"));
    const { tensors: whole } = await readSafetensors(at("whole/model/open_clip_model.safetensors"));
    expect(Object.keys(tensors).sort()).toEqual(Object.keys(whole).sort());
    expect(await farthest(at("lora"), at("first"))).toBeGreaterThan(0);
  });

  it("names a setting that it does not know", async () => {
    expect(codes["unknown"]).toBe(1);
    expect((await stateOf(at("unknown"))).message).toContain('"losses"');
  });

  it("says which package is missing", async () => {
    const shadow = at("shadow");
    await mkdir(shadow);
    await writeFile(join(shadow, "open_clip.py"), "raise ModuleNotFoundError(name='open_clip')\n");
    const { code, stderr } = await start("python", [program, at("whole")], { PYTHONPATH: shadow }).ended;
    expect(code).toBe(1);
    expect(stderr).toContain("This Python lacks open_clip: run");
  });

  it.each(losses.filter(({ blocks }) => !blocks.includes("imagePrototypes")).map(({ id }) => id))("takes a step with %s", async (id) => {
    expect(codes[`loss-${id}`], JSON.stringify(await stateOf(at(`loss-${id}`)))).toBe(0);
    expect(await lossesOf(at(`loss-${id}`))).toHaveLength(1);
  });

  it.each(losses.filter(({ blocks }) => blocks.includes("imagePrototypes")).map(({ id }) => id))(
    "sends %s to the trainer head",
    async (id) => {
      expect(codes[`loss-${id}`]).toBe(1);
      expect((await stateOf(at(`loss-${id}`))).message).toContain("train it with the trainer head");
    },
  );
});
