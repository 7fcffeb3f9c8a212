import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { problemsFromFacts, type DecodedFacts, type FailedFacts } from "../../../../src/core/pixels/facts.ts";
import type { ContentHash } from "../../../../src/core/sample.ts";
import { createCounters, type Env } from "../../../../src/engine/env.ts";
import { openFacts } from "../../../../src/engine/store/facts.ts";

let cacheFolder: string;
let lines: string[];

beforeEach(async () => {
  cacheFolder = await mkdtemp(join(tmpdir(), "winnow-facts-"));
  lines = [];
});

afterEach(() => rm(cacheFolder, { recursive: true }));

function createEnv(): Env {
  return {
    cacheFolder,
    dataFolder: cacheFolder,
    now: Date.now,
    log: (tag, text) => lines.push(`${tag} ${text}`),
    counters: createCounters(),
  };
}

function hashFrom(number: number): ContentHash {
  return number.toString(16).padStart(8, "0").repeat(8) as ContentHash;
}

function decodedFacts(number: number): DecodedFacts {
  const bytes = (shift: number) => Uint8Array.from({ length: 32 }, (_, index) => (number * 7 + index * 3 + shift) & 255);
  return {
    kind: "decoded",
    contentHash: hashFrom(number),
    format: "webp",
    width: 4000 + number,
    height: 3000,
    orientation: 6,
    frames: 1 + (number % 70_000),
    clipped: number % 2 === 1,
    pixelHash: hashFrom(number + 1).slice(0, 16),
    perceptualHash: bytes(1),
    mirroredHash: bytes(2),
  };
}

function failedFacts(number: number): FailedFacts {
  return {
    kind: "failed",
    contentHash: hashFrom(number),
    problem: { code: "brokenImage", message: `is cut off or damaged: Größe ${number}` },
  };
}

async function shardFiles(): Promise<string[]> {
  const [version] = await readdir(join(cacheFolder, "facts"));
  return (await readdir(join(cacheFolder, "facts", version!))).map((name) => join(cacheFolder, "facts", version!, name));
}

describe("openFacts", () => {
  it("gives back what was put, before and after it was written", async () => {
    const store = await openFacts(createEnv());
    const facts = Array.from({ length: 3000 }, (_, number) => (number % 10 === 3 ? failedFacts(number) : decodedFacts(number)));
    for (const one of facts) store.put(one);
    store.put({ ...failedFacts(5), problem: { code: "emptyFile", message: "comes too late" } });
    expect(facts.every((one) => JSON.stringify(store.get(one.contentHash)) === JSON.stringify(one))).toBe(true);
    await store.flush();
    await store.flush();
    expect(await shardFiles()).toHaveLength(1);
    const reopened = await openFacts(createEnv());
    expect(reopened.size()).toBe(3000);
    expect(facts.map(({ contentHash }) => reopened.get(contentHash))).toEqual(facts);
    expect(reopened.get(hashFrom(99_999))).toBeUndefined();
  });

  it("unites what several processes wrote", async () => {
    const one = await openFacts(createEnv());
    const other = await openFacts(createEnv());
    one.put(decodedFacts(1));
    one.put(failedFacts(2));
    other.put(failedFacts(3));
    other.put(decodedFacts(1));
    await Promise.all([one.flush(), other.flush()]);
    const united = await openFacts(createEnv());
    expect([1, 2, 3].map((number) => united.get(hashFrom(number))?.kind)).toEqual(["decoded", "failed", "failed"]);
    expect(united.get(hashFrom(3))).toEqual(failedFacts(3));
  });

  it("leaves out a torn shard and says so", async () => {
    const store = await openFacts(createEnv());
    store.put(decodedFacts(1));
    await store.flush();
    store.put(decodedFacts(2));
    await store.flush();
    const [torn] = (await shardFiles()).sort();
    await writeFile(torn!, (await readFile(torn!)).subarray(0, -1));
    await writeFile(join(torn!, "..", "tiny.facts"), "WIN");
    const reopened = await openFacts(createEnv());
    expect(reopened.size()).toBe(1);
    expect(lines).toHaveLength(2);
  });

  it("gathers many small shards into one", async () => {
    const store = await openFacts(createEnv());
    for (let number = 0; number < 101; number += 1) {
      store.put(number % 2 === 0 ? decodedFacts(number) : failedFacts(number));
      await store.flush();
    }
    expect(await shardFiles()).toHaveLength(101);
    const gathered = await openFacts(createEnv());
    expect(await shardFiles()).toHaveLength(1);
    gathered.put(decodedFacts(500));
    await gathered.flush();
    const reopened = await openFacts(createEnv());
    expect(reopened.size()).toBe(102);
    expect([7, 8, 500].map((number) => reopened.get(hashFrom(number)))).toEqual([failedFacts(7), decodedFacts(8), decodedFacts(500)]);
  });
});

describe("problemsFromFacts", () => {
  it("tells of orientation and clipped greys, and of no picture", () => {
    expect(problemsFromFacts(decodedFacts(1), "a.webp").map(({ code, severity }) => [code, severity])).toEqual([
      ["exifOrientation", "note"],
      ["clippedGrey", "warning"],
    ]);
    expect(problemsFromFacts(failedFacts(1), "b/a.jpg")).toMatchObject([
      { code: "brokenImage", severity: "error", sample: "b/a.jpg", message: "b/a.jpg is cut off or damaged: Größe 1" },
    ]);
  });
});
