import { fork } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { createEngineProcess, type EngineProcess } from "../../../src/host/engineProcess.ts";
import { carryOutRun } from "../../../src/host/runWork.ts";
import type { ComputeApi } from "../../../src/protocol/computeApi.ts";
import type { RunRequest } from "../../../src/protocol/engineApi.ts";

const program = fileURLToPath(new URL("engineProgram.ts", import.meta.url));
let runner: EngineProcess<ComputeApi> | undefined;

interface RunChoice {
  readonly deaths: number;
  readonly progresses: boolean;
  readonly provider?: RunRequest["provider"];
  /** Whether it dies where it would, or waits for ever. */
  readonly dies?: boolean;
}

interface OpenRun {
  readonly runner: EngineProcess<ComputeApi>;
  readonly answer: Promise<unknown>;
  readonly recovered: string[];
  readonly shares: number[];
}

/** A run in a real process that dies so many times. */
function openRun({ provider = "auto", dies = true, ...choice }: RunChoice): OpenRun {
  const opened = createEngineProcess<ComputeApi>({
    start: () => fork(program, ["compute"], { serialization: "advanced", stdio: ["ignore", "pipe", "pipe", "ipc"], execArgv: [] }),
    isRepeatable: () => false,
    idleMs: 60_000,
    silenceMs: 60_000,
    cancelGraceMs: 300,
    plan: () => ({ kind: "after", delayMs: 0 }),
    log: () => undefined,
    warn: () => undefined,
    onGivenUp: () => undefined,
  });
  runner = opened;
  const file = join(mkdtempSync(join(tmpdir(), "winnow-run-")), "starts");
  const recovered: string[] = [];
  const shares: number[] = [];
  const request = { root: "/data", provider, discover: {}, file, dies, ...choice } as RunRequest;
  const answer = carryOutRun(opened, request, {
    signal: new AbortController().signal,
    onEstimate: ({ share }) => shares.push(share),
    onRecovered: (next) => recovered.push(next),
  });
  return { runner: opened, answer, recovered, shares };
}

async function run(choice: RunChoice): Promise<{ answer: unknown; recovered: string[]; shares: number[] }> {
  const { answer, recovered, shares } = openRun(choice);
  return { answer: await answer, recovered, shares };
}

afterEach(() => runner?.dispose());

describe("a run", () => {
  it("goes through on the provider that was asked for", async () => {
    expect(await run({ deaths: 0, progresses: true })).toMatchObject({ answer: { provider: "auto", starts: 1 }, recovered: [] });
  });

  it("goes on on the CPU when its process dies, and says so once", async () => {
    expect(await run({ deaths: 2, progresses: false, provider: "webgpu" })).toMatchObject({
      answer: { provider: "cpu", starts: 3 },
      recovered: ["cpu"],
    });
  });

  it("goes on after many deaths as long as something was computed in between, and its share never falls", async () => {
    const { answer, shares } = await run({ deaths: 5, progresses: true });
    expect(answer).toMatchObject({ starts: 6 });
    expect(shares).toEqual(shares.toSorted((left, right) => left - right));
  });

  it("goes on where it was, on the same provider and without a word, when the engine is restarted by hand", async () => {
    const run = openRun({ deaths: 1, progresses: false, provider: "webgpu", dies: false });
    await expect.poll(() => run.shares.length).toBeGreaterThan(0);
    run.runner.restart();
    expect(await run.answer).toEqual({ provider: "webgpu", starts: 2 });
    expect(run.recovered).toEqual([]);
  });

  it("is given up when its process dies three times in a row without computing anything", async () => {
    await expect(run({ deaths: 9, progresses: false })).rejects.toMatchObject({ name: "EngineGoneError", detail: "signal SIGKILL" });
  });
});
