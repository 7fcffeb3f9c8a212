import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openClipDefaults, openClipFiles, openClipJob } from "../../src/core/tune/jobs/openClipJob.ts";
import type { OpenClipData, OpenClipSettings } from "../../src/core/tune/jobs/openClipJob.ts";
import { parseOpenClipLine } from "../../src/core/tune/jobs/openClipLog.ts";
import type { OpenClipTold } from "../../src/core/tune/jobs/openClipLog.ts";
import { nameShards } from "../../src/core/tune/jobs/shardPlan.ts";
import type { TuneJob } from "../../src/core/tune/tuneJob.ts";
import { createEnv } from "../../src/engine/environment.ts";
import { writeShards } from "../../src/engine/requests/writeShards.ts";
import { exportTuned } from "../../src/engine/tune/exportTuned.ts";
import { findPython } from "../python.ts";
import { brokenPictures, samplePairs, wandbOf, writeLists, writeTinyModel } from "./full/fixture.ts";
import { start } from "./full/start.ts";

const python = findPython();
const fakes = fileURLToPath(new URL("full/fakes", import.meta.url));
const olderWebdataset = fileURLToPath(new URL("full/olderWebdataset", import.meta.url));

describe.skipIf(python === undefined)("stock open_clip", { timeout: 900_000 }, () => {
  let folder: string;
  let model: string;
  let lists: Awaited<ReturnType<typeof writeLists>>;

  beforeAll(async () => {
    folder = join(await mkdtemp(join(tmpdir(), "winnow-stock-")), "run with a blank");
    await mkdir(folder);
    model = `local-dir:${await writeTinyModel(folder)}`;
    lists = await writeLists(folder);
  });
  afterAll(() => rm(join(folder, ".."), { recursive: true, force: true }));

  function jobOf(changes: Partial<OpenClipSettings>, data: Partial<OpenClipData> = {}): TuneJob {
    const quick = { batch: 16, accumulate: 1, rate: 0.002, workers: 0, device: "cpu", precision: "fp32", wandb: "team/flowers" } as const;
    const counts = { images: 31, pairs: lists.pairs, captions: lists.pairs, shown: lists.pairs };
    const place = { python: python!, folder, launch: { kind: "alone" } } as const;
    return openClipJob(
      { ...openClipDefaults, ...quick, model, ...changes },
      { ...counts, ...lists, kind: "csv", heldOutPairs: 16, ...data },
      place,
    );
  }

  /** A job on the same pairs in shards. */
  async function shardedJob(changes: Partial<OpenClipSettings>): Promise<TuneJob> {
    const pairs = samplePairs()
      .filter((_, at) => !brokenPictures.has(at))
      .map((pair) => ({ ...pair, locator: { kind: "file", path: pair.image } as const }));
    const seconds = { sizeBytes: 0, groups: [], weight: 1, negatives: [] };
    const partOf = (name: string, isHeldOut: boolean) => ({
      ...{ name, readers: 1 },
      pairs: pairs.filter(({ heldOut }) => heldOut === isHeldOut).map((pair) => ({ ...pair, ...seconds, heldOut: isHeldOut })),
    });
    const watch = { signal: new AbortController().signal, onProgress: () => undefined };
    const parts = [partOf("train", false), partOf("validation", true)];
    await writeShards(createEnv({ cacheFolder: join(folder, "cache") }), join(folder, "shards"), { parts, seed: 1 }, watch);
    const job = jobOf(changes, {
      kind: "webdataset",
      train: nameShards("shards", "train", 1),
      validation: nameShards("shards", "validation", 1),
    });
    return job;
  }

  async function run({ args, cwd }: TuneJob, variables: Readonly<Record<string, string>> = {}): Promise<void> {
    const { code, stderr } = await start("python", args, variables, cwd).ended;
    expect(code, stderr).toBe(0);
  }

  async function told(): Promise<readonly OpenClipTold[]> {
    const lines = (await readFile(join(folder, openClipFiles(jobOf({})).log), "utf8")).split("\n");
    return lines.flatMap((line) => parseOpenClipLine(line) ?? []);
  }

  it("trains by the job on a list, tells loss and recall in its log, and goes on from its last epoch, here on shards, when the job is started again", async () => {
    await run(jobOf({ epochs: 1 }), { PYTHONPATH: fakes });
    expect((await wandbOf(folder))[0]).toMatchObject({
      call: "init",
      project: "flowers",
      id: "run with a blank-stock",
    });
    const first = await told();
    expect(first.filter(({ kind }) => kind === "step")).toHaveLength(3);
    expect(first.at(-1)).toMatchObject({ kind: "recall", epoch: 0 });
    const job = await shardedJob({ epochs: 2 });
    await run(job, { PYTHONPATH: [olderWebdataset, fakes].join(delimiter) });
    const all = await told();
    expect(all.filter(({ kind }) => kind === "step").map(({ epoch }) => epoch)).toEqual([0, 0, 0, 1, 1, 1, 1]);
    // All pairs of the shards, and what is begun anew to fill the last batch.
    expect(all.filter(({ kind }) => kind === "recall")).toHaveLength(2);
    expect(job.steps).toBe(2 * 4);
    expect(await readFile(join(folder, openClipFiles(job).log), "utf8")).toContain("epoch_1.pt' (epoch 1)");
    const { folder: encoder, worstCosine } = await exportTuned(job, new AbortController().signal);
    expect(worstCosine).toBeGreaterThan(0.9999);
    expect(await readFile(join(encoder, "winnow.json"), "utf8")).toContain("logitScale");
  });

  it("has nothing to export before its first epoch is over", async () => {
    const job = { ...jobOf({}), folder: join(folder, "none") };
    await expect(exportTuned(job, new AbortController().signal)).rejects.toThrow("There is no checkpoint in");
  });

  it("says which Python is not there", async () => {
    const job = { ...jobOf({}), command: "/no/python", folder: join(folder, "trained") };
    const { checkpoints } = openClipFiles(job);
    await mkdir(join(job.folder, checkpoints), { recursive: true });
    await writeFile(join(job.folder, checkpoints, "epoch_1.pt"), "");
    await expect(exportTuned(job, new AbortController().signal)).rejects.toThrow("The Python /no/python is not there");
  });
});
