import { pruneCache } from "../../src/engine/cache/prune.ts";
import { createCounters } from "../../src/engine/env.ts";
import { openVectors } from "../../src/engine/store/vectors.ts";
import { evictable, keyOf, rowOf } from "./evictionThings.ts";

// Works on a cache until it is killed. Arguments: `write` (stores things of which the store has forgotten any, again and again) or `prune`
// (evicts everything, again and again), and the cache folder. Says a number after each round on stdout.
const [, , role, cacheFolder] = process.argv;
const env = { cacheFolder: cacheFolder!, dataFolder: cacheFolder!, now: Date.now, log: () => undefined, counters: createCounters() };
const watch = { signal: new AbortController().signal, onProgress: () => undefined };

for (let round = 1; ; round += 1) {
  if (role === "prune") await pruneCache(env, { limitBytes: 0 }, watch);
  else await storeMissing(round);
  process.stdout.write(`${round}\n`);
}

/** Opens the store anew, as a run does, and stores in small shards what is not there. */
async function storeMissing(round: number): Promise<void> {
  const store = await openVectors(env, evictable.encoder, "image", evictable.dim);
  for (let from = 0; from < evictable.count; from += 10) {
    const missing = Array.from({ length: 10 }, (_, at) => from + at).filter((number) => !store.has(keyOf(number)));
    await store.append(missing.map(keyOf), Float32Array.from(missing.flatMap(rowOf)));
    if (from % 30 === round % 3) await store.flush();
  }
  await store.flush();
}
