import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { createEngineClient, type Engine, NotTrustedError } from "../../../src/host/engineClient.ts";

const program = fileURLToPath(new URL("engineProgram.ts", import.meta.url));
const lines: string[] = [];
const written: string[] = [];
const asked: string[] = [];
let refused: Error | undefined;
let isTrusted = true;
let engine: Engine | undefined;

/** The engine over a program that knows none of its requests, and says so. */
function openEngine(): Engine {
  engine = createEngineClient({
    program,
    choose: () => ({
      nodePath: "",
      cacheFolder: "/cache",
      dataFolder: "",
      cacheLimitGb: 0,
      cores: 2,
      environment: process.env,
      isElectron: false,
    }),
    isTrusted: () => isTrusted,
    log: (line) => lines.push(line),
    warn: (line) => lines.push(line),
    beforeWrite: ({ method }) => {
      asked.push(method);
      return refused === undefined ? Promise.resolve() : Promise.reject(refused);
    },
    onDidWrite: (root) => written.push(root),
    onGivenUp: () => undefined,
  });
  return engine;
}

afterEach(() => {
  engine?.dispose();
  isTrusted = true;
  refused = undefined;
  lines.length = written.length = asked.length = 0;
});

describe("the engine's client", () => {
  it("starts a process only for what is asked, and each in its role", async () => {
    const { store, runner } = openEngine();
    expect(lines).toEqual([]);
    await expect(store.call("readOverview", { root: "/data" })).rejects.toThrow("readOverview");
    expect(lines.some((line) => line.startsWith("store: Process"))).toBe(true);
    expect(lines.some((line) => line.startsWith("runner:"))).toBe(false);
    await expect(runner.call("listEncoders", null)).rejects.toThrow("listEncoders");
    await expect.poll(() => lines).toContain("runner: started as compute");
    expect(lines).toContain("store: started as store");
  });

  it("reads but neither writes nor runs in a workspace that is not trusted", async () => {
    isTrusted = false;
    const { store, runner, searcher } = openEngine();
    await expect(store.call("undo", { root: "/data", cascade: false })).rejects.toThrow(NotTrustedError);
    await expect(runner.call("run", { root: "/data", provider: "auto", discover: {} })).rejects.toThrow(NotTrustedError);
    await expect(searcher.call("examineMachine", null)).rejects.toThrow(NotTrustedError);
    expect(lines).toEqual([]);
    expect(written).toEqual([]);
    await expect(store.call("readOverview", { root: "/data" })).rejects.toThrow("readOverview");
  });

  it("asks before every request that writes, and sends none that is refused", async () => {
    const { store } = openEngine();
    await expect(store.call("readOverview", { root: "/data" })).rejects.toThrow("readOverview");
    expect(asked).toEqual([]);
    await expect(store.call("undo", { root: "/data", cascade: false })).rejects.toThrow("undo");
    expect(asked).toEqual(["undo"]);
    refused = new Error("unsaved");
    await expect(store.call("undo", { root: "/data", cascade: false })).rejects.toBe(refused);
    expect(written).toEqual(["/data"]);
  });

  it("tells of every request that writes, also of one that failed", async () => {
    const { store } = openEngine();
    await expect(store.call("undo", { root: "/data", cascade: false })).rejects.toThrow("undo");
    await expect(store.call("readOverview", { root: "/data" })).rejects.toThrow("readOverview");
    expect(written).toEqual(["/data"]);
  });
});
