import { readdirSync, renameSync } from "node:fs";
import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Progress } from "../../src/core/stages.ts";
import { listCache } from "../../src/engine/cache/inventory.ts";
import { pruneCache } from "../../src/engine/cache/prune.ts";
import type { Env } from "../../src/engine/env.ts";
import { runPipeline } from "../../src/engine/pipeline.ts";
import { search } from "../../src/engine/requests/search.ts";
import { openHold } from "../../src/engine/store/holds.ts";
import { datasetCacheFolder } from "../../src/engine/store/statIndex.ts";
import { vectorsFolder } from "../../src/engine/store/vectors.ts";
import type { EncoderId } from "../../src/core/encoder.ts";
import type { RunReport, RunRequest } from "../../src/protocol/engineApi.ts";
import { onnxBytes } from "../onnx.ts";
import { textGraph, writeEncoder } from "../encoderFixture.ts";
import { writeNoises } from "../pictures.ts";
import { createWorkplace } from "../unit/engine/store/workplace.ts";

const count = 12;

interface Place {
  readonly env: Env;
  readonly root: string;
  readonly outside: string;
  readonly encoder: string;
}

async function createPlace(): Promise<Place> {
  const place = await createWorkplace();
  await writeNoises(place.root, count);
  return { ...place, encoder: await writeEncoder(place.outside) };
}

function run(
  env: Env,
  request: Partial<RunRequest> & { root: string },
  onProgress: (progress: Progress) => void = () => undefined,
): Promise<RunReport> {
  return runPipeline(env, { provider: "cpu", discover: {}, ...request }, { signal: new AbortController().signal, onProgress });
}

const evictAll = (env: Env) => pruneCache(env, { limitBytes: 0 }, { signal: new AbortController().signal, onProgress: () => undefined });

describe("vectors in the cache", () => {
  it("serve a second dataset with the same pictures: no batch is run", async () => {
    const { env, root, outside, encoder } = await createPlace();
    await run(env, { root, encoder, through: "encode" });
    const other = join(outside, "other");
    await cp(root, join(other, "deeper"), { recursive: true, filter: (path) => !path.includes(".winnow") });
    env.counters.batchesRun = 0;
    const { stages } = await run(env, { root: other, encoder, through: "encode" });
    expect(stages.encode).toMatchObject({ done: 0, cached: 2 * count });
    expect(env.counters.batchesRun).toBe(0);
  });

  it("that were evicted are made again", async () => {
    const { env, root, encoder } = await createPlace();
    await run(env, { root, encoder, through: "encode" });
    await evictAll(env);
    expect((await run(env, { root, encoder, through: "encode" })).stages.encode).toMatchObject({ done: 2 * count, cached: 0 });
  });

  it("that are evicted by another process in the middle of a run are made again by that run", async () => {
    const { env, root, outside, encoder } = await createPlace();
    const { encoder: used } = await run(env, { root, encoder, through: "encode" });
    const folder = join(vectorsFolder(env, used!.id as EncoderId), "image");
    let isEvicted = false;
    const report = await run(env, { root, encoder, through: "encode" }, ({ stage, cached }) => {
      if (stage !== "encode" || cached === 0 || isEvicted) return;
      isEvicted = true;
      for (const name of readdirSync(folder)) if (name.startsWith("shard-")) renameSync(join(folder, name), join(outside, name));
    });
    expect(isEvicted).toBe(true);
    expect(report.stages.encode).toMatchObject({ done: count, cached: count });
    expect(report.problems).toEqual([]);
  });

  it("of an old revision stay under its id, serve when it comes back, and the change is told in a sentence", async () => {
    const { env, root, encoder } = await createPlace();
    const old = await run(env, { root, encoder });
    const graph = join(encoder, "onnx", "text_model.onnx");
    const before = await readFile(graph);
    const { idWeights } = textGraph.weights as { idWeights: { dims: readonly number[]; values: Float32Array } };
    await writeFile(
      graph,
      onnxBytes({ ...textGraph, weights: { idWeights: { ...idWeights, values: idWeights.values.map((value) => -value) } } }),
    );
    const changed = await run(env, { root });
    expect(changed.encoder!.id).not.toBe(old.encoder!.id);
    expect(changed.notices.join()).toContain(`The recipe was made with another revision of tiny (${old.encoder!.id})`);
    expect(changed.stages.encode).toMatchObject({ done: 2 * count });
    const names = new Set((await listCache(env)).map(({ name }) => name));
    expect([old, changed].every((report) => names.has(report.encoder!.id))).toBe(true);
    await writeFile(graph, before);
    const back = await run(env, { root, encoder, through: "encode" });
    expect(back.encoder!.id).toBe(old.encoder!.id);
    expect(back.stages.encode).toMatchObject({ done: 0, cached: 2 * count });
  });

  it("of a recipe's encoder that is nowhere here are told in a sentence", async () => {
    const { env, root, encoder } = await createPlace();
    const { encoder: used } = await run(env, { root, encoder });
    await rm(encoder, { recursive: true });
    const elsewhere = await run(env, { root, through: "encode" });
    expect(elsewhere.notices[0]).toBe(
      `The recipe was made with the encoder ${used!.id}, which is not here: name its folder with --encoder`,
    );
  });
});

describe("a search after an eviction", () => {
  it("says that vectors are gone, where it would else find less without a word", async () => {
    const { env, root, encoder } = await createPlace();
    await run(env, { root, encoder });
    const hold = openHold(env);
    await hold.keep([datasetCacheFolder(env, root)]);
    await evictAll(env);
    await hold.release();
    const request = { root, query: { kind: "sample", sample: "1.png" }, limit: 3, provider: "cpu" } as const;
    const searching = search(env, request, { signal: new AbortController().signal, onProgress: () => undefined });
    await expect(searching).rejects.toThrow(`The vectors of ${count} pictures were evicted from the cache since the analysis`);
  });
});

describe("a cache with a limit", () => {
  it("loses the longest unused after a run, never what the run has just made, and the report says so", async () => {
    const { env, root, outside, encoder } = await createPlace();
    const other = join(outside, "other");
    await writeNoises(other, 3);
    const otherEncoder = await writeEncoder(outside, { "tokenizer_config.json": '{"model_max_length":12}' }, "small");
    await run(env, { root: other, encoder: otherEncoder, through: "encode" });
    const { sizeBytes } = (await listCache(env)).find(({ kind }) => kind === "vectors")!;
    const limited = { ...env, cacheLimitBytes: sizeBytes };
    const { notices, encoder: used } = await run(limited, { root, encoder, through: "encode" });
    expect(notices[0]).toMatch(/^The cache was above its limit of .*: .* that were not used the longest are evicted \(vectors of small@/);
    expect(notices[1]).toContain("stays above its limit");
    const left = (await listCache(env)).filter(({ kind }) => kind === "vectors");
    expect(new Set(left.map(({ name }) => name))).toEqual(new Set([used!.id]));
  });
});
