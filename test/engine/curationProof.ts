import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { createRandom, drawDistinct } from "../../src/core/random.ts";
import type { PairFlags } from "../../src/core/tune/arms.ts";
import { countPairs, drawPairs, takePairs } from "../../src/core/tune/arms.ts";
import { meanRecall } from "../../src/core/tune/retrieval.ts";
import type { TuneSet } from "../../src/core/tune/tuneSet.ts";
import type { DeviceGemm } from "../../src/engine/encode/gemm.ts";
import { createEnv } from "../../src/engine/environment.ts";
import { openAnalysed } from "../../src/engine/requests/analysedDataset.ts";
import { findEncoderOf } from "../../src/engine/requests/encoderOfAnalysis.ts";
import type { WholeSet } from "../../src/engine/requests/tuneSet.ts";
import { gatherWholeSet } from "../../src/engine/requests/tuneSet.ts";
import { openVectors } from "../../src/engine/store/vectors.ts";
import { trainHead } from "../../src/engine/tune/trainHead.ts";
import { madeJob, turnedAbout } from "../unit/engine/tune/made.ts";
import type { Bench } from "./winnow.ts";

interface Pair {
  readonly image: string;
  readonly caption: string;
}

/** What is trained on: the pairs that the recipe keeps, as many drawn from all, or all. */
export const arms = ["curated", "random", "all"] as const;

/** R@1 on what is held out, the mean of both directions as a share, after the last epoch; and how many pairs each arm was trained on. */
export interface Proof {
  readonly recall: Readonly<Record<(typeof arms)[number], number>>;
  readonly pairs: Readonly<Record<(typeof arms)[number], number>>;
}

/** One more case: the share of the images whose captions are swapped, and the seed of the swaps, of the draw and of the training. */
export interface ProofCase {
  readonly share: number;
  readonly seed: number;
  readonly epochs: number;
}

/** The one rule of the recipe, which knows nothing of how much is swapped. */
const rule = ["--policy", "keepTop", "--signal", "clipScore", "--keep", "70%"];
/** The orthogonal matrix is the same in all cases. */
const turnSeed = 7;

/**
 * Whether curation helps training, as DEFINITIONS.md sets it up: a linear head on both sides of an encoder whose image vectors were multiplied by a fixed random orthogonal matrix,
 * trained on photos some of which have the captions of others, curated with the intact encoder, and evaluated on held-out photos with their own captions.
 */
export interface CurationProof {
  /** Swaps, analyses, curates and trains all arms. */
  readonly measure: (gemm: DeviceGemm, asked: ProofCase) => Promise<Proof>;
}

/** Analyses the clean dataset, holds a fifth of the photos out, and makes the recipe. */
export async function openProof(bench: Bench, assets: string): Promise<CurationProof> {
  const root = join(bench.folder, "photos");
  await mkdir(root);
  await cp(join(assets, "flickr8k-dev/images"), join(root, "images"), { recursive: true, preserveTimestamps: true });
  const text = await readFile(join(assets, "flickr8k-dev/captions.txt"), "utf8");
  await writeFile(join(root, "captions.txt"), text);
  await bench.json(["run", root, "--encoder", join(assets, "mini-dual-encoder"), "--provider", "cpu", "--allow-problems"]);
  await bench.json(["split", root, "--validation", "20%", "--seed", "1"]);
  await bench.json(["prune", root, ...rule, "--apply"]);
  const pairs: Pair[] = parse(text, { columns: true });
  const { stdout } = await bench.winnow(["rows", root, "--where", "split = train"]);
  const rows = stdout.split("\n").filter((line) => line !== "");
  const train = [...new Set(rows.map((line) => (JSON.parse(line) as { sample: string }).sample.replace("images/", "")))].sort();
  return {
    measure: async (gemm, { share, seed, epochs }) => {
      await writeFile(join(root, "captions.txt"), swapCaptions(pairs, train, { share, seed }));
      await bench.json(["run", root, "--provider", "cpu", "--allow-problems"]);
      const { set, kept, own } = await gather(bench, root);
      const turned = { ...set, images: turnedAbout(set.images, turnSeed) };
      const count = countPairs(set, kept);
      const flags: Record<(typeof arms)[number], PairFlags> = { curated: kept, random: drawPairs(set, own, { count, seed }), all: own };
      const recall = { curated: NaN, random: NaN, all: NaN };
      for (const arm of arms) recall[arm] = await trainToTheEnd(gemm, takePairs(turned, flags[arm]), { seed, epochs });
      return { recall, pairs: { curated: count, random: count, all: countPairs(set, own) } };
    },
  };
}

/** The captions' file where a share of some photos have the captions of another of them, all five; none of these keeps its own. */
function swapCaptions(pairs: readonly Pair[], among: readonly string[], { share, seed }: { share: number; seed: number }): string {
  const chosen = drawDistinct(createRandom(seed), Math.round(among.length * share), among.length).map((at) => among[at]!);
  const next = new Map(chosen.map((name, at) => [name, chosen[(at + 1) % chosen.length]!]));
  const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  const lines = pairs.map(({ image, caption }) => `${next.get(image) ?? image},${quote(caption)}\n`);
  return `image,caption\n${lines.join("")}`;
}

async function gather({ folder }: Bench, root: string): Promise<WholeSet> {
  const env = createEnv({ cacheFolder: join(folder, "cache") });
  const dataset = await openAnalysed(env, root);
  try {
    const { id, dim } = (await findEncoderOf(env, root)).encoder.descriptor;
    const [images, texts] = [await openVectors(env, id, "image", dim), await openVectors(env, id, "text", dim)];
    return await gatherWholeSet(dataset, { images, texts, seed: 1, heldOut: "0" });
  } finally {
    dataset.close();
  }
}

/** Recall after the last epoch, which nobody chose by looking at what is held out. */
async function trainToTheEnd(gemm: DeviceGemm, set: TuneSet, { seed, epochs }: { seed: number; epochs: number }): Promise<number> {
  let last = NaN;
  const job = madeJob({ seed, epochs, batch: 128, rate: 3e-3, temperature: 0.07, learnsTemperature: false });
  await trainHead(job, set, {
    gemm,
    now: () => 0,
    check: () => undefined,
    report: (metric) => {
      if (metric.kind === "epoch") last = meanRecall({ imageToText: metric.imageToText ?? NaN, textToImage: metric.textToImage ?? NaN });
      return Promise.resolve();
    },
    keep: () => Promise.resolve(),
    onProgress: () => undefined,
  });
  return last;
}
