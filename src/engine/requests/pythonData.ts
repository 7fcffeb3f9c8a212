import { join } from "node:path";
import { formatBytes } from "../../core/bytes.ts";
import { losses } from "../../core/losses/losses.ts";
import { fullTrainer, type FullSettings } from "../../core/tune/jobs/fullJob.ts";
import type { OpenClipData, OpenClipDataKind, OpenClipSettings, openClipTrainer } from "../../core/tune/jobs/openClipJob.ts";
import { chooseDataKind, countReaders } from "../../core/tune/jobs/openClipJob.ts";
import type { GivenSettings } from "../../core/tune/jobs/settings.ts";
import { readFullSettings, readOpenClipSettings } from "../../core/tune/jobs/settings.ts";
import { countShards, nameShards } from "../../core/tune/jobs/shardPlan.ts";
import type { Env } from "../env.ts";
import { openGemm } from "../run/openGemm.ts";
import { writeCanary } from "./canary.ts";
import type { ClusterablePairs, TunePairs } from "./tunePairs.ts";
import { countPairs, pathOf } from "./tunePairs.ts";
import { writeShards } from "./writeShards.ts";
import type { WriteWatch } from "./writeTuneData.ts";
import { placePictures, writeList, writePairs } from "./writeTuneData.ts";

/** The part of a run's request that its data depend on. */
export interface DataRequest {
  readonly trainer: typeof fullTrainer | typeof openClipTrainer;
  readonly processes: number;
  readonly settings: GivenSettings;
  readonly lossOptions: Readonly<Record<string, number>>;
}

/** What a run is to train on. */
export interface PlannedData extends TunePairs {
  readonly request: DataRequest;
  readonly written: WrittenPictures;
}

/** The pictures that are written out for the trainer before it begins: all of them into shards, or those that it can't open where they lie. Bytes are about right. */
export interface WrittenPictures {
  readonly pictures: number;
  readonly bytes: number;
  readonly isShards: boolean;
}

/** Writes what a planned run trains on into its folder. */
export async function writeData(env: Env, plan: PlannedData, folder: string, watch: WriteWatch): Promise<void> {
  const { request, pairs } = plan;
  if (request.trainer === fullTrainer) {
    const { loss, guard } = readFullSettings("", request.settings, request.lossOptions);
    await writeFullData(env, plan, { folder, loss, guard }, watch);
    return;
  }
  const settings = readOpenClipSettings("", request.settings);
  const { kind, train, validation } = dataOf(settings, plan, folder);
  const [trained, held] = [pairs.filter(({ heldOut }) => !heldOut), pairs.filter(({ heldOut }) => heldOut)];
  if (kind === "webdataset") {
    const parts = partsOf(settings, plan).map((part) => ({ ...part, pairs: part.name === "train" ? trained : held }));
    await writeShards(env, join(folder, shardFolder), { parts, seed: settings.seed }, watch);
    return;
  }
  const placed = await placePictures(env, folder, pairs, watch);
  await writeList(
    train,
    placed.filter(({ heldOut }) => !heldOut),
  );
  if (validation !== undefined)
    await writeList(
      validation,
      placed.filter(({ heldOut }) => heldOut),
    );
}

/**
 * Writes what the trainer `full` reads into a run's folder: the pairs, with their clusters where the loss compares with prototypes, pictures that it can't open where they lie, and the canary
 * where a fall of that may end the run.
 */
export async function writeFullData(
  env: Env,
  pairs: ClusterablePairs,
  { folder, loss, guard }: { readonly folder: string } & Pick<FullSettings, "loss" | "guard">,
  watch: WriteWatch,
): Promise<void> {
  const asked = losses.find(({ id }) => id === loss)?.blocks.includes("imagePrototypes") === true;
  const clustered = asked ? await clusteredPairs(env, pairs, watch) : pairs.pairs;
  await writePairs(folder, await placePictures(env, folder, clustered, watch));
  if (guard > 0) await writeCanary(folder);
}

/** Below the run's folder, where stock runs. */
const shardFolder = "shards";

/** The parts that go into shards, with how many processes read each: those of all that train, and those of the one that evaluates. */
function partsOf(settings: OpenClipSettings, { request, pairs }: Pick<PlannedData, "request" | "pairs">) {
  const { data, heldOut } = countPairs(pairs);
  const train = { name: "train", readers: countReaders(settings, request.processes), count: data.pairs };
  const validation = { name: "validation", readers: Math.min(countReaders(settings, 1), heldOut.pairs), count: heldOut.pairs };
  return heldOut.pairs === 0 ? [train] : [train, validation];
}

/** What stock open_clip reads of a planned run, by its place in the folder; the same before it is written and after. */
export function dataOf(settings: OpenClipSettings, plan: Pick<PlannedData, "request" | "pairs">, folder: string): OpenClipData {
  const { data, heldOut } = countPairs(plan.pairs);
  const kind = kindOf(settings, plan.pairs);
  const counts = { ...data, shown: data.pairs, heldOutPairs: heldOut.pairs, kind };
  const [train, validation] = partsOf(settings, plan).map(({ name, readers, count }) =>
    kind === "csv" ? join(folder, `${name}.csv`) : nameShards(shardFolder, name, countShards({ pairs: count, readers })),
  );
  return { ...counts, train: train!, validation };
}

function kindOf(settings: OpenClipSettings, pairs: TunePairs["pairs"]): OpenClipDataKind {
  const hasLoosePictures = pairs.every(({ locator }) => pathOf(locator) !== undefined);
  return chooseDataKind(settings, { pairs: countPairs(pairs).data.pairs, hasLoosePictures });
}

/** Counts what `writeData` would write. */
export function countWritten({ trainer, settings }: DataRequest, pairs: TunePairs["pairs"]): WrittenPictures {
  const isShards = trainer !== fullTrainer && kindOf(readOpenClipSettings("", settings), pairs) === "webdataset";
  // In shards, a picture is beside each of its captions.
  const written = isShards
    ? pairs.map(({ sizeBytes, captions }) => ({ bytes: sizeBytes * captions.length, pictures: captions.length }))
    : pairs.filter(({ locator }) => pathOf(locator) === undefined).map(({ sizeBytes }) => ({ bytes: sizeBytes, pictures: 1 }));
  const sumOf = (name: "bytes" | "pictures"): number => written.reduce((sum, one) => sum + one[name], 0);
  return { pictures: sumOf("pictures"), bytes: sumOf("bytes"), isShards };
}

/** What a person should know of a run beside its findings: what takes no part, and what is written out. */
export function describeData({ withoutVectors, written }: PlannedData): readonly string[] {
  const { pictures, bytes, isShards } = written;
  const why = isShards ? "into WebDataset shards, one beside each caption" : "for they lie in archives or tables";
  return [
    ...(withoutVectors > 0 ? [`Samples without vectors, which take no part: ${withoutVectors}`] : []),
    ...(pictures > 0
      ? [`Pictures that are written into the run's folder, ${why}: ${pictures}, about ${formatBytes(Math.round(bytes))}`]
      : []),
  ];
}

async function clusteredPairs(env: Env, { cluster }: ClusterablePairs, { signal }: WriteWatch): Promise<TunePairs["pairs"]> {
  const gemm = await openGemm(env, "auto");
  try {
    return await cluster(gemm, signal);
  } finally {
    await gemm.release();
  }
}
