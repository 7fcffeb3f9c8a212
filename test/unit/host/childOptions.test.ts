import { fork } from "node:child_process";
import { once } from "node:events";
import { writeFileSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type ChildChoice, forkOptions } from "../../../src/host/childOptions.ts";

const choice: ChildChoice = {
  nodePath: "",
  cacheFolder: "",
  cacheLimitGb: 0,
  dataFolder: "",
  cores: 8,
  environment: { PATH: "/bin" },
  isElectron: false,
};

describe("how the engine's program is started", () => {
  it("with threads for every core and some for files, or more where a person set more", () => {
    expect(forkOptions(choice).env).toEqual({ PATH: "/bin", UV_THREADPOOL_SIZE: "12", WINNOW_CACHE_LIMIT: "0GB" });
    expect(forkOptions({ ...choice, environment: { UV_THREADPOOL_SIZE: "64" } }).env).toMatchObject({ UV_THREADPOOL_SIZE: "64" });
    expect(forkOptions({ ...choice, environment: { UV_THREADPOOL_SIZE: "many" } }).env).toMatchObject({ UV_THREADPOOL_SIZE: "12" });
  });

  it("with the folders of the settings", () => {
    expect(forkOptions({ ...choice, cacheFolder: "/c", dataFolder: "/d" }).env).toMatchObject({ WINNOW_CACHE: "/c", WINNOW_DATA: "/d" });
  });

  it("with the cache's limit of the settings, whatever limit this process was started with", () => {
    const environment = { WINNOW_CACHE_LIMIT: "1GB" };
    expect(forkOptions({ ...choice, cacheLimitGb: 2.5, environment }).env).toMatchObject({ WINNOW_CACHE_LIMIT: "2.5GB" });
    expect(forkOptions({ ...choice, environment }).env).toMatchObject({ WINNOW_CACHE_LIMIT: "0GB" });
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
