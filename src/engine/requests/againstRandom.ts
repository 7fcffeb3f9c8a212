import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { PairFlags } from "../../core/tune/arms.ts";
import { countPairs, drawPairs, takePairs } from "../../core/tune/arms.ts";
import type { HeadJob } from "../../core/tune/job.ts";
import { pairedInterval } from "../../core/tune/pairedInterval.ts";
import { meanRecall } from "../../core/tune/retrieval.ts";
import type { TuneSet } from "../../core/tune/tuneSet.ts";
import type { AgainstRandom } from "../../protocol/againstRandom.ts";
import type { CompareTuneRequest } from "../../protocol/tuneReport.ts";
import type { Env } from "../env.ts";
import { openGemm } from "../run/openGemm.ts";
import { writeAtomically } from "../store/files.ts";
import { locateDataset } from "../store/dotWinnow.ts";
import type { FoundRun } from "../tune/runFolder.ts";
import { findHeadRun, runFiles } from "../tune/runFolder.ts";
import type { TrainTools } from "../tune/trainHead.ts";
import { trainHead } from "../tune/trainHead.ts";
import { TuneError } from "../tune/tuneError.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { openAnalysed } from "./analysedDataset.ts";
import { readJobEncoder, withTuneOptions } from "./tuneOptions.ts";
import { gatherWholeSet } from "./tuneSet.ts";

/** How a comparison is watched and stopped; `done` and `total` count steps of all trainings. */
export interface CompareWatch {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: { done: number; total: number }) => void;
}

/** `compareWithRandom` for one question. Throws as it does, and a TuneError for less than one seed. */
export async function compareTuneRun(env: Env, { root, run: id, seeds }: CompareTuneRequest, watch: CompareWatch): Promise<AgainstRandom> {
  if (!Number.isInteger(seeds) || seeds < 1) throw new TuneError(`Expected a whole number of seeds but received ${seeds}`);
  const run = await findHeadRun((await locateDataset(env, root)).folder, id ?? undefined);
  const dataset = await openAnalysed(env, root);
  try {
    return await compareWithRandom(env, dataset, { run, seeds }, watch);
  } finally {
    dataset.close();
  }
}

/**
 * Asks whether it was the curation: trains a run's job on the kept pairs and on as many drawn from all pairs, for so many seeds, each of which deals the batches of both alike and
 * draws the random ones. What is held out is the same. Writes the answer into the run's folder. Throws a TuneError where nothing was dropped, or nothing is held out.
 */
async function compareWithRandom(
  env: Env,
  dataset: AnalysedDataset,
  { run, seeds }: { readonly run: FoundRun<HeadJob>; readonly seeds: number },
  watch: CompareWatch,
): Promise<AgainstRandom> {
  const { job: asked } = run;
  const encoder = await readJobEncoder(env, asked);
  const whole = await withTuneOptions(env, { job: asked, encoder }, watch.signal, (options) => gatherWholeSet(dataset, options));
  const [pairs, ofPairs] = [countPairs(whole.set, whole.kept), countPairs(whole.set, whole.own)];
  if (pairs >= ofPairs) throw new TuneError("Nothing is dropped, so that there is nothing to compare: curate first, with winnow prune");
  if (!whole.set.heldOut.includes(1)) throw new TuneError("Nothing is held out to compare by: hold some out with --held-out");
  const gemm = await openGemm(env, asked.provider);
  try {
    const arms = Array.from({ length: seeds }, (_, at) => ({ ...asked, seed: asked.seed + at })).flatMap((job) => [
      { job, flags: whole.kept },
      { job, flags: drawPairs(whole.set, whole.own, { count: pairs, seed: job.seed }) },
    ]);
    const shares: number[] = [];
    for (const [at, { job, flags }] of arms.entries()) {
      const onProgress: TrainTools["onProgress"] = (done, total) =>
        watch.onProgress({ done: at * total + done, total: arms.length * total });
      const check = (): void => watch.signal.throwIfAborted();
      shares.push(await trainArm(job, { set: whole.set, flags }, { gemm, now: env.now, check, onProgress }));
    }
    const answer = answerOf(shares, { pairs, ofPairs });
    await writeAtomically(join(run.folder, runFiles.againstRandom), `${JSON.stringify(answer)}\n`);
    return answer;
  } finally {
    await gemm.release();
  }
}

const answerShape = z.object({
  pairs: z.number(),
  ofPairs: z.number(),
  curated: z.array(z.number()),
  random: z.array(z.number()),
  difference: z.object({ mean: z.number(), low: z.number().nullable(), high: z.number().nullable() }),
});

/** What was last answered about a run; null where nobody asked, or it can't be read. */
export async function readAgainstRandom(folder: string): Promise<AgainstRandom | null> {
  const text = await readFile(join(folder, runFiles.againstRandom), "utf8").catch(() => undefined);
  if (text === undefined) return null;
  try {
    return answerShape.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** The recall that training on some of the pairs comes to. */
export async function trainArm(
  job: HeadJob,
  { set, flags }: { readonly set: TuneSet; readonly flags: PairFlags },
  tools: Omit<TrainTools, "report" | "keep">,
): Promise<number> {
  const nothing = (): Promise<void> => Promise.resolve();
  const { best } = await trainHead(job, takePairs(set, flags), { ...tools, report: nothing, keep: nothing });
  return meanRecall(best.recall);
}

function answerOf(shares: readonly number[], sizes: Pick<AgainstRandom, "pairs" | "ofPairs">): AgainstRandom {
  const [curated, random] = [0, 1].map((arm) => shares.filter((_, at) => at % 2 === arm)) as [number[], number[]];
  const { mean, low, high } = pairedInterval(curated.map((share, at) => share - random[at]!));
  const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value);
  return { ...sizes, curated, random, difference: { mean, low: orNull(low), high: orNull(high) } };
}
