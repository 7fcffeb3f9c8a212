import { pairedInterval } from "../../src/core/tune/pairedInterval.ts";
import { createGemm } from "../../src/engine/encode/gemm.ts";
import { createEnv } from "../../src/engine/environment.ts";
import { assetsFolder } from "../assets.ts";
import type { arms, Proof } from "../engine/curationProof.ts";
import { openProof } from "../engine/curationProof.ts";
import { createBench } from "../engine/winnow.ts";
import { describeMachine, report } from "./peers.ts";

// node test/bench/curationHelps.bench.ts [--quick]: does curation help training? The same linear heads from a turned start, trained on what one rule keeps (keepTop, 70 %) of 800
// photos of which 0, 20 or 40 % have the captions of others, on as many pairs at random, and on all: R@1 on 200 photos held out with their own captions, over 5 seeds.
const quick = process.argv.includes("--quick");
const shares = quick ? [0.4] : [0, 0.2, 0.4];
const seeds = quick ? [1] : [1, 2, 3, 4, 5];
const epochs = quick ? 2 : 20;

const assets = assetsFolder();
if (assets === undefined) console.error("Left out curationHelps: ../shared/assets is missing");
else await measure(assets);

async function measure(folder: string): Promise<void> {
  const bench = await createBench();
  const gemm = await createGemm(createEnv({ cacheFolder: bench.folder }), "cpu");
  try {
    const proof = await openProof(bench, folder);
    for (const share of shares) {
      const proofs: Proof[] = [];
      for (const seed of seeds) proofs.push(await proof.measure(gemm, { share, seed, epochs }));
      tell(share, proofs);
    }
  } finally {
    await gemm.release();
    await bench.dispose();
  }
}

function tell(share: number, proofs: readonly Proof[]): void {
  const points = (value: number): number => Number((100 * value).toFixed(2));
  const meanOf = (arm: (typeof arms)[number]): number => points(proofs.reduce((sum, { recall }) => sum + recall[arm], 0) / proofs.length);
  const against = (arm: "random" | "all") => {
    const { mean, low, high } = pairedInterval(proofs.map(({ recall }) => recall.curated - recall[arm]));
    return [points(mean), points(low), points(high)];
  };
  report({
    name: `curation helps, ${100 * share} % swapped`,
    unit: "points of R@1",
    ours: meanOf("curated"),
    peer: meanOf("random"),
    all: meanOf("all"),
    // Mean, low and high of the paired 95 % interval.
    againstRandom: against("random"),
    againstAll: against("all"),
    pairs: proofs[0]!.pairs.curated,
    ofPairs: proofs[0]!.pairs.all,
    seeds: proofs.length,
    epochs,
    machine: describeMachine(),
  });
}
