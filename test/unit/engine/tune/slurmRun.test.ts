import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openClipDefaults, openClipJob } from "../../../../src/core/tune/jobs/openClipJob.ts";
import { slurmFile, slurmScript } from "../../../../src/core/tune/jobs/slurm.ts";
import type { TuneJob } from "../../../../src/core/tune/tuneJob.ts";
import { readTuneRuns, resumeDetached } from "../../../../src/engine/requests/tuneRuns.ts";
import type { Env } from "../../../../src/engine/env.ts";
import { stopRun } from "../../../../src/engine/tune/followTrainer.ts";
import {
  findRun,
  readRunState,
  reserveRun,
  runFiles,
  waitForCluster,
  writeJob,
  type FoundRun,
} from "../../../../src/engine/tune/runFolder.ts";
import { envIn } from "../store/workplace.ts";

/** What stands in for the programs of a cluster. */
const programs = {
  scontrol: 'echo "node-1"',
  srun: 'exec "$@"',
  // A trainer that trains until a file says how to end, and says what was exported.
  python:
    'case "$*" in *export*) echo "$*" > exported; exit 0;; esac\necho "$*" > trained\nuntil [ -e stop ] || [ -e end ]; do sleep 0.1; done\n[ -e end ] && exit "$(cat end)"\nexit 1',
};

// The script is for bash and the tools beside it.
describe.skipIf(process.platform === "win32")("a run on a cluster", () => {
  let bench: string;
  let folder: string;
  let job: TuneJob;
  let env: Env;
  let winnowFolder: string;
  const find = (): Promise<FoundRun> => findRun(winnowFolder, undefined);
  const becomes = (state: FoundRun["state"]) => expect.poll(async () => (await find()).state, { timeout: 60_000 }).toBe(state);

  beforeEach(async () => {
    bench = await mkdtemp(join(tmpdir(), "winnow slurm-"));
    await mkdir(join(bench, "bin"));
    env = envIn(bench);
    winnowFolder = join(bench, ".winnow");
    ({ folder } = await reserveRun(env, winnowFolder, "open_clip"));
    for (const [name, text] of Object.entries(programs)) await writeFile(join(bench, "bin", name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    const lists = { images: 512, pairs: 512, captions: 512, shown: 512, kind: "csv", heldOutPairs: 0 } as const;
    const place = { python: "python", folder, launch: { kind: "alone" } } as const;
    job = openClipJob(
      { ...openClipDefaults, model: "ViT-B-32" },
      { ...lists, train: join(folder, "train.csv"), validation: undefined },
      place,
    );
    await writeJob(folder, job);
    const request = { name: "winnow", machines: 1, gpus: 0, cores: 1, time: "01:00:00" };
    await writeFile(join(folder, slurmFile), slurmScript(job, request, ["export_encoder.py", join(folder, "encoder")]));
    await waitForCluster(env, folder);
  });
  afterEach(() => rm(bench, { recursive: true, force: true }));

  /** Sends the script; gives its exit code. */
  async function send(): Promise<number | null> {
    const path = [join(bench, "bin"), process.env["PATH"]].join(delimiter);
    const variables = { ...process.env, PATH: path, SLURM_JOB_NODELIST: "node-1", SLURM_JOB_ID: "7" };
    const child = spawn("bash", [join(folder, slurmFile)], { env: variables, stdio: "ignore" });
    return await new Promise((settle, reject) => child.on("error", reject).on("exit", settle));
  }

  it("waits, runs on its machine with no process here, and is done with its encoder", async () => {
    expect(await find()).toMatchObject({
      state: "running",
      isElsewhere: true,
      message: `it waits for a cluster: sbatch ${join(folder, slurmFile)}`,
    });
    const sent = send();
    await expect.poll(async () => (await find()).message, { timeout: 60_000 }).toBe(`it runs on ${hostname()}`);
    await writeFile(join(folder, "end"), "0");
    expect(await sent).toBe(0);
    expect(await find()).toMatchObject({ state: "done" });
    expect(await readFile(join(folder, "trained"), "utf8")).toContain("--rdzv-endpoint node-1:29500");
    expect(await readFile(join(folder, "exported"), "utf8")).toBe(`export_encoder.py ${join(folder, "encoder")}\n`);
  });

  it("is stopped by its file, and goes on when its script is sent again, which alone resumes it", async () => {
    const sent = send();
    await expect.poll(async () => (await readRunState(folder))?.host, { timeout: 60_000 }).toBe(hostname());
    await stopRun(await find());
    expect(await sent).toBe(3);
    expect((await find()).state).toBe("stopped");
    await expect(resumeDetached(env, await find())).rejects.toThrow(`send its script again, sbatch ${join(folder, slurmFile)}`);
    const again = send();
    await becomes("running");
    await writeFile(join(folder, "end"), "0");
    expect(await again).toBe(0);
  });

  it("is over at once where it is stopped while it waits, and its script ends when it begins", async () => {
    await stopRun(await find());
    expect((await find()).state).toBe("stopped");
    expect(await send()).toBe(0);
    expect((await find()).state).toBe("stopped");
    await expect(readFile(join(folder, "trained"))).rejects.toThrow("ENOENT");
  });

  it("fails with the last line of its log, and has died where nothing is heard of it", async () => {
    await writeFile(join(folder, "end"), "5");
    await writeFile(join(folder, runFiles.log), "RuntimeError: CUDA error: out of memory\n");
    expect(await send()).toBe(5);
    expect(await find()).toMatchObject({ state: "failed", message: expect.stringContaining("The device has not enough memory") as string });
    await writeFile(join(folder, runFiles.state), JSON.stringify({ state: "running", pid: 1, startedAt: "", host: "node-9" }));
    await writeFile(join(folder, runFiles.heartbeat), "");
    expect((await find()).state).toBe("running");
    const before = Date.now() / 1_000 - 3_600;
    await utimes(join(folder, runFiles.heartbeat), before, before);
    expect(await find()).toMatchObject({ state: "died", message: expect.stringContaining("nothing was heard of it on node-9") as string });
  });

  it("tells what the log of stock open_clip says, as a run that is followed here does", async () => {
    const line =
      "2026-11-29,09:30:01 | INFO | Train Epoch: 0 [ 256/512 (50%)] Data (t): 0.012 Batch (t): 0.210, 304.1/s, 304.1/s/gpu LR: 0.000010 Logit Scale: 14.286 Contrastive_loss: 4.1001 (4.1502) Loss: 4.1001 (4.1502)";
    await mkdir(join(folder, "open_clip"));
    await writeFile(join(folder, "open_clip", "out.log"), `${line}\n`);
    const { runs } = await readTuneRuns(env, winnowFolder);
    expect(runs[0]).toMatchObject({ trainer: "open_clip", state: "running", loss: 4.1001 });
  });
});
