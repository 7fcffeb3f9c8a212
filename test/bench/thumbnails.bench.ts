import { readFile, rm, stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { join } from "node:path";
import sharp from "sharp";
import type { EncoderId } from "../../src/core/encoder.ts";
import type { Sample } from "../../src/core/sample.ts";
import type { Env } from "../../src/engine/env.ts";
import type { AnalysedDataset } from "../../src/engine/requests/analysedDataset.ts";
import { openAnalysed } from "../../src/engine/requests/analysedDataset.ts";
import { readThumbnails } from "../../src/engine/requests/readThumbnails.ts";
import { saveAnalysis } from "../../src/engine/store/analysis.ts";
import { sha256 } from "../../src/engine/store/files.ts";
import { createGeneration, switchGeneration } from "../../src/engine/store/generations.ts";
import type { Timing } from "./compare.ts";
import { compare, envIn, inFolder, time } from "./compare.ts";
import { writePictures } from "./pictures.ts";

// node test/bench/thumbnails.bench.ts [--quick]: a screenful of 60 small pictures of 160 pixels from camera-sized JPEGs, made for the first time (with all
// that the request does: looking the samples up, checking their files, keeping what was made), read again from the cache, and read from it by a process
// that has not opened it yet; each against a plain loop of sharp over the same files on as many lanes, which keeps nothing. `screenBytes` is what crosses
// the wire, `blockMs` the longest time for which the event loop stood still.
const quick = process.argv.includes("--quick");
const { count, rounds } = quick ? { count: 12, rounds: 1 } : { count: 60, rounds: 5 };
const side = 160;
const signal = new AbortController().signal;

await inFolder(async (folder) => {
  const root = join(folder, "data");
  const samples = await stamped(await writePictures(root, "2 megapixels", count));
  await analyse(folder, root, samples);
  const names = samples.map(({ id }) => id as string);
  await sharpLoop(samples); // so that the first round does not read the files from the disk
  for (const kind of ["cold", "warm", "warm in a new process"] as const) {
    let [screenBytes, blockMs] = [0, 0];
    let env = envIn(folder);
    await compare({
      name: `thumbnails: a screenful of ${count} at ${side} pixels, ${kind}, plain sharp`,
      unit: "images/s",
      count,
      rounds,
      ours: async () => {
        if (kind === "cold") await rm(join(env.cacheFolder, "thumbnails"), { recursive: true, force: true });
        if (kind !== "warm") env = envIn(folder);
        const dataset = await openAnalysed(env, root);
        if (kind === "warm") await ask(env, dataset, names);
        const delays = monitorEventLoopDelay({ resolution: 1 });
        delays.enable();
        const timing = await time(async () => {
          screenBytes = (await ask(env, dataset, names)).bytes.length;
        });
        delays.disable();
        blockMs = Math.max(blockMs, delays.max / 1e6);
        dataset.close();
        return timing;
      },
      peer: () => sharpLoop(samples),
      more: () => ({ screenBytes, blockMs: Math.round(blockMs), threads: availableParallelism() }),
    });
  }
});

async function ask(env: Env, dataset: AnalysedDataset, samples: readonly string[]): ReturnType<typeof readThumbnails> {
  const batch = await readThumbnails(env, dataset, { samples, side }, { signal });
  const failures = Object.values(batch.failed);
  if (failures.length > 0) throw new Error(failures.join("\n"));
  return batch;
}

async function sharpLoop(samples: readonly Sample[]): Promise<Timing> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < samples.length) {
      const { locator } = samples[next]!;
      next += 1;
      if (locator.kind !== "file") continue;
      await sharp(locator.path).autoOrient().resize({ width: side, height: side, fit: "inside" }).webp({ quality: 75 }).toBuffer();
    }
  };
  return await time(() => Promise.all(Array.from({ length: availableParallelism() }, lane)));
}

async function stamped(samples: readonly Sample[]): Promise<Sample[]> {
  return await Promise.all(
    samples.map(async (sample) => {
      const { size, mtimeMs, ino } = await stat(sample.captions[0]!.origin.file);
      return { ...sample, sizeBytes: size, mtimeMs, inode: ino };
    }),
  );
}

async function analyse(folder: string, root: string, samples: readonly Sample[]): Promise<void> {
  const env = envIn(folder);
  const hashes = await Promise.all(samples.map(async ({ captions }) => sha256(await readFile(captions[0]!.origin.file))));
  const generation = await createGeneration(env, root);
  const sizes = ["width", "height"].map((name) => ({ name, type: "integer" as const, values: samples.map(() => 1) }));
  await saveAnalysis(generation, {
    summary: {
      root,
      format: "sidecar",
      formatReason: "made",
      samples: samples.length,
      captions: samples.length,
      encoder: { id: "none@0/0/8/fp32" as EncoderId, name: "none", folder, provider: "cpu", builtin: false },
      groups: {},
      marginCosine: null,
      digest: "made",
      finishedAt: "2026-11-24T12:00:00.000Z",
    },
    samples,
    sampleColumns: [{ name: "contentHash", type: "text", values: hashes }, ...sizes],
    pairColumns: [{ name: "clipScore", type: "float", values: samples.map(() => 0.3) }],
    groups: [],
    problems: [],
  });
  await switchGeneration(env, root, generation);
}
