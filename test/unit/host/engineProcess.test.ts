import { fork } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { EngineGoneError } from "../../../src/host/engineGoneError.ts";
import { createEngineProcess, type EngineProcess, type ProcessOptions } from "../../../src/host/engineProcess.ts";
import type { ProgramApi } from "./engineProgram.ts";

const program = fileURLToPath(new URL("engineProgram.ts", import.meta.url));
const opened: EngineProcess<ProgramApi>[] = [];
const givenUp: EngineGoneError[] = [];
const lines: string[] = [];

function openProcess(options: Partial<ProcessOptions<ProgramApi>> & { readonly role?: string } = {}): EngineProcess<ProgramApi> {
  const made = createEngineProcess<ProgramApi>({
    start: () =>
      fork(program, [options.role ?? "store"], { serialization: "advanced", stdio: ["ignore", "pipe", "pipe", "ipc"], execArgv: [] }),
    isRepeatable: (method) => method !== "run" && method !== "fail",
    idleMs: 60_000,
    silenceMs: 10_000,
    cancelGraceMs: 300,
    log: (line) => lines.push(line),
    warn: (line) => lines.push(line),
    onGivenUp: (error) => givenUp.push(error),
    ...options,
  });
  opened.push(made);
  return made;
}

const echo = { text: "ä", samples: new Float32Array([1, Number.NaN]) };
const newFile = (): string => join(mkdtempSync(join(tmpdir(), "winnow-host-")), "count");

afterEach(() => {
  for (const made of opened.splice(0)) made.dispose();
  givenUp.length = lines.length = 0;
});

describe("an engine process", () => {
  it("starts with the first call, answers with typed arrays, and logs what it writes", async () => {
    const engine = openProcess();
    expect(engine.pid).toBeUndefined();
    const answer = await engine.call("echo", echo);
    expect(answer).toEqual({ ...echo, pid: engine.pid });
    await expect.poll(() => lines).toContain("started as store");
  });

  it("makes a call again that a dying process left without an answer", async () => {
    expect(await openProcess().call("dieOnce", { file: newFile(), changes: false })).toBe(2);
  });

  it("does not repeat a call that changes something", async () => {
    const engine = openProcess({ isRepeatable: () => false });
    const file = newFile();
    await expect(engine.call("dieOnce", { file, changes: true })).rejects.toThrow(EngineGoneError);
    expect(await engine.call("dieOnce", { file, changes: true })).toBe(2);
  });

  it("rejects everything that waits when the process is killed", async () => {
    const engine = openProcess({ isRepeatable: () => false });
    await engine.call("echo", echo);
    const calls = [engine.call("ignoreCancel", null), engine.call("answerSlowly", { ms: 60_000 })];
    process.kill(engine.pid!, "SIGKILL");
    for (const call of await Promise.allSettled(calls)) expect(call).toMatchObject({ status: "rejected", reason: { reason: "ended" } });
    expect(engine.pid).toBeUndefined();
  });

  it("gives up on a program that dies again and again, says so once, and starts it again when a person asks", async () => {
    let role = "dies";
    const engine = openProcess({
      start: () => fork(program, [role], { serialization: "advanced", stdio: ["ignore", "pipe", "pipe", "ipc"], execArgv: [] }),
      plan: (deathsMs) => (deathsMs.length >= 3 ? { kind: "giveUp" } : { kind: "after", delayMs: 0 }),
    });
    await expect(engine.call("echo", echo)).rejects.toMatchObject({ reason: "ended", detail: "exit code 7" });
    expect(givenUp).toEqual([]);
    await expect(engine.call("echo", echo)).rejects.toMatchObject({ reason: "givenUp" });
    await expect(engine.call("echo", echo)).rejects.toMatchObject({ reason: "givenUp" });
    expect(givenUp).toHaveLength(1);
    expect(lines.filter((line) => line.includes("died: exit code 7\nExpected a better world"))).toHaveLength(3);
    role = "store";
    engine.restart();
    expect((await engine.call("echo", echo)).text).toBe("ä");
  });

  it("is told to have died when its program can't be started at all", async () => {
    const engine = openProcess({ start: () => fork(program, [], { execPath: "/nowhere/node", stdio: ["ignore", "pipe", "pipe", "ipc"] }) });
    await expect(engine.call("echo", echo)).rejects.toMatchObject({
      reason: "cannotStart",
      detail: expect.stringContaining("ENOENT") as string,
    });
  });

  it("passes failures on and goes on running", async () => {
    const engine = openProcess();
    await expect(engine.call("fail", null)).rejects.toMatchObject({ kind: "RangeError", message: "Expected something else" });
    const { pid } = engine;
    await engine.call("echo", echo);
    expect(engine.pid).toBe(pid);
  });

  it("lets a process live that obeys a cancel, and kills one that does not", async () => {
    const engine = openProcess();
    const { pid } = await engine.call("echo", echo);
    await expect(stopAfter(engine, "answerSlowly", { ms: 60_000 })).rejects.toThrow("stopped by hand");
    expect(engine.pid).toBe(pid);
    const startedMs = performance.now();
    await expect(stopAfter(engine, "ignoreCancel", null)).rejects.toThrow("stopped by hand");
    expect(performance.now() - startedMs).toBeLessThan(1_500);
    expect((await engine.call("echo", echo)).pid).not.toBe(pid);
    expect(givenUp).toEqual([]);
  });

  it("kills a process whose event loop stands still under a cancelled call, and repeats what else waited", async () => {
    const engine = openProcess();
    const { pid } = await engine.call("echo", echo);
    const stopped = stopAfter(engine, "hang", { ms: 20_000 });
    await new Promise((resolve) => setTimeout(resolve, 50)); // by now it hangs
    const other = engine.call("echo", echo);
    await expect(stopped).rejects.toThrow("stopped by hand");
    expect((await other).pid).not.toBe(pid);
  });

  it("kills a process that does not react for too long", async () => {
    const engine = openProcess({ silenceMs: 1_600, isRepeatable: () => false });
    await engine.call("echo", echo);
    await expect(engine.call("hang", { ms: 30_000 })).rejects.toMatchObject({ reason: "ended" });
    expect(lines.join("\n")).toContain("did not react for 1.6 s");
  });

  it("leaves a process alone that is busy for less than that, or has long work but reacts", async () => {
    const engine = openProcess({ silenceMs: 2_400 });
    const { pid } = await engine.call("echo", echo);
    expect(await engine.call("hang", { ms: 900 })).toBe("back");
    expect(await engine.call("answerSlowly", { ms: 3_200 })).toBe("at last");
    expect(engine.pid).toBe(pid);
  });

  it("ends a process that has nothing to do, and starts another for the next call", async () => {
    const engine = openProcess({ idleMs: 100 });
    const { pid } = await engine.call("echo", echo);
    await expect.poll(() => engine.pid).toBeUndefined();
    expect((await engine.call("echo", echo)).pid).not.toBe(pid);
  });

  it("lets a process that is restarted end by itself, and is not kept waiting by one that doesn't", async () => {
    const engine = openProcess();
    const { pid } = await engine.call("echo", echo);
    engine.restart();
    expect((await engine.call("echo", echo)).pid).not.toBe(pid);
    await expect.poll(() => lines).toContain("goes");
    const hanging = engine.call("hang", { ms: 30_000 }).catch((error: unknown) => error);
    await new Promise((resolve) => setTimeout(resolve, 50));
    engine.restart();
    expect((await engine.call("echo", echo)).text).toBe("ä");
    engine.restart();
    expect(givenUp).toEqual([]);
    engine.dispose();
    expect(await hanging).toBeInstanceOf(EngineGoneError);
  });

  it("rejects what waits and every later call when it is disposed", async () => {
    const engine = openProcess();
    const waiting = engine.call("ignoreCancel", null);
    await expect.poll(() => engine.pid).toBeDefined();
    engine.dispose();
    engine.dispose();
    await expect(waiting).rejects.toThrow(EngineGoneError);
    await expect(engine.call("echo", echo)).rejects.toThrow("the window closes");
  });
});

function stopAfter<Method extends "answerSlowly" | "hang" | "ignoreCancel">(
  engine: EngineProcess<ProgramApi>,
  method: Method,
  params: ProgramApi[Method]["params"],
): Promise<unknown> {
  const stop = new AbortController();
  setTimeout(() => stop.abort(new Error("stopped by hand")), 100);
  return engine.call(method, params, { signal: stop.signal });
}
