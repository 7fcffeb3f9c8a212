import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Provider } from "../../../../src/core/providers.ts";
import { readEncoder } from "../../../../src/engine/encode/encoderFolder.ts";
import type { Encoder } from "../../../../src/engine/encode/encoderFolder.ts";
import { chooseProvider, describeFigure, probe } from "../../../../src/engine/encode/probe.ts";
import type { ChosenProvider } from "../../../../src/engine/encode/probe.ts";
import { demoteProvider, listProbes, readProbe, writeProbe } from "../../../../src/engine/encode/probeRecord.ts";
import { openTower } from "../../../../src/engine/encode/tower.ts";
import type { Tower } from "../../../../src/engine/encode/tower.ts";
import type { Env } from "../../../../src/engine/env.ts";
import { fixtureDim, writeEncoder } from "../../../encoderFixture.ts";
import { envIn } from "../store/workplace.ts";

/** A made-up device: how long a batch takes, what it makes of the right vectors, and whether it opens at all. */
interface Device {
  readonly batchMs: (rows: number) => number;
  readonly spoil?: (vectors: Float32Array) => void;
  readonly refuses?: string;
}

const { signal } = new AbortController();

let parent: string;
let clock: number;
let opened: Provider[];
let env: Env;
let encoder: Encoder;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "winnow-probe-"));
  [clock, opened] = [0, []];
  env = { ...envIn(parent), now: () => clock };
  encoder = await readEncoder(env, await writeEncoder(parent));
});
afterEach(() => rm(parent, { recursive: true, force: true }));

/** A fast accelerator: each batch costs the same up to 64 rows. */
const quick: Device = { batchMs: (rows) => Math.max(20, rows / 2) };
const slow: Device = { batchMs: (rows) => rows * 100 };

function openFrom(devices: Readonly<Partial<Record<Provider, Device>>>): (provider: Provider) => Promise<Tower> {
  return async (provider) => {
    const device = devices[provider]!;
    opened.push(provider);
    if (device.refuses !== undefined) throw new Error(device.refuses);
    const tower = await openTower(env, encoder, "image", { provider: "cpu" });
    return {
      ...tower,
      provider,
      embedPixels: async (pixels, count) => {
        const vectors = await tower.embedPixels(pixels, count);
        clock += device.batchMs(count);
        device.spoil?.(vectors);
        return vectors;
      },
    };
  };
}

function choose(devices: Readonly<Partial<Record<Provider, Device>>>): Promise<ChosenProvider> {
  return chooseProvider(env, encoder, { signal, candidates: Object.keys(devices) as Provider[], open: openFrom(devices) });
}

describe("auto", () => {
  it("takes the provider and the batch that were the fastest, says so once, and remembers it", async () => {
    const devices = { cpu: slow, webgpu: quick };
    const first = await choose(devices);
    expect(first).toMatchObject({ provider: "webgpu", batchSize: 64 });
    expect(first.notices).toEqual([
      "Encoding runs on webgpu, the fastest here: 2.00e+3 pictures/s where the CPU has 10.0 (measured once and remembered)",
    ]);
    opened = [];
    expect(await choose(devices)).toEqual({ provider: "webgpu", batchSize: 64, notices: [] });
    expect(opened).toEqual([]);
  });

  it("keeps the CPU where it is the fastest, without a word", async () => {
    expect(await choose({ cpu: quick, webgpu: slow })).toEqual({ provider: "cpu", batchSize: 64, notices: [] });
  });

  it("measures nothing where the CPU is all there is", async () => {
    expect(await choose({ cpu: quick })).toEqual({ provider: "cpu", batchSize: 16, notices: [] });
    expect(opened).toEqual([]);
  });

  it("leaves out a provider whose vectors are not the CPU's, however fast", async () => {
    const spoil = (vectors: Float32Array): void => void (vectors[fixtureDim] = vectors[fixtureDim]! + 1);
    const { provider, notices } = await choose({ cpu: slow, cuda: { ...quick, spoil }, webgpu: slow });
    expect(provider).toBe("cpu");
    expect(notices).toEqual([
      expect.stringMatching(/^cuda is not used: its vectors are not those of the CPU \(cosine 0\.\d+ where 0\.999/),
    ]);
  });

  it("leaves out a provider that gives no numbers", async () => {
    const { provider, notices } = await choose({ cpu: slow, cuda: { ...quick, spoil: (vectors) => void vectors.fill(Number.NaN) } });
    expect([provider, notices[0]]).toEqual([
      "cpu",
      "cuda is not used: its vectors are not those of the CPU (cosine unknown where 0.999 is wanted)",
    ]);
  });

  it("leaves out a provider that can't run the graph, with the runtime's reason", async () => {
    const { provider, notices } = await choose({ cpu: slow, coreml: { ...quick, refuses: "NOT_IMPLEMENTED: Abracadabra\nat once" } });
    expect([provider, notices]).toEqual(["cpu", ["coreml is not used: NOT_IMPLEMENTED: Abracadabra"]]);
  });

  it("tries an encoder in eight bits of our making on the CPU alone", async () => {
    await writeFile(join(parent, "tiny", "winnow-int8.json"), "{}");
    expect(await choose({ cpu: slow, webgpu: quick })).toEqual({ provider: "cpu", batchSize: 16, notices: [] });
    expect(opened).toEqual([]);
    const { figures } = await probe(env, encoder, { signal, candidates: ["cpu", "webgpu"], open: openFrom({ cpu: slow }) });
    expect(figures.map(({ provider }) => provider)).toEqual(["cpu"]);
  });

  it("stops doubling the batch where memory ends", async () => {
    const batchMs = (rows: number): number => {
      if (rows > 32) throw new Error("out of memory");
      return 10;
    };
    expect(await choose({ cpu: slow, cuda: { batchMs } })).toMatchObject({ provider: "cuda", batchSize: 32 });
  });

  it("spends a bounded time on each provider", async () => {
    await choose({ cpu: { batchMs: (rows) => rows * 5_000 }, webgpu: { batchMs: (rows) => rows * 1_000 } });
    // Four pictures to compare and one batch of sixteen, for each.
    expect(clock).toBe(20 * 5_000 + 20 * 1_000);
  });

  it("is stopped between two batches", async () => {
    const controller = new AbortController();
    const devices: Readonly<Partial<Record<Provider, Device>>> = { cpu: slow, webgpu: { batchMs: () => (controller.abort(), 1) } };
    const options = { signal: controller.signal, candidates: ["webgpu"] as const, open: openFrom(devices) };
    await expect(chooseProvider(env, encoder, options)).rejects.toThrow(/abort/i);
    expect((await readProbe(env, encoder.descriptor.id))?.isDone).toBe(false);
    expect((await choose({ cpu: slow, webgpu: quick })).provider).toBe("webgpu");
  });
});

describe("what was measured", () => {
  const recordPath = async (): Promise<string> => join(env.cacheFolder, "probes", (await readdir(join(env.cacheFolder, "probes")))[0]!);

  it("is made again when the machine is another, or the file makes no sense", async () => {
    await choose({ cpu: slow, webgpu: quick });
    const text = await readFile(await recordPath(), "utf8");
    for (const changed of [text.replace(/onnxruntime [\d.]+/, "onnxruntime 0.1"), text.replace('"schema": 1', '"schema": 2'), "{"]) {
      await writeFile(await recordPath(), changed);
      expect(await readProbe(env, encoder.descriptor.id)).toBeUndefined();
      opened = [];
      await choose({ cpu: slow, webgpu: quick });
      expect(opened).toEqual(["cpu", "webgpu"]);
    }
  });

  it("is of one encoder, and listed for the machine", async () => {
    await choose({ cpu: slow, webgpu: quick });
    const [record, ...others] = await listProbes(env);
    expect(others).toEqual([]);
    expect(record).toMatchObject({ encoder: encoder.descriptor.id, isDone: true });
    expect(record!.figures.map(describeFigure)).toEqual([
      "cpu 10 pictures/s in batches of 16",
      "webgpu 2000 pictures/s in batches of 64, cosine to the CPU's vectors 1.00000 at least",
    ]);
  });

  it("names a provider that took the process along, and doesn't try it again", async () => {
    await choose({ cpu: slow, webgpu: quick });
    const record = (await readProbe(env, encoder.descriptor.id))!;
    // No process has this number: Linux ends at 2²².
    await writeProbe(env, { ...record, figures: record.figures.slice(0, 1), trying: { provider: "webgpu", pid: 2 ** 30 }, isDone: false });
    opened = [];
    const { provider, notices } = await choose({ cpu: slow, webgpu: quick });
    expect([provider, notices, opened]).toEqual(["cpu", ["webgpu is not used: the engine's process ended while it was tried"], ["cpu"]]);
  });

  it("says nothing against a provider that another process is trying", async () => {
    await choose({ cpu: slow, webgpu: quick });
    const record = (await readProbe(env, encoder.descriptor.id))!;
    await writeProbe(env, { ...record, figures: [], trying: { provider: "webgpu", pid: process.pid }, isDone: false });
    expect((await choose({ cpu: slow, webgpu: quick })).provider).toBe("webgpu");
  });

  it("leaves out a provider that failed in the middle of a run, and takes the next best, until it is measured again", async () => {
    const devices = { cpu: slow, cuda: quick, webgpu: { batchMs: (rows: number) => rows * 10 } };
    expect((await choose(devices)).provider).toBe("cuda");
    const { id } = encoder.descriptor;
    expect(await demoteProvider(env, id, { provider: "cuda", why: "the device is lost" })).toBe(true);
    expect(await demoteProvider(env, id, { provider: "cuda", why: "once more" })).toBe(false);
    expect(await demoteProvider(env, id, { provider: "coreml", why: "never measured" })).toBe(false);
    opened = [];
    expect(await choose(devices)).toMatchObject({ provider: "webgpu" });
    expect(opened).toEqual([]);
    expect((await listProbes(env))[0]!.figures.map(describeFigure)[1]).toMatch(
      /^cuda 2000 pictures\/s .*; left out: it failed in the middle of a run \(the device is lost\)$/,
    );
    await probe(env, encoder, { signal, candidates: Object.keys(devices) as Provider[], open: openFrom(devices) });
    expect((await choose(devices)).provider).toBe("cuda");
  });

  it("is what a tower of its own accord opens on, which falls back with a sentence where the provider is gone", async () => {
    await choose({ cpu: slow, cuda: quick });
    const tower = await openTower(env, encoder, "image", { provider: "auto" });
    expect(tower.provider).toBe("cpu");
    expect(tower.notice).toMatch(/^cuda cannot be used \(.*\): encoding runs on the CPU$/);
    await tower.release();
  });
});

it("a real graph is measured on the real runtime, and a provider without its libraries is left out", async () => {
  const real = { ...env, now: Date.now };
  const { figures } = await probe(real, encoder, { signal, candidates: ["cpu", process.platform === "linux" ? "coreml" : "cuda"] });
  expect(figures.map(({ provider, problem }) => [provider, problem === null])).toEqual([
    ["cpu", true],
    [process.platform === "linux" ? "coreml" : "cuda", false],
  ]);
  expect(figures[0]!.ratePerSecond).toBeGreaterThan(0);
});
