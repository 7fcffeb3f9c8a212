import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { PinnedWheel } from "../../../../src/core/nvidia.ts";
import type { Env } from "../../../../src/engine/env.ts";
import { downloadWheels } from "../../../../src/engine/hub/downloadWheels.ts";
import type { WheelWatch } from "../../../../src/engine/hub/downloadWheels.ts";
import { openPackageIndex } from "../../../../src/engine/hub/packageIndex.ts";
import { createWorkplace } from "../store/workplace.ts";
import { type Fault, listen, sendFile } from "./localHub.ts";

const patience = { attempts: 3, pauseMs: 1, silenceMs: 300 };
const members = { "nvidia/lib/libone.so.1": Buffer.alloc(40_000, "one"), "nvidia/lib/libtwo.so.1": Buffer.alloc(30_000, "two") };
const bytes = zipOf({ ...members, "nvidia/README": Buffer.from("no library") });
const wheel: PinnedWheel = {
  project: "nvidia-tiny",
  version: "1.0",
  file: "nvidia_tiny-1.0-py3-none-any.whl",
  sizeBytes: bytes.length,
  sha256: createHash("sha256").update(bytes).digest("hex"),
  members: Object.keys(members),
  licence: "MIT",
};

interface LocalIndex {
  readonly url: string;
  readonly faults: Fault[];
  readonly seen: readonly string[];
}

/** A package index on this machine (PEP 691, or the older pages of links), with its files on another host. */
async function startIndex({ html = false, status = 200 } = {}): Promise<LocalIndex> {
  const faults: Fault[] = [];
  const seen: string[] = [];
  const note = ({ url, headers }: IncomingMessage): void =>
    void seen.push(`${url}${headers.range === undefined ? "" : ` ${headers.range}`}`);
  const files = await listen((request, response) => {
    note(request);
    sendFile(request, response, { bytes, fault: faults.shift() });
  });
  const address = `${files}/packages/${wheel.file}`;
  const url = await listen((request, response) => {
    note(request);
    if (status !== 200) return void response.writeHead(status).end("no");
    if (request.url !== `/simple/${wheel.project}/`) return void response.writeHead(404).end();
    const page = `<!DOCTYPE html><a href="../other.whl">other.whl</a><br/>\n<a data-x="1" href="${address}#sha256=0" >${wheel.file}</a>`;
    const json = JSON.stringify({ meta: { "api-version": "1.1" }, name: wheel.project, files: [{ filename: wheel.file, url: address }] });
    response.writeHead(200, { "content-type": html ? "text/html" : "application/vnd.pypi.simple.v1+json" }).end(html ? page : json);
  });
  return { url: `${url}/simple/`, faults, seen };
}

async function download(env: Env, url: string, watch: Partial<WheelWatch> = {}, wheels = [wheel]): Promise<string> {
  const index = openPackageIndex({ url });
  const folder = join(env.cacheFolder, "providers", "made-up");
  try {
    const options = { signal: new AbortController().signal, onProgress: () => undefined, patience, ...watch };
    await downloadWheels(index, { wheels, parts: partsOf(env), folder }, options);
  } finally {
    await index.close();
  }
  return folder;
}

const partsOf = (env: Env): string => join(env.cacheFolder, "downloads", "made-up");

describe("libraries out of a package index", () => {
  it.each([{ html: false }, { html: true }])("are checked and unpacked, and nothing else is kept (%j)", async ({ html }) => {
    const { env } = await createWorkplace();
    const index = await startIndex({ html });
    const reports: { done: number; total: number }[] = [];
    const folder = await download(env, index.url, { onProgress: (progress) => reports.push(progress) });
    expect((await readdir(folder)).sort()).toEqual(["libone.so.1", "libtwo.so.1"]);
    expect(await readFile(join(folder, "libone.so.1"))).toEqual(members["nvidia/lib/libone.so.1"]);
    expect(reports[0]).toEqual({ done: 0, total: bytes.length });
    expect(reports.at(-1)).toEqual({ done: bytes.length, total: bytes.length });
    expect(await readdir(join(env.cacheFolder, "downloads"))).toEqual([]);
  });

  it("go on where the connection broke", async () => {
    const { env } = await createWorkplace();
    const index = await startIndex();
    index.faults.push({ kind: "cut", afterBytes: 20_000 });
    await download(env, index.url);
    expect(index.seen.at(-1)).toMatch(/^\/packages\/.* bytes=\d+-$/);
  });

  it("of another content than the pinned one are refused and removed", async () => {
    const { env } = await createWorkplace();
    const index = await startIndex();
    index.faults.push({ kind: "wrongBytes" });
    await expect(download(env, index.url)).rejects.toThrow(
      /nvidia_tiny-1\.0-py3-none-any\.whl of nvidia-tiny is not the file that was expected \(its checksum differs\), and was removed/,
    );
    expect(await readdir(partsOf(env))).toEqual([]);
  });

  it("are not looked for in a file that has too few", async () => {
    const { env } = await createWorkplace();
    const index = await startIndex();
    const other = { ...wheel, members: [...wheel.members, "nvidia/lib/libthree.so"] };
    await expect(download(env, index.url, {}, [other])).rejects.toThrow(/has no nvidia\/lib\/libthree\.so: it is of another build/);
  });

  it.each([
    [404, /The package index has no nvidia-tiny 1\.0: name one that has it/],
    [403, /asks for a sign-in to give nvidia-tiny 1\.0/],
    [500, /answered with status 500 about nvidia-tiny 1\.0: try again later/],
  ])("are refused with a sentence when the index answers %i", async (status, sentence) => {
    const { env } = await createWorkplace();
    await expect(download(env, (await startIndex({ status })).url)).rejects.toThrow(sentence);
  });

  it("that the index lists under other names alone are missing", async () => {
    const { env } = await createWorkplace();
    const index = await startIndex();
    await expect(download(env, index.url, {}, [{ ...wheel, file: "nvidia_tiny-2.0.whl" }])).rejects.toThrow(
      /The package index has no nvidia_tiny-2\.0\.whl of nvidia-tiny/,
    );
  });

  it("are told to need room before a byte is downloaded", async () => {
    const { env } = await createWorkplace();
    const index = await startIndex();
    await expect(download(env, index.url, { freeBytes: () => Promise.resolve(1_000_000) })).rejects.toThrow(/make room/);
    expect(index.seen).toEqual([]);
  });

  it("stop with the signal, and what came stays", async () => {
    const { env } = await createWorkplace();
    const index = await startIndex();
    index.faults.push({ kind: "cut", afterBytes: 20_000 });
    const controller = new AbortController();
    const onProgress = ({ done }: { done: number }): void => {
      if (done > 0) controller.abort(new Error("stopped by the test"));
    };
    await expect(download(env, index.url, { signal: controller.signal, onProgress })).rejects.toThrow("stopped by the test");
    expect(await readdir(partsOf(env))).toEqual([wheel.file]);
  });
});

/** A zip archive of stored files (APPNOTE.TXT 4.3). */
function zipOf(files: Readonly<Record<string, Buffer>>): Buffer {
  const [parts, directory]: [Buffer[], Buffer[]] = [[], []];
  let offset = 0;
  for (const [path, content] of Object.entries(files)) {
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(content.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(path.length, 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), common, Buffer.from(path), content]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\x00"), common, tail, Buffer.from(path)]));
    parts.push(local);
    offset += local.length;
  }
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, ...directory, end]);
}
