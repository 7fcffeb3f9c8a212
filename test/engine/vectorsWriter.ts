import { createHash } from "node:crypto";
import type { EncoderId } from "../../src/core/encoder.ts";
import type { ContentHash } from "../../src/core/sample.ts";
import { createCounters } from "../../src/engine/env.ts";
import { openVectors } from "../../src/engine/store/vectors.ts";

/** Appends rows (i, i, i, 1) to a store until it is killed, saving after every ten; says each saved count on stdout. Arguments: the cache folder. */
const [, , cacheFolder] = process.argv;
const env = { cacheFolder: cacheFolder!, dataFolder: cacheFolder!, now: Date.now, log: () => undefined, counters: createCounters() };
const store = await openVectors(env, "crash@0/0/4/fp32" as EncoderId, "image", 4);
for (let from = store.size(); ; from += 10) {
  const rows = Array.from({ length: 10 }, (_, i) => from + i);
  const keys = rows.map((i) => createHash("sha256").update(`${i}`).digest("hex") as ContentHash);
  await store.append(keys, Float32Array.from(rows.flatMap((i) => [i % 2048, i % 2048, i % 2048, 1])));
  await store.flush();
  process.stdout.write(`${from + 10}\n`);
}
