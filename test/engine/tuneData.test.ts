import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import type { TuneJob } from "../../src/core/tune/tuneJob.ts";
import type { Env } from "../../src/engine/env.ts";
import { createEnv } from "../../src/engine/environment.ts";
import { openAnalysed, type AnalysedDataset } from "../../src/engine/requests/analysedDataset.ts";
import { describeData } from "../../src/engine/requests/pythonData.ts";
import { createPythonRun, planPythonRun, type PythonRunRequest } from "../../src/engine/requests/pythonRun.ts";
import { sha256 } from "../../src/engine/store/files.ts";
import { walkTar } from "../../src/engine/store/tarIndex.ts";
import { tarOf } from "../unit/engine/discover/tar.ts";
import { samplePairs } from "./full/fixture.ts";
import { createBench, type Bench } from "./winnow.ts";

/** What a Python with all packages would answer: nothing here is trained. */
const machine = {
  python: "3.11.7",
  packages: {
    ...{ torch: "2.15.0", open_clip_torch: "3.3.0", onnx: "1.23.2", onnxruntime: "1.32.0" },
    ...{ pandas: "3.1.1", safetensors: "0.8.0", webdataset: "0.2.86" },
  },
  gpus: [],
  failure: null,
};
const lineShape = z.object({ image: z.string(), captions: z.array(z.string()), heldOut: z.boolean(), cluster: z.number().optional() });

describe("the data of a run in Python", () => {
  let bench: Bench;
  let env: Env;
  let dataset: AnalysedDataset;
  /** The digest of each picture, by its caption. */
  let digests: ReadonlyMap<string, string>;
  const watch = { signal: new AbortController().signal, onProgress: () => undefined };

  beforeAll(async () => {
    bench = await createBench();
    const pairs = samplePairs();
    const members = await Promise.all(
      pairs.flatMap(({ image, captions }, at) => [
        readFile(image).then((bytes) => [`picture-${at}.jpg`, bytes] as const),
        Promise.resolve([`picture-${at}.txt`, captions[0]!] as const),
      ]),
    );
    const root = join(bench.folder, "shards");
    await mkdir(root);
    await writeFile(join(root, "00000.tar"), await tarOf(members));
    digests = new Map(pairs.map(({ captions }, at) => [captions[0]!, sha256(members[2 * at]![1] as Buffer)]));
    await bench.json(["run", root, "--allow-problems", "--provider", "cpu"]);
    await writeFile(join(bench.folder, "python"), `#!/bin/sh\necho '${JSON.stringify(machine)}'\n`, { mode: 0o755 });
    env = createEnv({ cacheFolder: join(bench.folder, "cache") });
    dataset = await openAnalysed(env, root);
  });
  afterAll(async () => {
    dataset.close();
    await bench.dispose();
  });

  async function plan(
    trainer: PythonRunRequest["trainer"],
    settings: PythonRunRequest["settings"],
    changes: Partial<PythonRunRequest> = {},
  ) {
    const request: PythonRunRequest = {
      ...{ trainer, settings, interpreter: join(bench.folder, "python"), checkpoint: { model: "ViT-B-32", pretrained: "openai" } },
      ...{ processes: 1, isElsewhere: false, lossOptions: {}, heldOut: "20%" },
      ...changes,
    };
    return await planPythonRun(env, dataset, request, watch);
  }

  it("must fill a step, needs as many GPUs as stock has processes, and a checkpoint that is known", async () => {
    await expect(createPythonRun(env, dataset, await plan("open_clip", { device: "cpu", batch: 4096 }), watch)).rejects.toThrow(
      "pairs don't fill one step of 4096",
    );
    await expect(plan("open_clip", { device: "cpu" }, { processes: 2 })).rejects.toThrow(
      "Stock open_clip trains in 2 processes on as many GPUs only, and there are 0",
    );
    await expect(plan("full", { device: "cpu" }, { checkpoint: undefined })).rejects.toThrow("No checkpoint of the encoder");
  });

  it("asks a Python anew only where it lacked something, for torch takes long to load", async () => {
    const [interpreter, asked] = [join(bench.folder, "counting"), join(bench.folder, "asked")];
    await writeFile(interpreter, `#!/bin/sh\necho asked >> '${asked}'\necho '${JSON.stringify(machine)}'\n`, { mode: 0o755 });
    const timesAsked = async (): Promise<number> => (await readFile(asked, "utf8")).trim().split("\n").length;
    await plan("full", { device: "cpu" }, { interpreter });
    await plan("full", { device: "cpu" }, { interpreter });
    expect(await timesAsked()).toBe(1);
    await expect(plan("full", { device: "cuda" }, { interpreter })).rejects.toThrow("torch sees no GPU here");
    await plan("full", { device: "cpu" }, { interpreter });
    expect(await timesAsked()).toBe(2);
  });

  it("writes pictures of archives into the run's folder for full, byte by byte, with the clusters that a loss asks for", async () => {
    const planned = await plan("full", { device: "cpu", loss: "protoClip" });
    const told = describeData(planned).at(-1);
    expect(told).toMatch(/^Pictures that are written into the run's folder, for they lie in archives or tables: \d\d, about [\d.]+ KB$/);
    const { folder } = await createPythonRun(env, dataset, planned, watch);
    const lines = (await readFile(join(folder, "pairs.jsonl"), "utf8")).trim().split("\n");
    const found = lines.map((line) => lineShape.parse(JSON.parse(line)));
    expect(found).toHaveLength(Number(/: (\d+)/.exec(told!)![1]));
    for (const { image, captions } of found) expect(sha256(await readFile(join(folder, image)))).toBe(digests.get(captions[0]!));
    expect(found.every(({ heldOut, cluster }) => heldOut === (cluster === undefined))).toBe(true);
  });

  it("writes shards with sizes for stock open_clip, a picture with a caption each, of all pairs", async () => {
    const planned = await plan("open_clip", { device: "cpu", batch: 8, accumulate: 1, workers: 2 });
    expect(describeData(planned).at(-1)).toMatch(/^Pictures that are written into the run's folder, into WebDataset shards/);
    const { folder, job } = await createPythonRun(env, dataset, planned, watch);
    const after = (option: string): string | undefined => job.args[job.args.indexOf(option) + 1];
    expect([after("--train-data"), after("--dataset-type")]).toEqual(["shards/train-{000000..000001}.tar", "webdataset"]);
    const sizes = z.record(z.string(), z.number()).parse(JSON.parse(await readFile(join(folder, "shards/sizes.json"), "utf8")));
    expect((await readdir(join(folder, "shards"))).sort()).toEqual(["sizes.json", ...Object.keys(sizes)].sort());
    const read = await readShards(join(folder, "shards"), Object.keys(sizes));
    expect(new Map(read.map(({ caption, digest }) => [caption, digest]))).toEqual(
      new Map(planned.pairs.map(({ captions: [caption] }) => [caption, digests.get(caption!)])),
    );
    for (const [name, size] of Object.entries(sizes)) expect(read.filter(({ shard }) => shard === name)).toHaveLength(size);
    expect(numberAfter(job, "--train-num-samples") + numberAfter(job, "--val-num-samples")).toBe(read.length);
    expect(read.filter(({ shard }) => shard.startsWith("train")).length).toBe(numberAfter(job, "--train-num-samples"));
  });

  it("leaves no folder of a run whose pictures are gone", async () => {
    const planned = await plan("full", { device: "cpu" });
    const runs = join(bench.folder, "shards/.winnow/runs");
    const names = (): Promise<readonly string[]> => readdir(runs).catch(() => []);
    const before = (await names()).filter((name) => name !== ".gitignore");
    const pairs = planned.pairs.map((pair) => ({
      ...pair,
      locator: { kind: "file", path: "/gone.jpg", nameBytes: Buffer.from("/gone.jpg") } as const,
    }));
    await expect(createPythonRun(env, dataset, { ...planned, pairs, cluster: () => Promise.resolve(pairs) }, watch)).rejects.toThrow(
      "/gone.jpg can't be read any more",
    );
    expect((await names()).filter((name) => name !== ".gitignore")).toEqual(before);
  });

  async function readShards(folder: string, names: readonly string[]) {
    const found: { readonly shard: string; readonly caption: string; readonly digest: string }[] = [];
    for (const shard of names) {
      const path = join(folder, shard);
      const members = new Map<string, Buffer>();
      for await (const part of walkTar(env, { path, sizeBytes: (await readFile(path)).length, wantsBody: () => true }))
        if (part.kind === "member") members.set(part.name, part.body!);
      for (const [name, body] of members)
        if (name.endsWith(".txt"))
          found.push({ shard, caption: body.toString(), digest: sha256(members.get(name.replace(".txt", ".jpg"))!) });
    }
    return found;
  }
});

function numberAfter({ args }: TuneJob, option: string): number {
  return Number(args[args.indexOf(option) + 1]);
}
