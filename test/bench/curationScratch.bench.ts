import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { pairedInterval } from "../../src/core/tune/pairedInterval.ts";
import { meanRecall } from "../../src/core/tune/retrieval.ts";
import { arms } from "../engine/curationProof.ts";
import type { ScratchArm, ScratchCase, ScratchResult, ScratchSize } from "../engine/scratchProof.ts";
import { prepareScratch, trainScratch } from "../engine/scratchProof.ts";
import type { Bench } from "../engine/winnow.ts";
import { createBench } from "../engine/winnow.ts";
import { findPython } from "../python.ts";
import { describeMachine, report } from "./peers.ts";

// node test/bench/curationScratch.bench.ts [--quick] [--seeds=n] [--share=0.4] [--folder=…]: does curation help a training from random weights? 10,000 drawn pictures of which 20 or 40 % have the
// captions of others, with copies, wrong words and empty phrases beside them, and 1,000 held out with their own captions; `winnow tune full` on what the recipe keeps (6,900 and
// what it leaves for review: 30 epochs), on as many at random (30), and on all (21), which are as many steps, over 5 seeds. With a folder, what is done is kept there, and a later call goes on from it.
const { values: said } = parseArgs({
  options: {
    quick: { type: "boolean" },
    save: { type: "boolean" },
    seeds: { type: "string" },
    share: { type: "string" },
    folder: { type: "string" },
  },
});
const size: ScratchSize = said.quick
  ? { trained: 200, kept: 140, heldOut: 40, batch: 20, epochs: 7, keptEpochs: 10 }
  : { trained: 10_000, kept: 6900, heldOut: 1000, batch: 125, epochs: 21, keptEpochs: 30 };
const seeds = Array.from({ length: Number(said.seeds ?? (said.quick ? 1 : 5)) }, (_, at) => at + 1);
const shares = said.share !== undefined ? [Number(said.share)] : said.quick ? [0.4] : [0.2, 0.4];

type Results = Readonly<Record<ScratchArm, ScratchResult>>;

if (findPython() === undefined) console.error("Left out curationScratch: its Python is missing at .venv/bin/python");
else await measure();

async function measure(): Promise<void> {
  if (said.folder !== undefined) await mkdir(said.folder, { recursive: true });
  const bench = await createBench(said.folder);
  try {
    const found = shares.map((): Results[] => []);
    for (const seed of seeds) for (const [at, share] of shares.entries()) found[at]!.push(await measureCase(bench, { share, seed }));
    for (const [at, share] of shares.entries()) tell(share, found[at]!);
  } finally {
    if (said.folder === undefined) await bench.dispose();
  }
}

/** Trains all arms of a dataset. Its runs' folders stand in a file once they are made, so that a later call trains what is left. */
async function measureCase(bench: Bench, asked: ScratchCase): Promise<Results> {
  const file = join(bench.folder, `seed${asked.seed}-swapped${100 * asked.share}.json`);
  const made = await readFile(file, "utf8").catch(() => undefined);
  const folders = made === undefined ? await prepareScratch(bench, asked, size) : (JSON.parse(made) as Record<ScratchArm, string>);
  await writeFile(file, JSON.stringify(folders));
  const results = await trainScratch(folders);
  console.error(`${new Date().toISOString()} seed ${asked.seed}, ${100 * asked.share} % swapped: ${JSON.stringify(results)}`);
  return results;
}

function tell(share: number, found: readonly Results[]): void {
  const points = (value: number): number => Number((100 * value).toFixed(2));
  const meanOf = (values: readonly number[]): number => points(values.reduce((sum, value) => sum + value, 0) / values.length);
  const against = (arm: ScratchArm) => {
    const { mean, low, high } = pairedInterval(found.map((results) => meanRecall(results.curated) - meanRecall(results[arm])));
    return [points(mean), points(low), points(high)];
  };
  const ofArm = (arm: ScratchArm) => ({
    imageToText: meanOf(found.map((results) => results[arm].imageToText)),
    textToImage: meanOf(found.map((results) => results[arm].textToImage)),
    bySeed: found.map((results) => points(meanRecall(results[arm]))),
    pairs: found[0]![arm].pairs,
    steps: found[0]![arm].steps,
  });
  report({
    name: `curation helps from scratch, ${100 * share} % swapped`,
    unit: "points of R@1",
    ours: meanOf(found.map(({ curated }) => meanRecall(curated))),
    peer: meanOf(found.map(({ random }) => meanRecall(random))),
    all: meanOf(found.map(({ all }) => meanRecall(all))),
    // Mean, low and high of the paired 95 % interval, of the mean of both directions.
    againstRandom: against("random"),
    againstAll: against("all"),
    arms: Object.fromEntries(arms.map((arm) => [arm, ofArm(arm)])),
    heldOut: size.heldOut,
    seeds: found.length,
    machine: describeMachine(),
  });
}
