import { biggestMoves, closestGap, isCollapsed, meanCosine, rescore } from "../../core/tune/changes.ts";
import type { Rescored } from "../../core/tune/changes.ts";
import { nextSteps } from "../../core/tune/nextSteps.ts";
import { recallOfCanary } from "../../core/tune/canary.ts";
import type { Fall } from "../../core/tune/endings.ts";
import { hasFallen, isAboveChance } from "../../core/tune/guard.ts";
import { jobDefaults } from "../../core/tune/job.ts";
import { fullTrainer } from "../../core/tune/jobs/fullJob.ts";
import type { Recall } from "../../core/tune/retrieval.ts";
import { isBetterRecall, meanRecall, recallAtOne } from "../../core/tune/retrieval.ts";
import type { Rows } from "../../core/tune/rows.ts";
import { rowsAt } from "../../core/tune/rows.ts";
import { isHeadJob, titleOfJob } from "../../core/tune/runJob.ts";
import { itemsOf } from "../../core/tune/tuneSet.ts";
import type {
  BeforeAfter,
  GroupChange,
  MovedPair,
  RecallShares,
  TunePart,
  TuneReport,
  TuneReportRequest,
} from "../../protocol/tuneReport.ts";
import { isImported } from "../encode/importedEncoder.ts";
import type { Env } from "../env.ts";
import { openGemm } from "../run/openGemm.ts";
import { locateDataset } from "../store/dotWinnow.ts";
import { openVectors } from "../store/vectors.ts";
import { readAgainstRandom } from "../tune/comparisonFiles.ts";
import type { FoundRun } from "../tune/runFolder.ts";
import { findTraining, readMetrics } from "../tune/runFolder.ts";
import { TuneError } from "../tune/tuneError.ts";
import { openAnalysed } from "./analysedDataset.ts";
import { encodeCanary } from "./canary.ts";
import { createQueryEncoder } from "./queryEncoder.ts";
import type { BothSides, ListedPairs } from "./rescore.ts";
import { cosineOf, isKnown, listPairs, measureSigma, readSides, scorePairs } from "./rescore.ts";
import { digestOfSet, gatherTuneSet, type GatheredSet } from "./tuneSet.ts";
import { openTuneSubject, type SubjectParts, type SubjectWatch, type TuneSubject } from "./tuneSubject.ts";

/** How a report is watched and stopped. */
export interface ReportWatch {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: { done: number; total: number }) => void;
}

/** Progress is told in hundredths: of the vectors after the run, then of the canary's pictures. */
const total = 100;
const doneBeforeCanary = 60;
const movesShown = 20;
/** A canary that falls below this share of what it was tells that the encoder forgets, whatever the run's own guard. */
const canaryShare = jobDefaults.guard;

/**
 * Tells what a run changed over the rows of the current analysis, by vectors before and after it: those of the head trainer are reckoned from what the cache has, those of another
 * trainer's encoder are made where the cache hasn't them. Throws a TuneError where the run isn't done, or vectors are missing.
 */
export async function reportTuneRun(env: Env, { root, run: id, provider }: TuneReportRequest, watch: ReportWatch): Promise<TuneReport> {
  const run = await findTraining((await locateDataset(env, root)).folder, id ?? undefined);
  if (run.state !== "done") throw new TuneError(`The run ${run.id} is ${run.state}, not done: resume it first`);
  const dataset = await openAnalysed(env, root);
  const gemm = await openGemm(env, provider);
  try {
    const parts = { env, dataset, gemm, provider };
    return await report(parts, { run, subject: await openTuneSubject(parts, run) }, watch);
  } finally {
    await gemm.release();
    dataset.close();
  }
}

interface Told {
  readonly run: FoundRun;
  readonly subject: TuneSubject;
}

/** The pairs of the analysis with their vectors before and after the run. */
interface Changed {
  readonly listed: ListedPairs;
  readonly before: BothSides;
  readonly after: BothSides;
}

async function report(parts: SubjectParts, { run, subject }: Told, watch: ReportWatch): Promise<TuneReport> {
  const { env, dataset } = parts;
  const part = (from: number, to: number): SubjectWatch => ({
    signal: watch.signal,
    onProgress: (done, of) => watch.onProgress({ done: from + Math.round(((to - from) * done) / Math.max(1, of)), total }),
  });
  const { name, id, dim } = subject.before.descriptor;
  const stores = { images: await openVectors(env, id, "image", dim), texts: await openVectors(env, id, "text", dim) };
  const listed = await listPairs(dataset);
  const before = await readSides(dataset, listed, stores);
  if (scorePairs(before, listed).every(Number.isNaN))
    throw new TuneError(`The vectors of ${name} are no longer in the cache: analyse the dataset with it again`);
  const after = await subject.after(listed, before, part(0, doneBeforeCanary));
  const changed = { listed, before, after };
  const scores = rescore(scorePairs(before, listed), scorePairs(after, listed));
  const { heldOut, seed, digest } = subject.origin;
  const gathered = await gatherTuneSet(dataset, { ...stores, seed, heldOut });
  const isDataChanged = digest !== digestOfSet(id, gathered);
  const partOf = partsOf(listed, isDataChanged ? undefined : gathered);
  const history = await readHistory(env, run);
  const recall = subject.tellsRecall || isDataChanged ? recallOf(history, subject) : await measureRecall(parts, changed, gathered);
  const parity = await subject.checkParity({ listed, tuned: after }, watch.signal);
  const canary = await watchCanary(parts, subject, part(doneBeforeCanary, total));
  const { ups, downs } = biggestMoves(scores, movesShown);
  const moved = (pair: number): MovedPair => movedPair(pair, { listed, scores, partOf });
  const crowding = measureCrowding(before, after, seed);
  const confusable = await compareGroups(parts, changed, scores);
  const held = {
    images: isDataChanged ? null : countOf(gathered.set.heldOut),
    captions: isDataChanged ? null : gathered.set.textsOf.reduce((sum, texts, item) => sum + gathered.set.heldOut[item]! * texts.length, 0),
    recall: { before: known(recall.before), after: known(recall.after) },
  };
  watch.onProgress({ done: total, total });
  return {
    ...{ run: run.id, folder: run.folder, title: titleOfJob(run.job), encoder: name },
    ...{ tuned: subject.tuned, epochs: history.epochs, bestEpoch: history.bestEpoch, fall: history.fall ?? null },
    ...{ isDataChanged, heldOut: held, parity, canary, crowding, confusable },
    againstRandom: await readAgainstRandom(run.folder),
    pairs: scores.before.filter((score) => !Number.isNaN(score)).length,
    ups: ups.map(moved),
    downs: downs.map(moved),
    next: nextSteps({
      recallBefore: meanRecall(recall.before),
      recallAfter: meanRecall(recall.after),
      heldOutImages: held.images ?? undefined,
      ...{ epochs: history.epochs, bestEpoch: history.bestEpoch, keepsBest: subject.keepsBest },
      ...{ agrees: parity.agrees, hasCollapsed: crowding.hasCollapsed, hasForgotten: canary?.hasFallen ?? false, fall: history.fall },
      isOurs: isHeadJob(run.job) || run.job.trainer === fullTrainer,
      downs: downs.length,
      stillConfused: confusable.stillConfused.length,
    }),
  };
}

interface History {
  readonly before: Recall;
  readonly best: Recall;
  readonly last: Recall;
  readonly bestEpoch: number;
  readonly epochs: number;
  readonly fall: Fall | undefined;
}

/** Recall before, at the best epoch, chosen as the head trainer chooses it, and at the last. */
async function readHistory(env: Env, { folder }: FoundRun): Promise<History> {
  let history: History = { before: unknown, best: unknown, last: unknown, bestEpoch: 0, epochs: 0, fall: undefined };
  for (const metric of await readMetrics(env, folder)) {
    if (metric.kind === "step") continue;
    const recall = { imageToText: metric.imageToText ?? NaN, textToImage: metric.textToImage ?? NaN };
    if (metric.kind === "before") history = { ...history, before: recall, best: recall, last: recall };
    else {
      const epochs = metric.epoch + 1;
      const { fall } = metric;
      const best = fall === undefined && isBetterRecall(recall, history.best) ? { best: recall, bestEpoch: epochs } : {};
      history = { ...history, ...best, last: recall, epochs, fall };
    }
  }
  return history;
}

const unknown: Recall = { imageToText: NaN, textToImage: NaN };

/** Recall as the trainer told it. */
function recallOf({ before, best, last }: History, { keepsBest }: TuneSubject): BeforeAfter<Recall> {
  return { before, after: keepsBest ? best : last };
}

/** Recall on what is held out, by the encoders that scored the pairs before and after. */
async function measureRecall(
  { gemm }: SubjectParts,
  { listed, before, after }: Changed,
  { set, rows, captionsOf }: GatheredSet,
): Promise<BeforeAfter<Recall>> {
  const rowOfText = new Map(listed.texts.map((text, row) => [text, row]));
  const items = itemsOf(set, "heldOut");
  const texts = Array.from(items, (item) => captionsOf[item]!.map((text) => [item, rowOfText.get(text)!] as const)).flat();
  const of = (sides: BothSides): Promise<Recall> =>
    recallAtOne({
      images: rowsAt(
        sides.images,
        Array.from(items, (item) => rows[item]!),
      ),
      texts: rowsAt(
        sides.texts,
        texts.map(([, row]) => row),
      ),
      imageClasses: items.map((item) => set.classOf[item]!),
      textClasses: Int32Array.from(texts, ([item]) => set.classOf[item]!),
      gemm,
    });
  return { before: await of(before), after: await of(after) };
}

function known({ imageToText, textToImage }: Recall): RecallShares {
  const orNull = (share: number): number | null => (Number.isNaN(share) ? null : share);
  return { imageToText: orNull(imageToText), textToImage: orNull(textToImage) };
}

function countOf(flags: Uint8Array): number {
  return flags.reduce((sum, flag) => sum + flag, 0);
}

/** In which part of the run each pair was. */
function partsOf({ samples, firstPair }: ListedPairs, gathered: GatheredSet | undefined): (pair: number) => TunePart {
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

async function watchCanary(
  { env, gemm, provider }: SubjectParts,
  subject: TuneSubject,
  watch: SubjectWatch,
): Promise<TuneReport["canary"]> {
  const { before: encoder } = subject;
  if (isImported(encoder)) return null;
  const queries = createQueryEncoder(env, encoder);
  try {
    const before = await encodeCanary(queries, encoder.descriptor.dim, { ...watch, provider });
    if (before === undefined) return null;
    const pairs = before.images.rows;
    const one = await recallOfCanary(before, gemm, watch.signal);
    if (!isAboveChance(meanRecall(one), pairs)) return null;
    const other = await recallOfCanary(await subject.canaryAfter(before, watch), gemm, watch.signal);
    return {
      pairs,
      recall: { before: known(one), after: known(other) },
      hasFallen: hasFallen(meanRecall(other), meanRecall(one), { share: canaryShare, images: pairs }),
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
  { dataset, gemm }: Pick<SubjectParts, "dataset" | "gemm">,
  { listed, before, after }: Changed,
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
