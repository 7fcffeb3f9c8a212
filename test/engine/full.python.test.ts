import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { losses } from "../../src/core/losses/losses.ts";
import { readFullEnd } from "../../src/engine/tune/fullEnd.ts";
import { readSafetensors } from "../../src/engine/tune/safetensors.ts";
import { findPython, runPython } from "../python.ts";
import { lossesOf, metricsOf, samplePairs, stateOf, wandbOf, writeCanaryList, writeRun, writeTinyModel } from "./full/fixture.ts";
import { start } from "./full/start.ts";
import { checkout } from "./winnow.ts";

const runs = fileURLToPath(new URL("full/runs.py", import.meta.url));
const program = join(checkout, "src/trainers/train_full.py");
const python = findPython();

/** The sample's pairs with one caption each, trained on and held out alike: recall tells what was learned by heart. */
const asked = samplePairs()
  .slice(0, 16)
  .flatMap((pair) => [false, true].map((heldOut) => ({ ...pair, captions: pair.captions.slice(0, 1), heldOut })));

/** What a model that has learned those knows, with a picture that can't be read, and what makes it forget them. */
const canary = [...asked.filter(({ heldOut }) => heldOut), { ...asked[0]!, image: "/none.jpg" }];
const others = samplePairs()
  .slice(16)
  .map((pair) => ({ ...pair, heldOut: false }));

/** Long enough to be killed under way by whoever looks late. */
const long = (model: string) => ({ model, epochs: 24, checkpointSteps: 3, loss: "iSogClr" });

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

/** Kills a run after some steps, starts it again and stops it after some more; gives how that ended. */
async function killAndStop(folder: string) {
  const begun = (count: number): Promise<void> =>
    vi.waitFor(async () => expect((await lossesOf(folder)).length).toBeGreaterThan(count), { timeout: 240_000, interval: 20 });
  const killed = start("python", [program, folder]);
  await begun(4);
  process.kill(killed.pid, "SIGKILL");
  expect((await killed.ended).code).toBeNull();
  const before = (await lossesOf(folder)).length;
  const stopped = start("python", [program, folder]);
  await begun(before + 2);
  await writeFile(join(folder, "stop"), "");
  const ended = await stopped.ended;
  await rm(join(folder, "stop"));
  return { ...ended, state: await stateOf(folder) };
}

describe.skipIf(python === undefined)("the trainer full", { timeout: 900_000 }, () => {
  let bench: string;
  let model: string;
  let codes: Record<string, number>;
  let stopped: { readonly code: number | null; readonly stderr: string; readonly state: Awaited<ReturnType<typeof stateOf>> };
  const at = (name: string): string => join(bench, name);

  beforeAll(async () => {
    bench = await mkdtemp(join(tmpdir(), "winnow-full-"));
    model = `local-dir:${await writeTinyModel(bench)}`;
    const broken = samplePairs().map((pair, place) => (place === 5 ? { ...pair, image: "/none.jpg" } : pair));
    const unclustered = samplePairs().map(({ image, captions, class: class_ }) => ({ image, captions, class: class_ }));
    const few = { model, epochs: 1, batch: 32 };
    const learned = { model: `local-dir:${at("learned/model")}`, scratch: false };
    const remembered = { model: `local-dir:${at("forgotten/model")}`, scratch: false };
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
      await writeRun(bench, "lora", { ...few, loraRank: 2, tensorBoard: true, wandb: "team/flowers" }),
      await writeRun(bench, "unwelcome", { ...few, wandb: "forbidden" }),
      await writeRun(bench, "unknown", { ...few, losses: "infoNce" }),
      await writeRun(bench, "unclustered", { ...few, loss: "mlcd" }, unclustered),
      await writeRun(bench, "again", { model: `local-dir:${at("whole/model")}`, scratch: false, epochs: 1, rate: 0 }),
      await writeRun(bench, "still", { model, epochs: 1, rate: 0 }),
      await writeRun(bench, "long", long(model)),
      await writeRun(bench, "stopped", long(model)),
      await writeCanaryList(await writeRun(bench, "learned", { model, epochs: 70, rate: 0.005, guard: 0.01 }, asked), canary),
      await writeRun(bench, "patient", { ...learned, epochs: 9, rate: 0, patience: 2 }, asked),
      await writeRun(bench, "fallen", { ...learned, epochs: 9, rate: 0.3, guard: 0.5 }, asked),
      await writeCanaryList(await writeRun(bench, "forgotten", { ...learned, epochs: 40, rate: 0.0003, guard: 0.5 }, others), canary),
      await writeRun(bench, "remembered", { ...remembered, epochs: 1, rate: 0 }, asked),
      ...(await Promise.all(losses.map(({ id }) => writeRun(bench, `loss-${id}`, { ...few, loss: id })))),
    ];
    stopped = await killAndStop(at("stopped"));
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
    expect(codes["again"]).toBe(0);
    expect(await farthest(at("again"), at("whole"))).toBe(0);
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
    // On a fast machine it may be over before it sees the file.
    expect([0, 3], stopped.stderr).toContain(stopped.code);
    if (stopped.code === 3) {
      expect(stopped.stderr).toContain("The run was stopped: resume it to go on");
      expect(stopped.state).toMatchObject({ state: "stopped" });
    }
    expect([codes["long"], codes["stopped"]]).toEqual([0, 0]);
    await expectSameLosses(at("stopped"), at("long"));
    expect(await farthest(at("stopped"), at("long"))).toBeLessThan(1e-6);
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
    expect(await farthest(at("first"), at("still"))).toBe(0);
  });

  it("gives the weights of the epoch with the best recall", async () => {
    const means = (await metricsOf(at("learned"))).flatMap(({ kind, imageToText, textToImage }) =>
      kind === "step" ? [] : [(Number(imageToText) + Number(textToImage)) / 2],
    );
    const { end, bestEpoch } = await readFullEnd(at("learned"));
    expect([end, bestEpoch]).toEqual(["allEpochs", means.indexOf(Math.max(...means))]);
    expect(bestEpoch).toBeLessThan(70);
    const [before] = await metricsOf(at("patient"));
    expect((Number(before!["imageToText"]) + Number(before!["textToImage"])) / 2).toBe(means[bestEpoch]);
  });

  it("ends early where epochs bring nothing better and where recall falls, and keeps what it began with where nothing was better", async () => {
    expect([await readFullEnd(at("patient")), await readFullEnd(at("fallen"))]).toEqual([
      { end: "noBetter", bestEpoch: 0 },
      { end: "fallen", bestEpoch: 0 },
    ]);
    const epochs = async (name: string) => (await metricsOf(at(name))).filter(({ kind }) => kind === "epoch").length;
    expect(await epochs("patient")).toBe(2);
    expect(await epochs("fallen")).toBeLessThan(9);
    expect(await farthest(at("fallen"), at("learned"))).toBe(0);
  });

  it("ends where it forgets what it knew beside the pairs, and keeps the epoch before, also where nothing is held out", async () => {
    const { end, bestEpoch } = await readFullEnd(at("forgotten"));
    const told = (await metricsOf(at("forgotten"))).filter(({ kind }) => kind !== "step");
    const known = told.map((metric) => Number(metric["canary"]));
    expect([end, bestEpoch]).toEqual(["forgotten", told.length - 2]);
    expect(bestEpoch).toBeGreaterThan(0);
    const isLast = told.map((_, place) => place === told.length - 1);
    expect(known.map((share) => share < known[0]! / 2)).toEqual(isLast);
    expect(told.map(({ fall }) => fall === "forgotten")).toEqual(isLast);
    const [before] = await metricsOf(at("remembered"));
    expect((Number(before!["imageToText"]) + Number(before!["textToImage"])) / 2).toBe(known.at(-2));
  });

  it("watches nothing that the model didn't know before", async () => {
    for (const metric of await metricsOf(at("learned"))) expect(metric).not.toHaveProperty("canary");
  });

  it("trains LoRA with PEFT and merges it, and writes TensorBoard files", async () => {
    expect(codes["lora"]).toBe(0);
    const { tensors } = await readSafetensors(at("lora/model/open_clip_model.safetensors"));
    const { tensors: whole } = await readSafetensors(at("whole/model/open_clip_model.safetensors"));
    expect(Object.keys(tensors).sort()).toEqual(Object.keys(whole).sort());
    expect(await farthest(at("lora"), at("first"))).toBeGreaterThan(0);
  });

  it("tells W&B its metrics where it is named, under the run's own name, and says where it is not taken", async () => {
    const told = await wandbOf(at("lora"));
    expect(told[0]).toMatchObject({
      call: "init",
      project: "flowers",
      entity: "team",
      id: "lora",
      resume: "allow",
      config: { loraRank: 2 },
    });
    const steps = (await metricsOf(at("lora"))).filter(({ kind }) => kind === "step");
    const logged = told.filter(({ call, numbers = {} }) => call === "log" && "step/loss" in numbers);
    expect(logged.map(({ step, numbers }) => [step, numbers!["step/loss"]])).toEqual(steps.map(({ step, loss }) => [step, loss]));
    expect(told.at(-1)).toEqual({ call: "finish" });
    expect(codes["unwelcome"]).toBe(1);
    expect((await stateOf(at("unwelcome"))).message).toContain("W&B does not take the run (api_key not configured (no-tty))");
  });

  it("names a setting that it does not know", async () => {
    expect(codes["unknown"]).toBe(1);
    expect((await stateOf(at("unknown"))).message).toContain('"losses"');
  });

  it("says where pairs have no clusters that the loss asks for", async () => {
    expect(codes["unclustered"]).toBe(1);
    expect((await stateOf(at("unclustered"))).message).toContain("The loss mlcd compares with clusters, and pairs.jsonl has none");
  });

  it("says which package is missing", async () => {
    const shadow = at("shadow");
    await mkdir(shadow);
    // The first that is asked for: the others take seconds to load.
    await writeFile(join(shadow, "torch.py"), "raise ModuleNotFoundError(name='torch')\n");
    const { code, stderr } = await start("python", [program, at("whole")], { PYTHONPATH: shadow }).ended;
    expect(code).toBe(1);
    expect(stderr).toContain("This Python lacks torch: run");
  });

  it.each(losses.map(({ id }) => id))("takes a step with %s", async (id) => {
    expect(codes[`loss-${id}`], JSON.stringify(await stateOf(at(`loss-${id}`)))).toBe(0);
    expect(await lossesOf(at(`loss-${id}`))).toHaveLength(1);
  });
});
