import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { EncoderId } from "../../src/core/encoder.ts";
import { createRandom } from "../../src/core/random.ts";
import type { ContentHash } from "../../src/core/sample.ts";
import { createCounters } from "../../src/engine/env.ts";
import { openVectors } from "../../src/engine/store/vectors.ts";

const writer = fileURLToPath(new URL("vectorsWriter.ts", import.meta.url));
const kills = 10;

/** Lets a writer work for a moment after its first save, kills it, and gives the last count that it said was saved. */
async function writeAndKill(cacheFolder: string, momentMs: number): Promise<number> {
  const child = spawn(process.execPath, [writer, cacheFolder], { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  await once(child.stdout, "data");
  await new Promise((resolve) => setTimeout(resolve, momentMs));
  const closed = once(child, "close");
  child.kill("SIGKILL");
  await closed;
  return Number(said.trimEnd().split("\n").at(-1));
}

test("vectors that were saved survive ten kills at random moments, and none is wrong", async () => {
  const cacheFolder = await mkdtemp(join(tmpdir(), "winnow-crash-"));
  const random = createRandom(7);
  for (let kill = 0; kill < kills; kill++) {
    const saved = await writeAndKill(cacheFolder, 5 + random() * 60);
    const env = { cacheFolder, dataFolder: cacheFolder, now: Date.now, log: () => undefined, counters: createCounters() };
    const store = await openVectors(env, "crash@0/0/4/fp32" as EncoderId, "image", 4);
    expect(store.size()).toBeGreaterThanOrEqual(saved);
    expect(store.size() % 10).toBe(0);
    const keys = Array.from({ length: store.size() }, (_, i) => createHash("sha256").update(`${i}`).digest("hex") as ContentHash);
    const rows = await store.read(keys);
    for (let i = 0; i < keys.length; i++) if (rows[i * 4] !== i % 2048) expect.fail(`row ${i} came back as ${rows[i * 4]}`);
  }
  await rm(cacheFolder, { recursive: true });
});
