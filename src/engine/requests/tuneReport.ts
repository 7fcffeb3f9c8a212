import { join } from "node:path";
import { biggestMoves, closestGap, isCollapsed, meanCosine, rescore } from "../../core/tune/changes.ts";
import type { Rescored } from "../../core/tune/changes.ts";
import type { HeadJob } from "../../core/tune/job.ts";
import { nextSteps } from "../../core/tune/nextSteps.ts";
import type { Recall } from "../../core/tune/retrieval.ts";
import { isBetterRecall, meanRecall, recallAtOne } from "../../core/tune/retrieval.ts";
import type { Rows } from "../../core/tune/rows.ts";
import { rowsAt } from "../../core/tune/rows.ts";
import type { Gemm } from "../../core/neighbours/gemm.ts";
import type {
  BeforeAfter,
  GroupChange,
  MovedPair,
  RecallShares,
  TunePart,
  TuneReport,
  TuneReportRequest,
} from "../../protocol/tuneReport.ts";
import { readEncoder } from "../encode/encoderFolder.ts";
import type { Encoder } from "../encode/encoderFolder.ts";
import type { Env } from "../env.ts";
import { openGemm } from "../run/openGemm.ts";
import { locateDataset } from "../store/dotWinnow.ts";
import { sha256 } from "../store/files.ts";
import { openVectors } from "../store/vectors.ts";
import type { FoundRun } from "../tune/runFolder.ts";
import { findHeadRun, readMetrics, readRunState, runFiles, tunedFolder } from "../tune/runFolder.ts";
import { readSafetensors } from "../tune/safetensors.ts";
import { planOf } from "../tune/trainHead.ts";
import { TuneError } from "../tune/tuneError.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { openAnalysed } from "./analysedDataset.ts";
import { readAgainstRandom } from "./againstRandom.ts";
import { encodeCanary } from "./canary.ts";
import { createQueryEncoder } from "./queryEncoder.ts";
import type { BothSides, LearnedHeads, ListedPairs } from "./rescore.ts";
import { cosineOf, isKnown, listPairs, measureSigma, readSides, scorePairs, tuneSides } from "./rescore.ts";
import { checkTunedGraphs } from "./tunedParity.ts";
import { readJobEncoder } from "./tuneOptions.ts";
import { gatherTuneSet } from "./tuneSet.ts";

/** How a report is watched and stopped. */
export interface ReportWatch {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: { done: number; total: number }) => void;
}

/** Progress is told in hundredths: the canary's pictures take most of the time. */
const total = 100;
const doneBeforeCanary = 20;
const movesShown = 20;
/** A canary that falls below this share of what it was tells that the encoder forgets. */
const canaryShare = 0.5;
/** Below this many times chance, the encoder didn't know the canary before. */
const timesChance = 3;

/**
 * Tells what a run changed over the rows of the current analysis: by the head's arithmetic over vectors that the cache has, which the exported graphs are held against on some
 * pictures and texts. Throws a TuneError where the run isn't done, or vectors are missing.
 */
export async function reportTuneRun(env: Env, { root, run: id, provider }: TuneReportRequest, watch: ReportWatch): Promise<TuneReport> {
  const run = await findHeadRun((await locateDataset(env, root)).folder, id ?? undefined);
  if (run.state !== "done") throw new TuneError(`The run ${run.id} is ${run.state}, not done: resume it first`);
  const dataset = await openAnalysed(env, root);
  const gemm = await openGemm(env, provider);
  try {
    return await report({ env, run, dataset, gemm, provider }, watch);
  } finally {
    await gemm.release();
    dataset.close();
  }
}

interface Reporting {
  readonly env: Env;
  readonly run: FoundRun<HeadJob>;
  readonly dataset: AnalysedDataset;
  readonly gemm: Gemm;
  readonly provider: TuneReportRequest["provider"];
}

async function report(reporting: Reporting, watch: ReportWatch): Promise<TuneReport> {
  const { env, run, dataset, gemm } = reporting;
  const told = (done: number): void => watch.onProgress({ done, total });
  const encoder = await readJobEncoder(env, run.job);
  const { id, dim } = encoder.descriptor;
  const stores = { images: await openVectors(env, id, "image", dim), texts: await openVectors(env, id, "text", dim) };
  const heads = await readHeads(run);
  const listed = await listPairs(dataset);
  const before = await readSides(dataset, listed, stores);
  const after = await tuneSides(gemm, heads, before, watch.signal);
  const scores = rescore(scorePairs(before, listed), scorePairs(after, listed));
  if (scores.before.every(Number.isNaN))
    throw new TuneError(`The vectors of ${run.job.encoder.name} are no longer in the cache: analyse the dataset with it again`);
  told(5);
  const gathered = await gatherTuneSet(dataset, { ...stores, seed: run.job.seed, heldOut: run.job.heldOut });
  const isDataChanged = (await readRunState(run.folder))?.vectors !== sha256([id, ...gathered.contents].join("\n"));
  const partOf = partsOf(listed, isDataChanged ? undefined : gathered);
  const history = await readHistory(env, run);
  const parity = await checkParity(reporting, { listed, tuned: after }, watch.signal);
  told(doneBeforeCanary);
  const canary = await watchCanary(
    reporting,
    { encoder, heads },
    { ...watch, onProgress: ({ done, total: of }) => told(doneBeforeCanary + Math.round(((total - doneBeforeCanary) * done) / of)) },
  );
  const { ups, downs } = biggestMoves(scores, movesShown);
  const moved = (pair: number): MovedPair => movedPair(pair, { listed, scores, partOf });
  const crowding = measureCrowding(before, after, run.job.seed);
  const confusable = await compareGroups({ dataset, gemm }, { listed, before, after }, scores);
  const heldOut = {
    images: isDataChanged ? null : countOf(gathered.set.heldOut),
    captions: isDataChanged ? null : gathered.set.textsOf.reduce((sum, texts, item) => sum + gathered.set.heldOut[item]! * texts.length, 0),
    recall: { before: known(history.before), after: known(history.best) },
  };
  told(total);
  return {
    ...{ run: run.id, folder: run.folder, lossName: run.job.loss, head: run.job.head, encoder: run.job.encoder.name },
    ...{ tuned: tunedFolder(run.folder, run.job), epochs: history.epochs, bestEpoch: history.bestEpoch },
    ...{ isDataChanged, heldOut, parity, canary, crowding, confusable },
    againstRandom: await readAgainstRandom(run.folder),
    pairs: scores.before.filter((score) => !Number.isNaN(score)).length,
    ups: ups.map(moved),
    downs: downs.map(moved),
    next: nextSteps({
      recallBefore: meanRecall(history.before),
      recallAfter: meanRecall(history.best),
      heldOutImages: heldOut.images ?? undefined,
      ...{ epochs: history.epochs, bestEpoch: history.bestEpoch, agrees: parity.agrees, hasCollapsed: crowding.hasCollapsed },
      hasForgotten: canary?.hasFallen ?? false,
      downs: downs.length,
      stillConfused: confusable.stillConfused.length,
    }),
  };
}

async function readHeads({ folder, job }: FoundRun<HeadJob>): Promise<LearnedHeads> {
  const { tensors } = await readSafetensors(join(folder, runFiles.head));
  const weights = Object.entries(tensors).map(
    ([name, { shape, values }]) => [name, { rows: shape[0]!, columns: shape[1]!, values: Float32Array.from(values) }] as const,
  );
  return { plan: planOf(job).plan, weights: Object.fromEntries(weights) };
}

interface History {
  readonly before: Recall;
  readonly best: Recall;
  readonly bestEpoch: number;
  readonly epochs: number;
}

/** Recall before and at the best epoch, chosen as the trainer chose it. */
async function readHistory(env: Env, { folder }: FoundRun<HeadJob>): Promise<History> {
  let history: History = { before: unknown, best: unknown, bestEpoch: 0, epochs: 0 };
  for (const metric of await readMetrics(env, folder)) {
    if (metric.kind === "step") continue;
    const recall = { imageToText: metric.imageToText ?? NaN, textToImage: metric.textToImage ?? NaN };
    if (metric.kind === "before") history = { ...history, before: recall, best: recall };
    else {
      const epochs = metric.epoch + 1;
      const best = isBetterRecall(recall, history.best) ? { best: recall, bestEpoch: epochs } : {};
      history = { ...history, ...best, epochs };
    }
  }
  return history;
}

const unknown: Recall = { imageToText: NaN, textToImage: NaN };

function known({ imageToText, textToImage }: Recall): RecallShares {
  const orNull = (share: number): number | null => (Number.isNaN(share) ? null : share);
  return { imageToText: orNull(imageToText), textToImage: orNull(textToImage) };
}

function countOf(flags: Uint8Array): number {
  return flags.reduce((sum, flag) => sum + flag, 0);
}

/** In which part of the run each pair was. */
function partsOf(
  { samples, firstPair }: ListedPairs,
  gathered: Awaited<ReturnType<typeof gatherTuneSet>> | undefined,
): (pair: number) => TunePart {
  if (gathered === undefined) return () => "neither";
  const { rows, captionsOf, set } = gathered;
  const parts = new Map<number, TunePart>();
  rows.forEach((row, item) => {
    const own = new Set(captionsOf[item]);
    samples[row]!.captions.forEach(({ text }, at) => {
      if (own.has(text)) parts.set(firstPair[row]! + at, set.heldOut[item] === 1 ? "heldOut" : "train");
    });
  });
  return (pair) => parts.get(pair) ?? "neither";
}

function movedPair(
  pair: number,
  { listed, scores, partOf }: { listed: ListedPairs; scores: Rescored; partOf: (pair: number) => TunePart },
): MovedPair {
  const row = listed.pairs.image[pair]!;
  const captionIndex = listed.pairs.captionIndex[pair]!;
  const { id, captions } = listed.samples[row]!;
  return {
    ...{ sample: id, captionIndex, caption: captions[captionIndex]!.text, part: partOf(pair) },
    cosine: { before: scores.before[pair]!, after: scores.after[pair]! },
    percentile: { before: scores.percentileBefore[pair]!, after: scores.percentileAfter[pair]! },
  };
}

async function checkParity(
  { env, run, provider }: Reporting,
  vectors: { listed: ListedPairs; tuned: BothSides },
  signal: AbortSignal,
): Promise<TuneReport["parity"]> {
  const queries = createQueryEncoder(env, await readEncoder(env, tunedFolder(run.folder, run.job)));
  try {
    return await checkTunedGraphs(queries, vectors, { provider, seed: run.job.seed, signal });
  } finally {
    await queries.close();
  }
}

async function watchCanary(
  { env, gemm, provider }: Reporting,
  { encoder, heads }: { encoder: Encoder; heads: LearnedHeads },
  { signal, onProgress }: ReportWatch,
): Promise<TuneReport["canary"]> {
  const queries = createQueryEncoder(env, encoder);
  try {
    const before = await encodeCanary(queries, encoder.descriptor.dim, {
      provider,
      signal,
      onProgress: (done, of) => onProgress({ done, total: of }),
    });
    if (before === undefined) return null;
    const after = await tuneSides(gemm, heads, before, signal);
    const classes = Int32Array.from({ length: before.images.rows }, (_, row) => row);
    const recallOf = (sides: BothSides) => recallAtOne({ ...sides, imageClasses: classes, textClasses: classes, gemm, signal });
    const [one, other] = [await recallOf(before), await recallOf(after)];
    if (meanRecall(one) < timesChance / classes.length) return null;
    return {
      pairs: classes.length,
      recall: { before: known(one), after: known(other) },
      hasFallen: meanRecall(other) < canaryShare * meanRecall(one),
    };
  } finally {
    await queries.close();
  }
}

function measureCrowding(before: BothSides, after: BothSides, seed: number): TuneReport["crowding"] {
  const of = (side: "images" | "texts"): BeforeAfter<number> => {
    const mean = (rows: Rows): number => meanCosine(knownRows(rows), seed);
    return { before: mean(before[side]), after: mean(after[side]) };
  };
  const [images, texts] = [of("images"), of("texts")];
  return { images, texts, hasCollapsed: [images, texts].some((side) => isCollapsed(side.before, side.after)) };
}

function knownRows(rows: Rows): Rows {
  return rowsAt(
    rows,
    Array.from({ length: rows.rows }, (_, row) => row).filter((row) => isKnown(rows, row)),
  );
}

/** What became of the confusable groups; without the spread of foreign cosines there is no measure for them, and none is listed. */
async function compareGroups(
  { dataset, gemm }: Pick<Reporting, "dataset" | "gemm">,
  { listed, before, after }: { listed: ListedPairs; before: BothSides; after: BothSides },
  scores: Rescored,
): Promise<TuneReport["confusable"]> {
  const { marginSigma: margin } = dataset.state.recipe.confusable;
  const { seed } = dataset.state.recipe;
  const sigmaBefore = await measureSigma(gemm, before, { listed, scores: scores.before, seed });
  const sigmaAfter = await measureSigma(gemm, after, { listed, scores: scores.after, seed });
  if (sigmaBefore === undefined || sigmaAfter === undefined) return { margin, separated: [], stillConfused: [], others: 0 };
  const groups = (await dataset.groups()).filter(({ kind }) => kind === "confusable");
  const changes = groups.map((group): GroupChange => {
    const pairs = group.members.map(({ row, captionIndex = 0 }) => listed.firstPair[row]! + captionIndex);
    const gapOf = (sides: BothSides): number =>
      closestGap(pairs.map((one) => pairs.map((other) => cosineOf(sides, listed.pairs.image[one]!, listed.pairs.text[other]!))));
    const gap = { before: gapOf(before) / sigmaBefore, after: gapOf(after) / sigmaAfter };
    return {
      ...{ id: group.id, name: group.name, gap },
      members: group.members.map(({ row }) => listed.samples[row]!.id),
      isConfused: { before: gap.before >= -margin, after: gap.after >= -margin },
    };
  });
  const separated = changes.filter(({ isConfused }) => isConfused.before && !isConfused.after);
  const stillConfused = changes.filter(({ isConfused }) => isConfused.before && isConfused.after);
  return {
    margin,
    separated: separated.sort((a, b) => a.gap.after - b.gap.after),
    stillConfused: stillConfused.sort((a, b) => b.gap.after - a.gap.after),
    others: changes.length - separated.length - stillConfused.length,
  };
}
