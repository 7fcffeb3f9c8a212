import { fork } from "node:child_process";
import { once } from "node:events";
import { writeFileSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type ChildChoice, forkOptions } from "../../../src/host/childOptions.ts";

const choice: ChildChoice = { nodePath: "", cacheFolder: "", dataFolder: "", cores: 8, environment: { PATH: "/bin" }, isElectron: false };

describe("how the engine's program is started", () => {
  it("with threads for every core and some for files, or more where a person set more", () => {
    expect(forkOptions(choice).env).toEqual({ PATH: "/bin", UV_THREADPOOL_SIZE: "12" });
    expect(forkOptions({ ...choice, environment: { UV_THREADPOOL_SIZE: "64" } }).env).toEqual({ UV_THREADPOOL_SIZE: "64" });
    expect(forkOptions({ ...choice, environment: { UV_THREADPOOL_SIZE: "many" } }).env).toEqual({ UV_THREADPOOL_SIZE: "12" });
  });

  it("with the folders of the settings", () => {
    expect(forkOptions({ ...choice, cacheFolder: "/c", dataFolder: "/d" }).env).toMatchObject({ WINNOW_CACHE: "/c", WINNOW_DATA: "/d" });
  });

  it("as Node on Electron, and on the Node that a person named", () => {
    expect(forkOptions({ ...choice, isElectron: true })).toMatchObject({ env: { ELECTRON_RUN_AS_NODE: "1" } });
    expect(forkOptions({ ...choice, isElectron: true })).not.toHaveProperty("execPath");
    const named = forkOptions({ ...choice, isElectron: true, nodePath: "/opt/node", environment: { ELECTRON_RUN_AS_NODE: "1" } });
    expect(named.execPath).toBe("/opt/node");
    expect(named.env).not.toHaveProperty("ELECTRON_RUN_AS_NODE");
  });

  it("without what this process was started with", async () => {
    const program = join(mkdtempSync(join(tmpdir(), "winnow-fork-")), "program.mjs");
    writeFileSync(program, "process.send({ execArgv: process.execArgv, options: process.env.NODE_OPTIONS ?? null });");
    const child = fork(program, [], forkOptions({ ...choice, environment: { ...process.env, NODE_OPTIONS: "--inspect=0" } }));
    expect(await once(child, "message")).toEqual([{ execArgv: [], options: null }, undefined]);
  });
});
