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
import { locateDataset } from "../store/dotWinnow.ts";
import { writeAgainstRandom } from "../tune/comparisonFiles.ts";
import { findHeadRun } from "../tune/runFolder.ts";
import type { TrainTools } from "../tune/trainHead.ts";
import { trainHead } from "../tune/trainHead.ts";
import { TuneError } from "../tune/tuneError.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { openAnalysed } from "./analysedDataset.ts";
import { readJobEncoder, withTuneOptions } from "./tuneOptions.ts";
import { gatherWholeSet, type WholeSet } from "./tuneSet.ts";

/** How a comparison is watched and stopped; `done` and `total` count steps of all trainings. */
export interface CompareWatch {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: { done: number; total: number }) => void;
}

/** The pairs that a comparison trains on: how many are kept, of how many. */
export interface Contest extends WholeSet {
  readonly pairs: number;
  readonly ofPairs: number;
}

/** One training of a comparison: seed by seed, on the kept pairs and on the random ones. */
export interface Arm {
  readonly job: HeadJob;
  readonly isCurated: boolean;
}

/** Does a whole comparison in this process, and writes the answer into the run's folder. Throws as `gatherContest` does, and a TuneError for less than one seed. */
export async function compareTuneRun(env: Env, { root, run: id, seeds }: CompareTuneRequest, watch: CompareWatch): Promise<AgainstRandom> {
  const { job, folder } = await findComparable(env, { root, run: id, seeds });
  const dataset = await openAnalysed(env, root);
  const gemm = await openGemm(env, job.provider);
  try {
    const contest = await gatherContest(env, { dataset, job }, watch.signal);
    const shares: number[] = [];
    const arms = armsOf(job, seeds);
    for (const [at, arm] of arms.entries()) {
      const onProgress: TrainTools["onProgress"] = (done, total) =>
        watch.onProgress({ done: at * total + done, total: arms.length * total });
      const check = (): void => watch.signal.throwIfAborted();
      shares.push(await fightArm(arm, contest, { gemm, now: env.now, check, onProgress }));
    }
    const answer = answerOf(shares, contest);
    await writeAgainstRandom(folder, answer);
    return answer;
  } finally {
    await gemm.release();
    dataset.close();
  }
}

/** The run that a comparison is about. Throws a TuneError where it is none of the head trainer, or for less than one seed. */
export async function findComparable(env: Env, { root, run: id, seeds }: CompareTuneRequest) {
  if (!Number.isInteger(seeds) || seeds < 1) throw new TuneError(`Expected a whole number of seeds but received ${seeds}`);
  return await findHeadRun((await locateDataset(env, root)).folder, id ?? undefined);
}

/** Gathers what a comparison trains on; what is held out is the same for all trainings. Throws a TuneError where nothing was dropped, or nothing is held out. */
export async function gatherContest(
  env: Env,
  { dataset, job }: { readonly dataset: AnalysedDataset; readonly job: HeadJob },
  signal: AbortSignal,
): Promise<Contest> {
  const encoder = await readJobEncoder(env, job);
  const whole = await withTuneOptions(env, { job, encoder }, signal, (options) => gatherWholeSet(dataset, options));
  const [pairs, ofPairs] = [countPairs(whole.set, whole.kept), countPairs(whole.set, whole.own)];
  if (pairs >= ofPairs) throw new TuneError("Nothing is dropped, so that there is nothing to compare: curate first, with winnow prune");
  if (!whole.set.heldOut.includes(1)) throw new TuneError("Nothing is held out to compare by: hold some out with --held-out");
  return { ...whole, pairs, ofPairs };
}

/** The trainings of a comparison: each seed deals the batches of both alike, and draws the random pairs. */
export function armsOf(job: HeadJob, seeds: number): readonly Arm[] {
  return Array.from({ length: seeds }, (_, at) => ({ ...job, seed: job.seed + at })).flatMap((own) => [
    { job: own, isCurated: true },
    { job: own, isCurated: false },
  ]);
}

/** The recall that a training of a comparison comes to. */
export async function fightArm(
  { job, isCurated }: Arm,
  { set, kept, own, pairs }: Contest,
  tools: Omit<TrainTools, "report" | "keep">,
): Promise<number> {
  return await trainArm(job, { set, flags: isCurated ? kept : drawPairs(set, own, { count: pairs, seed: job.seed }) }, tools);
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

/** What the trainings of a comparison, in their order, come to. */
export function answerOf(shares: readonly number[], { pairs, ofPairs }: Pick<Contest, "pairs" | "ofPairs">): AgainstRandom {
  const [curated, random] = [0, 1].map((arm) => shares.filter((_, at) => at % 2 === arm)) as [number[], number[]];
  const { mean, low, high } = pairedInterval(curated.map((share, at) => share - random[at]!));
  const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value);
  return { pairs, ofPairs, curated, random, difference: { mean, low: orNull(low), high: orNull(high) } };
}
