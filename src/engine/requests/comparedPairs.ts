import { countPairs, drawPairs, flaggedPlaces, takePairs } from "../../core/tune/arms.ts";
import type { Arm, ComparableJob } from "../../core/tune/comparisonJob.ts";
import { isHeadJob } from "../../core/tune/runJob.ts";
import type { Env } from "../env.ts";
import { openVectors } from "../store/vectors.ts";
import { TuneError } from "../tune/tuneError.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { readJobEncoder, readOrigin, withTuneOptions } from "./tuneOptions.ts";
import { digestOfSet, gatherWholeSet, type GatheredSet, type WholeSet } from "./tuneSet.ts";

/** What a comparison trains on: how many pairs are kept, of how many, and what stands for them all. */
export interface ComparedPairs extends WholeSet {
  readonly pairs: number;
  readonly ofPairs: number;
  readonly digest: string;
}

/** Gathers what a comparison trains on; what is held out is the same for all trainings. Throws a TuneError where nothing was dropped, or nothing is held out. */
export async function gatherCompared(env: Env, dataset: AnalysedDataset, job: ComparableJob, signal: AbortSignal): Promise<ComparedPairs> {
  const whole = await gatherWhole(env, dataset, job, signal);
  const [pairs, ofPairs] = [countPairs(whole.set, whole.kept), countPairs(whole.set, whole.own)];
  if (pairs >= ofPairs) throw new TuneError("Nothing is dropped, so that there is nothing to compare: curate first, with winnow prune");
  if (!whole.set.heldOut.includes(1)) throw new TuneError("Nothing is held out to compare by: hold some out with --held-out");
  const { encoder } = isHeadJob(job) ? job : job.origin;
  return { ...whole, pairs, ofPairs, digest: digestOfSet(encoder.id, whole) };
}

async function gatherWhole(env: Env, dataset: AnalysedDataset, job: ComparableJob, signal: AbortSignal): Promise<WholeSet> {
  if (isHeadJob(job)) {
    const encoder = await readJobEncoder(env, job);
    return await withTuneOptions(env, { job, encoder }, signal, (options) => gatherWholeSet(dataset, options));
  }
  const { seed, heldOut } = job.origin;
  const { id, dim } = (await readOrigin(env, job.origin)).descriptor;
  const [images, texts] = [await openVectors(env, id, "image", dim), await openVectors(env, id, "text", dim)];
  return await gatherWholeSet(dataset, { images, texts, seed, heldOut });
}

/** The pairs of one training, with the sample and the captions of each item. */
export function pairsOfArm(
  { set, rows, captionsOf, kept, own, pairs }: ComparedPairs,
  { seed, isCurated }: Arm,
): Pick<GatheredSet, "set" | "rows" | "captionsOf"> {
  const flags = isCurated ? kept : drawPairs(set, own, { count: pairs, seed });
  const places = flaggedPlaces(set, flags);
  const items = [...places.keys()].filter((item) => places[item]!.length > 0);
  return {
    set: takePairs(set, flags),
    rows: items.map((item) => rows[item]!),
    captionsOf: items.map((item) => places[item]!.map((place) => captionsOf[item]![place]!)),
  };
}
