import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { createRandom } from "../../src/core/random.ts";
import type { ContentHash } from "../../src/core/sample.ts";
import type { Env } from "../../src/engine/env.ts";
import { createCounters } from "../../src/engine/env.ts";
import { openThumbnails } from "../../src/engine/store/thumbnails.ts";

const writer = fileURLToPath(new URL("thumbnailsWriter.ts", import.meta.url));

/** A writer that was started: the number behind the last picture that it said was put, and how to kill it. */
interface Writer {
  readonly begun: Promise<unknown>;
  readonly put: () => number;
  readonly kill: () => Promise<void>;
}

function startWriter(...words: readonly string[]): Writer {
  const child = spawn(process.execPath, [writer, ...words], { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  return {
    begun: once(child.stdout, "data"),
    put: () => Number(said.slice(0, said.lastIndexOf("\n")).split("\n").at(-1) || words[1]),
    kill: async () => {
      const closed = once(child, "close");
      child.kill("SIGKILL");
      await closed;
    },
  };
}

function envIn(cacheFolder: string): Env {
  return { cacheFolder, dataFolder: cacheFolder, now: Date.now, log: () => undefined, counters: createCounters() };
}

const hashOf = (name: number): ContentHash => createHash("sha256").update(`${name}`).digest("hex") as ContentHash;
const bytesOf = (name: number): Buffer => Buffer.alloc(1000 + (name % 5000), `${name} `);

/** Reads pictures back; fails on one that is not whole, and gives which are there. */
async function readBack(cacheFolder: string, from: number, to: number): Promise<boolean[]> {
  const store = await openThumbnails(envIn(cacheFolder), 160);
  const hashes = Array.from(
    { length: to - from },
    (_, at) =>
      createHash("sha256")
        .update(`${from + at}`)
        .digest("hex") as ContentHash,
  );
  const found = await store.read(hashes);
  return found.map((bytes, at) => {
    const name = from + at;
    if (bytes !== undefined && !bytesOf(name).equals(bytes)) expect.fail(`picture ${name} came back damaged`);
    return bytes !== undefined;
  });
}

test("small pictures that were put survive ten kills of two writers at random moments, and none is damaged", async () => {
  const cacheFolder = await mkdtemp(join(tmpdir(), "winnow-crash-"));
  const random = createRandom(11);
  let [even, odd] = [0, 1_000_000];
  for (let kill = 0; kill < 10; kill += 1) {
    const starts = [even, odd];
    const writers = [startWriter(cacheFolder, String(even)), startWriter(cacheFolder, String(odd))];
    await Promise.all(writers.map(({ begun }) => begun));
    await new Promise((resolve) => setTimeout(resolve, 5 + random() * 60));
    await Promise.all(writers.map(({ kill: end }) => end()));
    [even, odd] = writers.map(({ put }) => put()) as [number, number];
    for (const [from, to] of [
      [starts[0]!, even],
      [starts[1]!, odd],
    ] as const) {
      expect(await readBack(cacheFolder, from, to)).toEqual(new Array<boolean>(to - from).fill(true));
      await readBack(cacheFolder, to, to + 70);
    }
  }
  expect(even).toBeGreaterThan(70);
  await rm(cacheFolder, { recursive: true });
});

test("a reader goes on while writers drop the packs that it reads", async () => {
  const cacheFolder = await mkdtemp(join(tmpdir(), "winnow-crash-"));
  const writers = ["0", "500000"].map((first) => startWriter(cacheFolder, first, "20000", "400000"));
  await Promise.all(writers.map(({ begun }) => begun));
  let nowMs = 0;
  const store = await openThumbnails({ ...envIn(cacheFolder), now: () => (nowMs += 1000) }, 160);
  const seen = { whole: 0, dropped: 0 };
  const end = performance.now() + 1500;
  while (performance.now() < end) {
    for (const { put } of writers) {
      const names = Array.from({ length: 60 }, (_, at) => put() - 1 - at * 3).filter((name) => name >= 0);
      const found = await store.read(names.map(hashOf));
      for (const [at, bytes] of found.entries()) {
        if (bytes === undefined) seen.dropped += 1;
        else if (bytesOf(names[at]!).equals(bytes)) seen.whole += 1;
        else expect.fail(`picture ${names[at]!} came back damaged`);
      }
    }
  }
  await Promise.all(writers.map(({ kill }) => kill()));
  expect(seen.whole).toBeGreaterThan(0);
  expect(seen.dropped).toBeGreaterThan(0);
  await rm(cacheFolder, { recursive: true });
});
