import type { Gemm } from "../../core/neighbours/gemm.ts";
import type { Locator, Sample } from "../../core/sample.ts";
import { trustWeights } from "../../core/tune/assemble.ts";
import type { Clusters } from "../../core/tune/prototypes.ts";
import { findClusters } from "../../core/tune/prototypes.ts";
import { makeTextNegatives } from "../../core/tune/textNegatives.ts";
import type { JobData, JobOrigin } from "../../core/tune/tuneJob.ts";
import type { TuneSet } from "../../core/tune/tuneSet.ts";
import type { Env } from "../env.ts";
import { openVectors } from "../store/vectors.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { findEncoderOf } from "./encoderOfAnalysis.ts";
import { digestOfSet, gatherTuneSet, type GatheredSet } from "./tuneSet.ts";

/** A picture with its captions, as a Python trainer gets them; `src/trainers/full/pairs.py` tells what each is. `sizeBytes` are the picture's; of a row of a table, the mean of its rows. */
export interface TunePair {
  readonly locator: Locator;
  readonly sizeBytes: number;
  readonly captions: readonly string[];
  readonly class: number;
  readonly groups: readonly number[];
  readonly weight: number;
  readonly negatives: readonly (readonly string[])[];
  readonly heldOut: boolean;
  readonly clusters?: PairClusters;
}

/** For losses that compare with prototypes: the cluster of the image, those that it is near to, and that of each caption. */
interface PairClusters {
  readonly cluster: number;
  readonly labels: readonly number[];
  readonly captionClusters: readonly number[];
}

/** Pairs, and what gives the same with the clusters of their frozen vectors, as the head trainer finds them. */
export interface ClusterablePairs {
  readonly pairs: readonly TunePair[];
  readonly cluster: (gemm: Gemm, signal: AbortSignal) => Promise<readonly TunePair[]>;
}

/** The pairs that a Python trainer gets. */
export interface TunePairs extends ClusterablePairs {
  readonly withoutVectors: number;
  readonly origin: JobOrigin;
}

/** The same pairs as the head trainer trains on. */
export async function gatherTunePairs(
  env: Env,
  dataset: AnalysedDataset,
  { seed, heldOut }: { readonly seed: number; readonly heldOut: string },
): Promise<TunePairs> {
  const { id, dim, folder, name } = (await findEncoderOf(env, dataset.root)).encoder.descriptor;
  const [images, texts] = [await openVectors(env, id, "image", dim), await openVectors(env, id, "text", dim)];
  const gathered = await gatherTuneSet(dataset, { images, texts, seed, heldOut });
  const origin = { encoder: { id, folder, name }, heldOut, seed, digest: digestOfSet(id, gathered) };
  return { ...(await pairsOfSet(dataset, gathered, seed)), withoutVectors: gathered.withoutVectors, origin };
}

/** The pairs of a set as a Python trainer gets them; the frozen encoder's trust in each is its weight. */
export async function pairsOfSet(
  dataset: AnalysedDataset,
  { set, rows, captionsOf }: Pick<GatheredSet, "set" | "rows" | "captionsOf">,
  seed: number,
): Promise<ClusterablePairs> {
  const samples = await dataset.samples();
  const groups = groupsOf(set.together, rows.length);
  const weights = trustWeights(set);
  const sizes = sizesOf(samples);
  const pairs = captionsOf.map((captions, item): TunePair => ({
    locator: samples[rows[item]!]!.locator,
    sizeBytes: sizes[rows[item]!]!,
    captions,
    class: set.classOf[item]!,
    groups: groups[item]!,
    weight: weights[item]!,
    negatives: captions.map((text) => makeTextNegatives(text, seed + item)),
    heldOut: set.heldOut[item] === 1,
  }));
  const cluster: ClusterablePairs["cluster"] = async (gemm, signal) => {
    const found = await findClusters(set, { gemm, seed, signal });
    return pairs.map((pair, item) => (pair.heldOut ? pair : { ...pair, clusters: clustersOf(found, set, item) }));
  };
  return { pairs, cluster };
}

/** What is trained on, counted, and how many images and pairs are held out; `shown` are the images of an epoch. */
export function countPairs(pairs: readonly Pick<TunePair, "captions" | "heldOut">[]): {
  readonly data: JobData;
  readonly heldOut: { readonly images: number; readonly pairs: number };
} {
  const trained = pairs.filter(({ heldOut }) => !heldOut);
  const captionsIn = (some: typeof pairs): number => some.reduce((sum, { captions }) => sum + captions.length, 0);
  const data = {
    images: trained.length,
    pairs: captionsIn(trained),
    captions: new Set(trained.flatMap(({ captions }) => captions)).size,
    shown: trained.length,
  };
  return { data, heldOut: { images: pairs.length - trained.length, pairs: captionsIn(pairs) - data.pairs } };
}

/** The path by which any program opens a picture; undefined for one in an archive or a table, or whose name is not valid UTF-8. */
export function pathOf(locator: Locator): string | undefined {
  return locator.kind === "file" && locator.nameBytes === undefined ? locator.path : undefined;
}

/** The bytes of each sample's picture. A table doesn't tell those of a row without being read: all of its rows get their part. */
function sizesOf(samples: readonly Sample[]): readonly number[] {
  const rowsOf = new Map<string, number>();
  for (const { locator } of samples) if (locator.kind === "row") rowsOf.set(locator.table, (rowsOf.get(locator.table) ?? 0) + 1);
  return samples.map(({ locator, sizeBytes }) => {
    if (locator.kind === "member") return locator.size;
    return locator.kind === "row" ? sizeBytes / rowsOf.get(locator.table)! : sizeBytes;
  });
}

function clustersOf({ ofImage, ofText, labels }: Clusters, { textsOf }: TuneSet, item: number): PairClusters {
  return { cluster: ofImage[item]!, labels: [...labels[item]!], captionClusters: Array.from(textsOf[item]!, (text) => ofText[text]!) };
}

function groupsOf(together: readonly (readonly number[])[], items: number): readonly (readonly number[])[] {
  const groups: number[][] = Array.from({ length: items }, () => []);
  together.forEach((members, group) => members.forEach((item) => groups[item]!.push(group)));
  return groups;
}
