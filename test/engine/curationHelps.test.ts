import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DeviceGemm } from "../../src/engine/encode/gemm.ts";
import { createGemm } from "../../src/engine/encode/gemm.ts";
import { createEnv } from "../../src/engine/environment.ts";
import { assetsFolder } from "../assets.ts";
import type { CurationProof } from "./curationProof.ts";
import { openProof } from "./curationProof.ts";
import type { Bench } from "./winnow.ts";
import { createBench } from "./winnow.ts";

const assets = assetsFolder();

// One seed and fewer epochs than in test/bench/curationHelps.bench.ts, which has the intervals.
describe.skipIf(assets === undefined)("curation of photos of which 40 % have the captions of others (needs ../shared/assets)", () => {
  let bench: Bench;
  let gemm: DeviceGemm;
  let proof: CurationProof;

  beforeAll(async () => {
    bench = await createBench();
    gemm = await createGemm(createEnv({ cacheFolder: bench.folder }), "cpu");
    proof = await openProof(bench, assets!);
  }, 300_000);
  afterAll(async () => {
    await gemm.release();
    await bench.dispose();
  });

  it("trains a better encoder than as many random pairs do, and than all pairs", async () => {
    const { recall, pairs } = await proof.measure(gemm, { share: 0.4, seed: 1, epochs: 10 });
    console.log(`R@1: ${JSON.stringify(recall)} on ${JSON.stringify(pairs)} pairs`);
    expect(pairs).toEqual({ curated: 2800, random: 2800, all: 4000 });
    expect(recall.curated - recall.random).toBeGreaterThan(0.04);
    expect(recall.curated).toBeGreaterThan(recall.all);
  }, 300_000);
});
