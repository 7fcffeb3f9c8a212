import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { createRandom } from "../../src/core/random.ts";
import { verifyCache } from "../../src/engine/cache/verify.ts";
import { pruneCache } from "../../src/engine/cache/prune.ts";
import { createCounters } from "../../src/engine/env.ts";
import { openVectors, VectorsGoneError } from "../../src/engine/store/vectors.ts";
import { evictable, keyOf, rowOf } from "./evictionThings.ts";

const program = fileURLToPath(new URL("evictionChild.ts", import.meta.url));
const watch = { signal: new AbortController().signal, onProgress: () => undefined };

async function start(role: "write" | "prune", cacheFolder: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [program, role, cacheFolder], { stdio: ["ignore", "pipe", "inherit"] });
  child.stdout.resume();
  await once(child.stdout, "data");
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const closed = once(child, "close");
  child.kill("SIGKILL");
  await closed;
}

test("what one process stores and another evicts is read right or is gone, also after kills in the middle", async () => {
  const cacheFolder = await mkdtemp(join(tmpdir(), "winnow-evict-"));
  const env = { cacheFolder, dataFolder: cacheFolder, now: Date.now, log: () => undefined, counters: createCounters() };
  const random = createRandom(11);
  const numbers = Array.from({ length: evictable.count }, (_, number) => number);
  let [found, gone] = [0, 0];
  const writer = await start("write", cacheFolder);
  try {
    for (let round = 0; round < 6; round += 1) {
      const pruner = await start("prune", cacheFolder);
      const store = await openVectors(env, evictable.encoder, "image", evictable.dim);
      const until = performance.now() + 60 + random() * 100;
      // The last round goes on until an eviction has come between a look and a reading, as it does within moments.
      while (performance.now() < until || (round === 5 && gone === 0)) {
        await store.refresh();
        const there = numbers.filter((number) => store.has(keyOf(number)));
        try {
          expect([...(await store.read(there.map(keyOf)))]).toEqual(there.flatMap(rowOf));
          found += there.length;
        } catch (error) {
          if (!(error instanceof VectorsGoneError)) throw error;
          gone += 1;
        }
      }
      await kill(pruner);
    }
  } finally {
    await kill(writer);
  }
  expect(found).toBeGreaterThan(0);
  expect(gone).toBeGreaterThan(0);
  // Whatever the kills left is whole, or is told, repaired and made again.
  await verifyCache(env, { repair: true }, watch);
  expect((await verifyCache(env, { repair: false }, watch)).damaged).toEqual([]);
  const store = await openVectors(env, evictable.encoder, "image", evictable.dim);
  const missing = numbers.filter((number) => !store.has(keyOf(number)));
  await store.append(missing.map(keyOf), Float32Array.from(missing.flatMap(rowOf)));
  await store.flush();
  expect([...(await (await openVectors(env, evictable.encoder, "image", evictable.dim)).read(numbers.map(keyOf)))]).toEqual(
    numbers.flatMap(rowOf),
  );
  await pruneCache(env, { limitBytes: 0 }, watch);
  expect(await readdir(join(cacheFolder, "evicted"))).toEqual([]);
  await rm(cacheFolder, { recursive: true });
}, 60_000);
