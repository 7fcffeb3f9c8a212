import { mkdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { TuneJob } from "../../../../src/core/tune/tuneJob.ts";
import { locateDataset } from "../../../../src/engine/store/dotWinnow.ts";
import { stopRun } from "../../../../src/engine/tune/followTrainer.ts";
import { isRunning, markProcess, type ProcessMark } from "../../../../src/engine/tune/processStart.ts";
import type { FoundRun } from "../../../../src/engine/tune/runFolder.ts";
import { findRun, readLogEnd, readRunState, reserveRun, writeJob, writeRunState } from "../../../../src/engine/tune/runFolder.ts";
import { startRun } from "../../../../src/engine/tune/startRun.ts";
import { createWorkplace } from "../store/workplace.ts";

/** A process of its own takes a second to start, several on a busy machine. */
const patience = { timeout: 60_000, interval: 50 };

/** A run whose trainer is a script of a line for Node. */
async function createScriptRun(script: string, changes: Partial<TuneJob> = {}) {
  const { env, root } = await createWorkplace();
  const { folder: winnowFolder } = await locateDataset(env, root);
  const { id, folder } = await reserveRun(env, winnowFolder, "script");
  const data = { images: 1, pairs: 1, captions: 1, shown: 1 };
  const common = { schema: 1, trainer: "script", command: process.execPath, env: {}, cwd: folder, folder, data, files: [] } as const;
  await writeJob(folder, { ...common, args: ["-e", script], steps: undefined, seconds: undefined, memoryBytes: undefined, ...changes });
  const find = (): Promise<FoundRun> => findRun(winnowFolder, id);
  onTestFinished(async () => {
    const state = await readRunState(folder);
    for (const mark of [state, state?.trainer]) if (mark !== undefined && mark.pid !== process.pid) await endIfRunning(mark);
  });
  return {
    env,
    folder,
    find,
    start: () => startRun(env, folder),
    untilOver: () => expect.poll(async () => (await find()).state, patience).not.toBe("running"),
  };
}

/** One that ends by itself meanwhile needs no end. */
async function endIfRunning(mark: ProcessMark): Promise<void> {
  try {
    if (await isRunning(mark)) process.kill(mark.pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

const waits = "console.log('begun'); setInterval(() => undefined, 1000)";

describe("a run that is started", () => {
  it("is done by a process of its own, with the job's files, its environment and a log", async () => {
    const script = "console.log(process.env.MARK, require('fs').readFileSync('in/config.txt', 'utf8'), process.env.PATH)";
    const run = await createScriptRun(script, { env: { MARK: "seen" }, files: [{ path: "in/config.txt", text: "the file" }] });
    const mark = await run.start();
    expect(mark.pid).not.toBe(process.pid);
    await run.untilOver();
    expect(await run.find()).toMatchObject({ state: "done", message: undefined });
    // What lies beside the program is found first.
    expect(await readLogEnd(run.folder)).toContain(`seen the file ${dirname(process.execPath)}${delimiter}`);
  }, 90_000);

  it("is found running with its process' number and start, until a person stops it", async () => {
    const run = await createScriptRun(waits);
    const mark = await run.start();
    await expect.poll(() => readLogEnd(run.folder), patience).toContain("begun");
    expect(await run.find()).toMatchObject({ state: "running" });
    // The trainer may say its first word before it is written down who it is.
    await expect.poll(async () => (await readRunState(run.folder))?.trainer, patience).toBeDefined();
    const state = (await readRunState(run.folder))!;
    expect(state.pid).toBe(mark.pid);
    if (process.platform === "linux") expect(state.started).toMatch(/ \d+$/);
    // Who waits for no stop file is ended by a signal, after a grace that is not waited for here.
    process.kill(state.pid, "SIGTERM");
    process.kill(state.trainer!.pid, "SIGTERM");
    await run.untilOver();
    expect(await run.find()).toMatchObject({
      state: "stopped",
      message: "The run was stopped: resume it to go on from its last checkpoint",
    });
  }, 90_000);

  it("is stopped by the trainer itself where it looks at the stop file, and resumed", async () => {
    const script = "const fs = require('fs'); console.log('begun'); setInterval(() => fs.existsSync('stop') && process.exit(0), 50)";
    const run = await createScriptRun(script);
    await run.start();
    await expect.poll(() => readLogEnd(run.folder), patience).toContain("begun");
    await stopRun(await run.find());
    await run.untilOver();
    expect(await run.find()).toMatchObject({ state: "stopped" });
    await run.start();
    expect(await run.find()).toMatchObject({ state: "running", message: undefined });
    await expect.poll(async () => (await readFile(join(run.folder, "log.txt"), "utf8")).match(/begun/g)?.length, patience).toBe(2);
    await stopRun(await run.find());
    await run.untilOver();
  }, 120_000);

  it("is told to run while its trainer goes on alone, and is stopped all the same; then it has died", async () => {
    const run = await createScriptRun(waits);
    await run.start();
    await expect.poll(async () => (await readRunState(run.folder))?.trainer, patience).toBeDefined();
    const state = (await readRunState(run.folder))!;
    process.kill(state.pid, "SIGKILL");
    await expect.poll(() => isRunning(state), patience).toBe(false);
    expect((await run.find()).state).toBe("running");
    await stopRun(await run.find());
    await run.untilOver();
    expect((await run.find()).state).toBe("died");
  }, 90_000);

  it.each([
    ["the disk is full", "console.error('OSError: [Errno 28] No space left on device'); process.exit(1)", /^The disk is full/],
    [
      "a device has too little memory",
      "console.error('torch.OutOfMemoryError: CUDA out of memory'); process.exit(1)",
      /^The device has not/,
    ],
    ["memory ran out", "console.error('MemoryError'); process.exit(1)", /^There is not enough memory/],
    ["it says nothing known", "console.error('no such option'); process.exit(3)", /^script ended with exit code 3: no such option$/],
    ["it was killed", "process.kill(process.pid, 'SIGKILL')", /^script was killed from outside/],
  ])(
    "fails with a sentence where %s",
    async (_, script, sentence) => {
      const run = await createScriptRun(script);
      await run.start();
      await run.untilOver();
      const { state, message } = await run.find();
      expect(state).toBe("failed");
      expect(message).toMatch(sentence);
    },
    90_000,
  );

  it("tells of its last failure alone, not of the one before it was resumed", async () => {
    const first = "fs.writeFileSync('once', ''); console.error('MemoryError'); process.exit(1)";
    const run = await createScriptRun(`const fs = require('fs'); if (!fs.existsSync('once')) { ${first} } else process.exit(3)`);
    await run.start();
    await run.untilOver();
    expect((await run.find()).message).toMatch(/^There is not enough memory/);
    await run.start();
    await run.untilOver();
    expect((await run.find()).message).toMatch(/^script ended with exit code 3/);
  }, 90_000);

  it("says that there is no such program, and writes no file outside of its folder", async () => {
    const missing = await createScriptRun("", { command: "no-such-program-of-winnow" });
    await missing.start().catch(() => undefined);
    await missing.untilOver();
    expect((await missing.find()).message).toMatch(/^script can't be started: there is no program no-such-program-of-winnow/);
    const outside = await createScriptRun("", { files: [{ path: "../outside.txt", text: "" }] });
    await outside.start().catch(() => undefined);
    await outside.untilOver();
    expect((await outside.find()).message).toMatch(/^The job wants to write \.\.\/outside\.txt/);
  }, 90_000);

  it("fails at once, with the reason, where its folder has no job", async () => {
    const run = await createScriptRun("");
    await writeFile(join(run.folder, "job.json"), "{}");
    await run.start().catch(() => undefined);
    await expect.poll(async () => (await readRunState(run.folder))?.state, patience).toBe("failed");
    expect((await readRunState(run.folder))?.message).toContain("is no job of the head trainer");
  }, 90_000);
});

describe("a run whose process is gone", () => {
  it("has died, though another process has its number", async () => {
    const run = await createScriptRun("");
    const state = { state: "running", startedAt: "", pid: process.pid } as const;
    await writeRunState(run.folder, { ...state, started: (await markProcess(process.pid)).started });
    expect((await run.find()).state).toBe("running");
    await writeRunState(run.folder, { ...state, started: "another boot 1" });
    expect((await run.find()).state).toBe("died");
  });

  it("says so of memory where its log ends with it", async () => {
    const run = await createScriptRun("");
    await mkdir(run.folder, { recursive: true });
    await writeRunState(run.folder, { state: "running", startedAt: "", pid: 2 ** 30, started: null });
    await writeFile(join(run.folder, "log.txt"), "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n");
    expect(await run.find()).toMatchObject({ state: "died", message: expect.stringMatching(/^There is not enough memory/) as unknown });
  });
});
