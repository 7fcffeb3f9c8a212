import { countPairs, drawPairs, takePairs } from "../../core/tune/arms.ts";
import type { Arm } from "../../core/tune/comparisonJob.ts";
import type { HeadJob } from "../../core/tune/job.ts";
import type { TuneSet } from "../../core/tune/tuneSet.ts";
import type { Env } from "../env.ts";
import { TuneError } from "../tune/tuneError.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { readJobEncoder, withTuneOptions } from "./tuneOptions.ts";
import { digestOfSet, gatherWholeSet, type WholeSet } from "./tuneSet.ts";

/** What a comparison trains on: how many pairs are kept, of how many, and what stands for them all. */
export interface ComparedPairs extends WholeSet {
  readonly pairs: number;
  readonly ofPairs: number;
  readonly digest: string;
}

/** Gathers what a comparison trains on; what is held out is the same for all trainings. Throws a TuneError where nothing was dropped, or nothing is held out. */
export async function gatherCompared(env: Env, dataset: AnalysedDataset, job: HeadJob, signal: AbortSignal): Promise<ComparedPairs> {
  const encoder = await readJobEncoder(env, job);
  const whole = await withTuneOptions(env, { job, encoder }, signal, (options) => gatherWholeSet(dataset, options));
  const [pairs, ofPairs] = [countPairs(whole.set, whole.kept), countPairs(whole.set, whole.own)];
  if (pairs >= ofPairs) throw new TuneError("Nothing is dropped, so that there is nothing to compare: curate first, with winnow prune");
  if (!whole.set.heldOut.includes(1)) throw new TuneError("Nothing is held out to compare by: hold some out with --held-out");
  return { ...whole, pairs, ofPairs, digest: digestOfSet(job.encoder.id, whole) };
}

/** The pairs of one training. */
export function pairsOfArm({ set, kept, own, pairs }: ComparedPairs, { seed, isCurated }: Arm): TuneSet {
  return takePairs(set, isCurated ? kept : drawPairs(set, own, { count: pairs, seed }));
}
