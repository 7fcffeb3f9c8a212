import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { losses } from "../../src/core/losses/losses.ts";
import { createGemm } from "../../src/engine/encode/gemm.ts";
import { createCounters } from "../../src/engine/env.ts";
import type { Env } from "../../src/engine/env.ts";
import { trainHead } from "../../src/engine/tune/trainHead.ts";
import type { TuneSet } from "../../src/core/tune/tuneSet.ts";
import { madeJob } from "../unit/engine/tune/made.ts";
import { describeMachine, peakMb, report, runPeer } from "./peers.ts";
import { clusteredVectors } from "./vectors.ts";

// node test/bench/head.bench.ts [--quick] [loss …]: an epoch of a linear head on both sides, loss by loss, on the CPU, beside PyTorch on the same cores where the peer has the loss. Ours
// counts what an epoch costs from dealing the batches to the end of its steps; vectors lie in memory in both.
const quick = process.argv.includes("--quick");
const dim = quick ? 64 : 512;
const rows = quick ? 1000 : 100_000;
const batch = quick ? 128 : 1024;
const threads = availableParallelism();
/** What the peer does, too: what PyTorch says in a few lines. The others keep a state, sort softly or ask for prototypes. */
const withPeer = new Set([
  ...["infoNce", "sigLip", "dcl", "supCon", "sdm", "cwcl", "labelSmoothing", "sampleWeighted", "lossWeighted", "cacr", "alignUniform"],
  ...["rankClip", "negClip", "count", "hinge", "distillation"],
]);
/** n³, or n² log² n in plain loops: fewer rows and smaller batches, and no comparison with the others. */
const slow = new Set(["infoLoob", "groCo"]);
/** Named on the command line, or all. */
const asked = process.argv.slice(2).filter((word) => !word.startsWith("--"));

const env: Env = { cacheFolder: "", dataFolder: "", now: () => Date.now(), log: () => undefined, counters: createCounters() };
const folder = await mkdtemp(join(tmpdir(), "winnow-bench-"));
const gemm = await createGemm(env, "cpu");
const files = { images: join(folder, "images.f32"), texts: join(folder, "texts.f32") };
const images = clusteredVectors({ rows, dim, clusters: 1000, spread: 1, seed: 3 });
const texts = clusteredVectors({ rows, dim, clusters: 1000, spread: 1, seed: 4 });
try {
  await writeFile(files.images, images);
  await writeFile(files.texts, texts);
  const ids = losses.map(({ id }) => id).filter((id) => asked.length === 0 || asked.includes(id));
  // PyTorch takes longer to start than for all of the quick round; the whole round alternates, for a machine's pace changes.
  const quickPeers = quick ? await timePeers(ids.filter((id) => withPeer.has(id))) : undefined;
  for (const id of ids) await benchLoss(id, quickPeers);
} finally {
  await gemm.release();
  await rm(folder, { recursive: true });
}

/** Milliseconds of PyTorch's epoch by loss; undefined where it is missing. */
async function timePeers(ids: readonly string[]): Promise<Readonly<Record<string, number>> | undefined> {
  return runPeer("torch_head.py", [files.images, files.texts, dim, batch, threads, ...ids]);
}

async function benchLoss(loss: string, quickPeers: Readonly<Record<string, number>> | undefined): Promise<void> {
  const size = slow.has(loss) ? { rows: Math.min(rows, 2048), batch: 128 } : { rows, batch };
  const started = performance.now();
  let ended = started;
  await trainHead(madeJob({ loss, epochs: 1, batch: size.batch, rate: 1e-3, temperature: 0.07, warmup: 0 }), setOf(size.rows), {
    gemm,
    now: Date.now,
    check: () => undefined,
    report: () => Promise.resolve(),
    keep: () => Promise.resolve(),
    onProgress: () => (ended = performance.now()),
  });
  const ours = ended - started;
  const peers = withPeer.has(loss) ? (quickPeers ?? (await timePeers([loss]))) : undefined;
  const peer = peers?.[loss];
  const ratio = peer === undefined ? undefined : peer / ours;
  report({
    name: `head, an epoch, ${loss}`,
    unit: "ms",
    ours,
    peer,
    ratio,
    goal: 1,
    ...size,
    dim,
    peakMb: peakMb(),
    machine: describeMachine(),
  });
}

/** Two captions of others stand for text negatives; nothing is held out, so that nothing is evaluated. */
function setOf(count: number): TuneSet {
  const part = (values: Float32Array) => ({ rows: count, columns: dim, values: values.subarray(0, count * dim) });
  const own = Array.from({ length: count }, (_, item) => Int32Array.of(item));
  return {
    images: part(images),
    texts: part(texts),
    textsOf: own,
    classOf: Int32Array.from({ length: count }, (_, item) => item),
    together: [],
    heldOut: new Uint8Array(count),
    extras: part(texts),
    extrasOf: Array.from({ length: count }, (_, text) => Int32Array.of((text + 1) % count)),
  };
}
