import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Dtype } from "../../../../src/core/encoders/modelFiles.ts";
import type { Env } from "../../../../src/engine/env.ts";
import { type DownloadedModel, downloadModel, modelFolder, type ModelWatch } from "../../../../src/engine/hub/downloadModel.ts";
import { type HubChoice, openHub } from "../../../../src/engine/hub/hub.ts";
import { readModelRecord } from "../../../../src/engine/hub/modelRecord.ts";
import { createWorkplace } from "../store/workplace.ts";
import { commit, listen, modelFiles, repository, startHub } from "./localHub.ts";

const patience = { attempts: 3, pauseMs: 1, silenceMs: 300 };
const vision = "onnx/vision_model.onnx";
const text = "onnx/text_model.onnx";

interface Wanted {
  readonly choice?: HubChoice;
  readonly watch?: Partial<ModelWatch>;
  readonly revision?: string;
  readonly dtype?: Dtype;
  readonly name?: string;
}

async function download(
  env: Env,
  url: string,
  { choice, watch, revision = "main", dtype = "fp32", name = repository }: Wanted = {},
): Promise<DownloadedModel> {
  const hub = openHub({ url, ...choice });
  try {
    const signal = new AbortController().signal;
    return await downloadModel(
      env,
      hub,
      { repository: name, revision, dtype },
      { signal, onProgress: () => undefined, patience, ...watch },
    );
  } finally {
    await hub.close();
  }
}

const partsOf = (env: Env): string => join(env.cacheFolder, "downloads", "owner--tiny-clip", commit);

describe("a download", () => {
  it("puts the files of the dtype, checked, into the cache with a record of the commit", async () => {
    const { env } = await createWorkplace();
    const hub = await startHub();
    const reports: { done: number; total: number }[] = [];
    const model = await download(env, hub.url, { watch: { onProgress: (progress) => reports.push(progress) } });
    expect(model).toMatchObject({ id: repository, folder: modelFolder(env, repository), isNew: true });
    expect((await readdir(model.folder, { recursive: true })).sort()).toEqual(
      ["config.json", "onnx", text, vision, "preprocessor_config.json", "tokenizer.json", "winnow-download.json"].sort(),
    );
    expect(await readFile(join(model.folder, vision))).toEqual(modelFiles[vision]);
    expect(await readModelRecord(model.folder)).toMatchObject({ repository, revision: commit, dtype: "fp32" });
    expect(reports[0]).toEqual({ done: 0, total: reports.at(-1)!.done });
    expect(await readdir(join(env.cacheFolder, "downloads", "owner--tiny-clip"))).toEqual([]);
  });

  it("of a model that is there asks nothing", async () => {
    const { env } = await createWorkplace();
    const hub = await startHub();
    await download(env, hub.url);
    const asked = hub.seen.length;
    expect(await download(env, hub.url)).toMatchObject({ isNew: false });
    expect(await download(env, hub.url, { revision: commit })).toMatchObject({ isNew: false });
    expect(hub.seen.length).toBe(asked);
  });

  it("of a dtype that is not there names those that are", async () => {
    const { env } = await createWorkplace();
    const hub = await startHub();
    await expect(download(env, hub.url, { dtype: "q4" })).rejects.toMatchObject({
      kind: "unusable",
      message: expect.stringContaining("but of fp32") as string,
    });
  });

  it("of a name that is a path asks nothing", async () => {
    const { env } = await createWorkplace();
    await expect(download(env, "http://127.0.0.1:1", { name: "../elsewhere" })).rejects.toThrow(/Expected a model such as owner\/name/);
  });
});

describe("a connection that breaks", () => {
  it("is taken up again where it broke", async () => {
    const { env } = await createWorkplace();
    const hub = await startHub();
    hub.faults.push({ kind: "cut", afterBytes: 50_000 });
    const model = await download(env, hub.url);
    expect(await readFile(join(model.folder, text))).toEqual(modelFiles[text]);
    const ranges = hub.seen.filter(({ host }) => host === "store").map(({ range }) => range);
    expect(ranges).toEqual([undefined, "bytes=50000-", undefined]);
  });

  it("is given up after some attempts without a byte, and what came stays for the next download", async () => {
    const { env } = await createWorkplace();
    const hub = await startHub();
    hub.faults.push({ kind: "cut", afterBytes: 50_000 }, ...Array.from({ length: 3 }, () => ({ kind: "status", status: 503 }) as const));
    await expect(download(env, hub.url)).rejects.toMatchObject({
      kind: "interrupted",
      message: expect.stringContaining("status 503") as string,
    });
    expect((await stat(join(partsOf(env), text))).size).toBe(50_000);
    expect(existsSync(modelFolder(env, repository))).toBe(false);
    await download(env, hub.url);
    expect(hub.seen.filter(({ host }) => host === "store").at(-2)!.range).toBe("bytes=50000-");
  });

  it("that only falls silent is taken up as well, and so is a hub that asks for patience", async () => {
    const { env } = await createWorkplace();
    const hub = await startHub();
    hub.faults.push({ kind: "silent" }, { kind: "status", status: 429, retryAfter: "0" });
    await download(env, hub.url);
    expect(await readFile(join(modelFolder(env, repository), text))).toEqual(modelFiles[text]);
  });

  it("to a server without ranges begins anew", async () => {
    const { env } = await createWorkplace();
    const hub = await startHub();
    hub.faults.push({ kind: "cut", afterBytes: 10_000 }, { kind: "noRanges" });
    await download(env, hub.url);
    expect(await readFile(join(modelFolder(env, repository), text))).toEqual(modelFiles[text]);
  });
});

describe("a download that was killed", () => {
  it("goes on from the bytes that are there", async () => {
    const { env } = await createWorkplace();
    const hub = await startHub();
    await mkdir(join(partsOf(env), "onnx"), { recursive: true });
    await writeFile(join(partsOf(env), text), modelFiles[text]!.subarray(0, 123_456));
    await writeFile(join(partsOf(env), vision), modelFiles[vision]!);
    const reports: number[] = [];
    await download(env, hub.url, { watch: { onProgress: ({ done }) => reports.push(done) } });
    expect(reports[0]).toBe(123_456 + modelFiles[vision]!.length);
    expect(hub.seen.filter(({ host }) => host === "store").map(({ range }) => range)).toEqual(["bytes=123456-"]);
  });

  it("with bytes that are wrong finds that out, and the next one begins anew", async () => {
    const { env } = await createWorkplace();
    const hub = await startHub();
    await mkdir(join(partsOf(env), "onnx"), { recursive: true });
    await writeFile(join(partsOf(env), text), Buffer.alloc(1_000, "?"));
    await expect(download(env, hub.url)).rejects.toMatchObject({ kind: "checksum", message: expect.stringContaining(text) as string });
    await download(env, hub.url);
    expect(await readFile(join(modelFolder(env, repository), text))).toEqual(modelFiles[text]);
  });

  it("can be stopped at once and leaves no model", async () => {
    const { env } = await createWorkplace();
    const hub = await startHub();
    hub.faults.push({ kind: "silent" });
    const stop = new AbortController();
    const running = download(env, hub.url, { watch: { signal: stop.signal, patience: { ...patience, silenceMs: 60_000 } } });
    setTimeout(() => stop.abort(new Error("stopped by a person")), 100);
    await expect(running).rejects.toThrow("stopped by a person");
    expect(existsSync(modelFolder(env, repository))).toBe(false);
  });
});

describe("two downloads of one model at once", () => {
  it("ask for each file once", async () => {
    const { env } = await createWorkplace();
    const hub = await startHub();
    const models = await Promise.all([download(env, hub.url), download(env, hub.url)]);
    expect(models.map(({ isNew }) => isNew).sort()).toEqual([false, true]);
    expect(hub.seen.filter(({ host }) => host === "store")).toHaveLength(2);
  });
});

describe("a file that is not what the hub says", () => {
  it.each(["wrongBytes", "tooLong"] as const)("is refused (%s)", async (kind) => {
    const { env } = await createWorkplace();
    const hub = await startHub();
    hub.faults.push({ kind });
    await expect(download(env, hub.url)).rejects.toMatchObject({ kind: "checksum" });
    expect(existsSync(modelFolder(env, repository))).toBe(false);
  });
});

describe("a full disk", () => {
  it("is seen before the download", async () => {
    const { env } = await createWorkplace();
    const hub = await startHub();
    const freeBytes = (): Promise<number> => Promise.resolve(1_000_000);
    await expect(download(env, hub.url, { watch: { freeBytes } })).rejects.toMatchObject({
      kind: "diskFull",
      message: expect.stringMatching(/has 1 MB free, but 1 MB are to be downloaded: make room/) as string,
    });
    expect(hub.seen.some(({ path }) => path.includes("/resolve/"))).toBe(false);
  });

  it.runIf(existsSync("/dev/full"))("is told in the middle of it", async () => {
    const { env } = await createWorkplace();
    const hub = await startHub();
    await mkdir(join(partsOf(env), "onnx"), { recursive: true });
    await symlink("/dev/full", join(partsOf(env), text));
    await expect(download(env, hub.url)).rejects.toMatchObject({
      kind: "diskFull",
      message: expect.stringContaining("make room") as string,
    });
  });
});

describe("a hub", () => {
  it("that can't be reached is told with its name", async () => {
    const { env } = await createWorkplace();
    await expect(download(env, "http://127.0.0.1:1")).rejects.toMatchObject({
      kind: "offline",
      message: expect.stringMatching(/^127\.0\.0\.1:1 can't be reached \(/) as string,
    });
  });

  it.each([
    [404, "missing"],
    [401, "gated"],
    [403, "gated"],
    [500, "refused"],
    [429, "refused"],
  ] as const)("that answers with status %d is told as %s", async (status, kind) => {
    const { env } = await createWorkplace();
    const hub = await startHub();
    hub.refuseWith(status);
    await expect(download(env, hub.url)).rejects.toMatchObject({ name: "HubError", kind });
  });

  it("gets the token, the store of its files does not", async () => {
    const { env } = await createWorkplace();
    const hub = await startHub();
    hub.gate("secret");
    await expect(download(env, hub.url)).rejects.toMatchObject({
      kind: "gated",
      message: expect.stringContaining("give a token") as string,
    });
    await download(env, hub.url, { choice: { token: "secret" } });
    const late = hub.seen.slice(-4);
    expect(late.filter(({ host }) => host === "store").map(({ authorization }) => authorization)).toEqual([undefined, undefined]);
    expect(late.filter(({ host }) => host === "hub").every(({ authorization }) => authorization === "Bearer secret")).toBe(true);
  });

  it("is reached over a proxy", async () => {
    const { env } = await createWorkplace();
    const hub = await startHub();
    const tunnelled: string[] = [];
    const proxy = await listen(
      (incoming, outgoing) => {
        tunnelled.push(incoming.url!);
        const { host, pathname, search } = new URL(incoming.url!);
        const [hostname, port] = host.split(":");
        const onward = httpRequest(
          { hostname, port, path: pathname + search, method: incoming.method, headers: incoming.headers },
          (answer) => {
            outgoing.writeHead(answer.statusCode!, answer.headers);
            answer.pipe(outgoing);
          },
        );
        incoming.pipe(onward);
      },
      (server) =>
        server.on("connect", (incoming, socket, head) => {
          tunnelled.push(incoming.url!);
          const [hostname, port] = incoming.url!.split(":");
          const onward = connect(Number(port), hostname, () => {
            socket.write("HTTP/1.1 200 OK\r\n\r\n");
            onward.write(head);
            onward.pipe(socket).pipe(onward);
          });
          onward.on("error", () => socket.destroy());
          socket.on("error", () => onward.destroy());
        }),
    );
    await download(env, hub.url, { choice: { proxy } });
    expect(tunnelled.length).toBeGreaterThan(0);
    expect(existsSync(join(modelFolder(env, repository), vision))).toBe(true);
  });
});
