import { fork, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMessageConnection, IPCMessageReader, IPCMessageWriter } from "vscode-jsonrpc/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findIntruder } from "../../src/build/bundle.ts";
import { noAsks } from "../../src/host/engineAsks.ts";
import type { CaptionerApi } from "../../src/protocol/captioner.ts";
import type { ComputeApi, EngineToHost } from "../../src/protocol/computeApi.ts";
import { connect, type Contract, type Peer } from "../../src/protocol/rpc.ts";
import type { StoreApi } from "../../src/protocol/storeApi.ts";
import { checkout } from "../engine/winnow.ts";
import { readZip, unzip, type ZipEntry } from "./zip.ts";

const system = `${process.platform}-${process.arch}`;

/** All that may be in the package; a file that fits none of these lines is one too many. */
const allowed = [
  /^(\[Content_Types\]\.xml|extension\.vsixmanifest)$/,
  /^extension\/(package\.json|readme\.md|changelog\.md|LICENSE\.txt)$/,
  /^extension\/dist\/(main|childMain|tuneMain|decodeWorker|editWorker|sideWorker|chunk-\w+)\.js$/,
  /^extension\/dist\/extension\.cjs$/,
  /^extension\/dist\/(reference|train_full|preflight|export_encoder)\.py$/,
  /^extension\/dist\/full\/\w+\.py$/,
  /^extension\/dist\/webview\/(main\.js|main\.css|codicon\.ttf)$/,
  /^extension\/dist\/node_modules\/(@duckdb|@img|detect-libc|onnxruntime-common|onnxruntime-node|semver|sharp)\//,
  /^extension\/media\/docs\/\w+\.md$/,
  /^extension\/media\/encoder\/(onnx\/)?\w+\.(json|onnx|md)$/,
  /^extension\/media\/sample\/\w+\/[\w-]+\.(jpg|png|webp|txt)$/,
  /^extension\/media\/icons\/\w+\.(svg|png)$/,
  /^extension\/media\/walkthrough\/\w+\.(svg|png|md)$/,
];

const forbidden = /\.(ts|tsx|map|env|pem|key|sqlite|log)$|(^|\/)(\.winnow|\.git|test|tests|src|__pycache__|\.env|\.npmrc)(\/|$)/;

describe("the packed extension", () => {
  let folder: string;
  let entries: readonly ZipEntry[];
  beforeAll(async () => {
    const { status, stderr } = spawnSync(process.execPath, [join(checkout, "src/build/package.ts")], { encoding: "utf8" });
    expect(status, stderr).toBe(0);
    entries = readZip(join(checkout, "out/package", system, "winnow.vsix"));
    folder = await mkdtemp(join(tmpdir(), "winnow-package-"));
    unzip(entries, folder);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("has what it needs and nothing else", () => {
    const paths = entries.map(({ path }) => path);
    expect(paths.filter((path) => !allowed.some((pattern) => pattern.test(path)))).toEqual([]);
    expect(paths.filter((path) => forbidden.test(path))).toEqual([]);
    expect(allowed.filter((pattern) => !paths.some((path) => pattern.test(path)))).toEqual([]);
  });

  it("has pictures of the walkthrough without styles, which VS Code refuses there: they would be black", () => {
    const pictures = entries.map(({ path }) => path).filter((path) => /\/walkthrough\/\w+\.svg$/.test(path));
    expect(pictures.length).toBeGreaterThan(0);
    for (const path of pictures) expect(readFileSync(join(folder, path), "utf8"), path).not.toMatch(/<style|\sstyle=|\sclass=/);
  });

  it("has the binaries of this system alone", () => {
    const binaries = entries.map(({ path }) => path).filter((path) => /\.(node|dll|dylib|so[\d.]*)$/.test(path));
    const others = ["linux", "darwin", "win32"].filter((platform) => platform !== process.platform);
    expect(binaries.length).toBeGreaterThanOrEqual(6);
    expect(binaries.filter((path) => others.some((platform) => path.includes(platform)))).toEqual([]);
    expect(binaries.filter((path) => !path.includes(process.arch))).toEqual([]);
  });

  it("stays small enough to be installed on a far machine, and its parts that load at once smaller", () => {
    const sizeMb = (pattern: RegExp): number =>
      entries.filter(({ path }) => pattern.test(path)).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) / 2 ** 20;
    expect(sizeMb(/./)).toBeLessThan(180);
    expect(sizeMb(/dist\/extension\.cjs$/)).toBeLessThan(0.5);
    expect(sizeMb(/dist\/webview\/main\.(js|css)$/)).toBeLessThan(0.7);
  });

  it("has the files that its manifest names, and none of a developer's keys", () => {
    const text = entries
      .find(({ path }) => path === "extension/package.json")!
      .read()
      .toString();
    const named = [...text.matchAll(/"(?:\.\/)?((?:media|dist)\/[^"]+\.\w+)"/g)].map(([, path]) => `extension/${path!}`);
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((path) => !entries.some((entry) => entry.path === path))).toEqual([]);
    expect(Object.keys(JSON.parse(text) as object)).not.toEqual(expect.arrayContaining(["devDependencies"]));
    expect(text).not.toMatch(/"(scripts|dependencies|devDependencies|allowScripts)"/);
  });

  it("analyses the sample from where it is installed, with no packages around it", async () => {
    const root = join(folder, "sample");
    await cp(join(folder, "extension/media/sample"), root, { recursive: true });
    const compute = startEngine<ComputeApi>(folder, "compute");
    const store = startEngine<StoreApi>(folder, "store");
    try {
      expect(await store.call("findDatasets", { folders: [folder], exclude: ["**/extension"] })).toMatchObject([{ root }]);
      expect((await compute.call("examineMachine", null)).providers).toContainEqual({
        provider: "cpu",
        bundled: true,
        usable: true,
        why: null,
        device: null,
      });
      const report = await compute.call("run", { root, provider: "cpu", discover: {} });
      expect(report).toMatchObject({ dataset: { samples: 300 }, encoder: { builtin: true } });
    } finally {
      compute.dispose();
      store.dispose();
    }
  });

  it("runs captioners from where it is installed: the library is there, and says what a folder lacks", async () => {
    const captioner = startEngine<CaptionerApi>(folder, "captioner");
    try {
      const model = { folder: join(folder, "none"), asking: "picture", dtypes: {}, chatTemplate: null } as const;
      await expect(captioner.call("load", model)).rejects.toThrow("preprocessor_config.json");
    } finally {
      captioner.dispose();
    }
  });
});

describe("findIntruder", () => {
  it.each([
    "src/engine/pipeline.ts",
    "node_modules/sharp/dist/index.mjs",
    "node_modules/onnxruntime-node/dist/index.js",
    "node_modules/@duckdb/node-api/lib/index.js",
  ])("finds %s in the extension's bundle", (path) => expect(findIntruder(["src/host/extension.ts", path])).toBe(path));

  it("lets the protocol, the core and small packages in", () => {
    expect(
      findIntruder(["src/host/extension.ts", "src/core/where.ts", "src/protocol/rpc.ts", "node_modules/zod/v4/core/api.js"]),
    ).toBeUndefined();
  });
});

/** Forks the packed engine as the extension does. */
function startEngine<Api extends Contract<Api>>(folder: string, role: "store" | "compute" | "captioner"): Peer<Api> {
  const child = fork(join(folder, "extension/dist/childMain.js"), [role], {
    cwd: folder,
    serialization: "advanced",
    execArgv: [],
    env: { PATH: process.env["PATH"], UV_THREADPOOL_SIZE: "8", WINNOW_CACHE: join(folder, "cache"), WINNOW_DATA: join(folder, "data") },
  });
  const connection = createMessageConnection(new IPCMessageReader(child), new IPCMessageWriter(child));
  const peer = connect<EngineToHost, Api>(connection, { ...noAsks, log: () => null });
  return { ...peer, pending: 0, dispose: () => void child.kill("SIGKILL") };
}
