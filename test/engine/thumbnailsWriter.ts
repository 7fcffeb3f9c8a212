import { createHash } from "node:crypto";
import type { ContentHash } from "../../src/core/sample.ts";
import { createCounters } from "../../src/engine/env.ts";
import { openThumbnails } from "../../src/engine/store/thumbnails.ts";

/**
 * Puts made-up small pictures, seven at a time, into the cache until it is killed; says each count that was put on stdout. Arguments: the cache folder,
 * the first number, and how large packs and all of them may be. Picture n is n as text, again and again, 1000 + n % 5000 bytes long.
 */
const [, , cacheFolder = "", first = "0", packBytes = "100000", totalBytes = "1e9"] = process.argv;
const env = { cacheFolder, dataFolder: cacheFolder, now: Date.now, log: () => undefined, counters: createCounters() };
const store = await openThumbnails(env, 160, { packBytes: Number(packBytes), totalBytes: Number(totalBytes) });
for (let from = Number(first); ; from += 7) {
  await store.put(
    Array.from({ length: 7 }, (_, at) => ({
      hash: createHash("sha256")
        .update(`${from + at}`)
        .digest("hex") as ContentHash,
      bytes: Buffer.alloc(1000 + ((from + at) % 5000), `${from + at} `),
    })),
  );
  process.stdout.write(`${from + 7}\n`);
}
