import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openClipDefaults, openClipFiles, openClipJob } from "../../src/core/tune/jobs/openClipJob.ts";
import type { OpenClipSettings } from "../../src/core/tune/jobs/openClipJob.ts";
import { parseOpenClipLine } from "../../src/core/tune/jobs/openClipLog.ts";
import type { OpenClipTold } from "../../src/core/tune/jobs/openClipLog.ts";
import type { TuneJob } from "../../src/core/tune/tuneJob.ts";
import { exportTuned } from "../../src/engine/tune/exportTuned.ts";
import { findPython } from "../python.ts";
import { writeLists, writeTinyModel } from "./full/fixture.ts";
import { start } from "./full/start.ts";

const python = findPython();

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

  function jobOf(changes: Partial<OpenClipSettings>): TuneJob {
    const quick = { batch: 16, accumulate: 1, rate: 0.002, workers: 0, device: "cpu", precision: "fp32" } as const;
    const counts = { images: 31, pairs: lists.pairs, captions: lists.pairs, shown: lists.pairs };
    const place = { python: python!, folder, launch: { kind: "alone" } } as const;
    return openClipJob({ ...openClipDefaults, ...quick, model, ...changes }, { ...counts, ...lists }, place);
  }

  async function run({ args }: TuneJob): Promise<void> {
    const { code, stderr } = await start("python", args).ended;
    expect(code, stderr).toBe(0);
  }

  async function told(): Promise<readonly OpenClipTold[]> {
    const lines = (await readFile(join(folder, openClipFiles.log), "utf8")).split("\n");
    return lines.flatMap((line) => parseOpenClipLine(line) ?? []);
  }

  it("trains by the job, tells loss and recall in its log, and goes on from its last epoch when the job is started again", async () => {
    await run(jobOf({ epochs: 1 }));
    const first = await told();
    expect(first.filter(({ kind }) => kind === "step")).toHaveLength(3);
    expect(first.at(-1)).toMatchObject({ kind: "recall", epoch: 0 });
    const job = jobOf({ epochs: 2 });
    await run(job);
    const all = await told();
    expect(all.filter(({ kind }) => kind === "step").map(({ epoch }) => epoch)).toEqual([0, 0, 0, 1, 1, 1]);
    expect(await readFile(join(folder, openClipFiles.log), "utf8")).toContain("epoch_1.pt' (epoch 1)");
    const { folder: encoder, worstCosine } = await exportTuned(job, new AbortController().signal);
    expect(worstCosine).toBeGreaterThan(0.9999);
    expect(await readFile(join(encoder, "winnow.json"), "utf8")).toContain("logitScale");
  });

  it("has nothing to export before its first epoch is over", async () => {
    const job = { ...jobOf({}), folder: join(folder, "none") };
    await expect(exportTuned(job, new AbortController().signal)).rejects.toThrow("There is no checkpoint in");
  });

  it("says which Python is not there", async () => {
    const job = { ...jobOf({}), command: "/no/python" };
    await expect(exportTuned(job, new AbortController().signal)).rejects.toThrow("The Python /no/python is not there");
  });
});
