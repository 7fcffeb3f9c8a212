import { setTimeout as delay } from "node:timers/promises";
import type { EngineToHost } from "../protocol/computeApi.ts";
import type { Peer } from "../protocol/rpc.ts";
import { connectToParent } from "./childConnection.ts";
import { createEnv } from "./environment.ts";

// The engine as a child process: `childMain.js store`, `compute` or `captioner` (which the former start), forked with `serialization: "advanced"`. Who forks it sets
// UV_THREADPOOL_SIZE to at least the number of cores plus two, for decoding pictures and reading files share libuv's threads, which are four
// where nothing is said and can't be changed once the process runs. WINNOW_CACHE and WINNOW_DATA name the folders, where not the usual ones.
// It ends with its parent, and may be killed at any time: whatever it does goes on from the cache.

/** How long a last word may take to reach the parent. */
const lastWordMs = 500;

const env = createEnv({ log: (tag, text) => void log(tag, text) });
const parent = serve(process.argv[2]);

process.on("uncaughtException", (error) => void die(error));
// Exiting gives the locks back, which would else have to grow stale.
process.on("disconnect", () => process.exit(0));

async function log(tag: string, text: string): Promise<void> {
  await parent.then((peer) => peer.call("log", { tag, text })).catch(() => undefined);
}

/** Loads nothing that the role doesn't need: the matrix engine and the models belong to one of them alone. */
async function serve(role: string | undefined): Promise<Peer<EngineToHost>> {
  switch (role) {
    case "compute": {
      const { createComputeHandlers } = await import("./computeRole.ts");
      return connectToParent(createComputeHandlers(env));
    }
    case "store": {
      const { createStoreHandlers } = await import("./storeRole.ts");
      return connectToParent(createStoreHandlers(env, { call: async (...asked) => (await parent).call(...asked) }));
    }
    case "captioner": {
      const { createCaptionerHandlers } = await import("./captionerRole.ts");
      return connectToParent(createCaptionerHandlers());
    }
    default:
      throw new Error(`Expected compute, store or captioner but received ${role ?? "nothing"}`);
  }
}

async function die(error: unknown): Promise<void> {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`${text}\n`);
  await Promise.race([log("engine.crash", text), delay(lastWordMs)]);
  process.exit(1);
}
