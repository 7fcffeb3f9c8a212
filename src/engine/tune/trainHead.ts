import { losses } from "../../core/losses/losses.ts";
import type { Loss } from "../../core/losses/loss.ts";
import type { Gemm } from "../../core/neighbours/gemm.ts";
import type { Moments } from "../../core/tune/adamW.ts";
import { startMoments, stepAdamW } from "../../core/tune/adamW.ts";
import type { Supplies } from "../../core/tune/assemble.ts";
import { assembleBatch, drawReference, trustWeights } from "../../core/tune/assemble.ts";
import { dealBatches, mixSeeds } from "../../core/tune/batches.ts";
import type { Canary } from "../../core/tune/canary.ts";
import { recallOfCanary } from "../../core/tune/canary.ts";
import type { RunEnd } from "../../core/tune/endings.ts";
import type { Watched } from "../../core/tune/guard.ts";
import { findFall, isAboveChance } from "../../core/tune/guard.ts";
import type { HeadPlan } from "../../core/tune/headModel.ts";
import { biasName, scaleName, startWeights, temperatureOf, tuneRows } from "../../core/tune/headModel.ts";
import type { StepPlan } from "../../core/tune/headStep.ts";
import { headStep } from "../../core/tune/headStep.ts";
import { heads } from "../../core/tune/heads/heads.ts";
import type { HeadJob } from "../../core/tune/job.ts";
import type { Clusters, PrototypeKind } from "../../core/tune/prototypes.ts";
import { findClusters, meanPrototypes } from "../../core/tune/prototypes.ts";
import type { Recall } from "../../core/tune/retrieval.ts";
import { isBetterRecall, meanRecall, recallAtOne } from "../../core/tune/retrieval.ts";
import type { Tensors } from "../../core/tune/rows.ts";
import { rowsAt } from "../../core/tune/rows.ts";
import { rateAt } from "../../core/tune/schedule.ts";
import type { TuneSet } from "../../core/tune/tuneSet.ts";
import { itemsOf } from "../../core/tune/tuneSet.ts";
import type { TrainerMetric } from "../../core/tune/jobs/openClipMetrics.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { TuneError } from "./tuneError.ts";

/** One line of a run's `metrics.jsonl`; recall is a share, null where it is unknown, and `canary` that on the canary, absent where it isn't watched. */
export type Metric =
  | {
      readonly kind: "before";
      readonly imageToText: number | null;
      readonly textToImage: number | null;
      readonly canary?: number | undefined;
    }
  | TrainerMetric;

/** What a run works with. `keep` is told of every whole epoch, `check` throws where a run was stopped. */
export interface TrainTools {
  readonly gemm: Gemm;
  readonly now: () => number;
  readonly check: () => void;
  readonly report: (metric: Metric) => Promise<void>;
  readonly keep: (checkpoint: Checkpoint) => Promise<void>;
  readonly onProgress: (done: number, total: number) => void;
  /** What the encoder knows beside the set, where a fall of that may end the run. */
  readonly canary?: Canary | undefined;
  /** Where a run that was stopped goes on. */
  readonly from?: Checkpoint | undefined;
}

/** What came out: the weights of the epoch with the best recall, and why it ended. */
export interface Trained {
  readonly best: Checkpoint["best"];
  readonly before: Recall;
  readonly epochs: number;
  readonly end: RunEnd;
}

/** A job's loss and heads. Throws a TuneError for names that are none. */
export function planOf(job: HeadJob): { readonly loss: Loss; readonly plan: HeadPlan } {
  const loss = losses.find(({ id }) => id === job.loss);
  if (loss === undefined)
    throw new TuneError(`Expected one of the losses ${losses.map(({ id }) => id).join(", ")} but received ${job.loss}`);
  const head = heads.find(({ id }) => id === job.head);
  if (head === undefined) throw new TuneError(`Expected one of the heads ${heads.map(({ id }) => id).join(", ")} but received ${job.head}`);
  return { loss, plan: { head, options: { ...head.options, ...job.headOptions }, on: job.on } };
}

/** Trains heads on frozen vectors until all epochs are done, recall no longer rises, or that or the canary falls too far. Throws a TuneError where the loss is no number any more. */
export async function trainHead(job: HeadJob, set: TuneSet, tools: TrainTools): Promise<Trained> {
  const run = await openRun(job, set, tools);
  let now = tools.from ?? (await startPoint(run));
  let end = findEnd(job, now);
  while (end === undefined) {
    now = await trainEpoch(run, now);
    await tools.keep(now);
    end = findEnd(job, now);
  }
  return { best: now.best, before: now.before.recall, epochs: now.epoch, end };
}

function findEnd({ epochs, patience }: HeadJob, { fall, epoch, best }: Checkpoint): RunEnd | undefined {
  if (fall !== undefined) return fall;
  if (epoch >= epochs) return "allEpochs";
  return patience > 0 && epoch - best.epoch >= patience ? "noBetter" : undefined;
}

interface Run extends StepPlan {
  readonly job: HeadJob;
  readonly set: TuneSet;
  readonly tools: TrainTools;
  readonly clusters: Clusters | undefined;
  readonly supplies: Omit<Supplies, "prototypes">;
  readonly stepsEach: number;
}

async function openRun(job: HeadJob, set: TuneSet, tools: TrainTools): Promise<Run> {
  const { loss, plan } = planOf(job);
  const asks = (names: readonly string[]): boolean => names.some((name) => [...loss.blocks, ...loss.needs].includes(name as never));
  const signal = { throwIfAborted: tools.check };
  const clusters = asks(["imagePrototypes", "textPrototypes"])
    ? await findClusters(set, { gemm: tools.gemm, seed: job.seed, signal })
    : undefined;
  const supplies = {
    loss,
    clusters,
    reference: asks(["reference"]) ? drawReference(set, job.seed) : undefined,
    weights: asks(["weights"]) ? trustWeights(set) : undefined,
  };
  const stepsEach = dealTrain(job, set, 0).length;
  if (stepsEach === 0) throw new TuneError("There are fewer than two pairs to train on: keep more, or hold fewer out");
  return {
    job,
    set,
    tools,
    plan,
    loss,
    lossOptions: job.lossOptions,
    learnsTemperature: job.learnsTemperature,
    clusters,
    supplies,
    stepsEach,
  };
}

/** The batches of an epoch, as items of the set. */
export function dealTrain(
  { seed, batch, confusable }: HeadJob,
  set: Pick<TuneSet, "classOf" | "together" | "heldOut">,
  epoch: number,
): readonly Int32Array[] {
  const items = itemsOf(set, "train");
  const placeOf = new Map(Array.from(items, (item, place) => [item, place]));
  const together = confusable
    ? set.together.map((group) => group.flatMap((item) => placeOf.get(item) ?? [])).filter((group) => group.length > 1)
    : [];
  const deck = { classOf: items.map((item) => set.classOf[item]!), together };
  return dealBatches(deck, { seed, epoch, size: batch }).map((places) => places.map((place) => items[place]!));
}

async function startPoint(run: Run): Promise<Checkpoint> {
  const { job, set, loss, plan, tools } = run;
  const dim = set.images.columns;
  const weights = startWeights(plan, { dim, temperature: job.temperature, bias: job.bias, seed: job.seed });
  const recall = await evaluate(run, weights);
  const canary = await evaluateCanary(run, weights);
  const before = { recall, canary: isAboveChance(canary, tools.canary?.images.rows ?? 0) ? canary : NaN };
  await tools.report({ kind: "before", ...known(before) });
  return {
    epoch: 0,
    steps: 0,
    weights,
    moments: startMoments(weights),
    state: loss.start({ images: set.images.rows, texts: set.texts.rows, dim }, job.lossOptions),
    best: { epoch: 0, recall, weights: copied(weights) },
    before,
    fall: undefined,
  };
}

async function trainEpoch(run: Run, from: Checkpoint): Promise<Checkpoint> {
  const { job, set, tools, supplies, stepsEach } = run;
  const { gemm } = tools;
  const startedMs = tools.now();
  const weights = copied(from.weights);
  let moments: Moments = { ...from.moments, first: copied(from.moments.first), second: copied(from.moments.second) };
  let { state, steps } = from;
  const prototypes = await prototypesOf(run, weights);
  const batches = dealTrain(job, set, from.epoch);
  const total = stepsEach * job.epochs;
  const schedule = { rate: job.rate, warmupSteps: Math.floor(job.warmup * total), steps: total };
  let sum = 0;
  for (const items of batches) {
    tools.check();
    const batch = assembleBatch(set, { ...supplies, prototypes }, items, mixSeeds(job.seed, steps));
    const step = await headStep(gemm, run, { weights, state }, batch);
    checkNumber(step.loss, steps);
    const rate = rateAt(schedule, steps);
    moments = stepAdamW(weights, step.gradients, moments, { rate, decay: job.decay, decayed: isWeight });
    await tools.report({ kind: "step", epoch: from.epoch, step: steps, loss: step.loss, rate });
    state = step.state;
    steps += 1;
    sum += step.loss;
    tools.onProgress(Math.min(steps, total), total);
  }
  const canary = Number.isNaN(from.before.canary) ? NaN : await evaluateCanary(run, weights);
  const now = { recall: await evaluate(run, weights), canary };
  const fall = findFall(now, from.before, { guard: job.guard, images: itemsOf(set, "heldOut").length });
  const epoch = from.epoch + 1;
  const at = { kind: "epoch", epoch: from.epoch, step: steps, loss: sum / batches.length, temperature: temperatureOf(weights) } as const;
  await tools.report({ ...at, ...known(now), ...(fall && { fall }), ms: tools.now() - startedMs });
  const isBest = fall === undefined && isBetterRecall(now.recall, from.best.recall);
  const best = isBest ? { epoch, recall: now.recall, weights: copied(weights) } : from.best;
  return { ...from, epoch, steps, weights, moments, state, best, fall };
}

/** The temperature and the bias don't decay. */
function isWeight(name: string): boolean {
  return name !== scaleName && name !== biasName;
}

function checkNumber(loss: number, step: number): void {
  if (!Number.isFinite(loss))
    throw new TuneError(`The loss is no number any more at step ${step}: lower the rate, or raise the temperature at the beginning`);
}

async function prototypesOf({ loss, plan, clusters, set, tools }: Run, weights: Tensors): Promise<Supplies["prototypes"]> {
  if (clusters === undefined) return undefined;
  const kind: PrototypeKind = loss.needs.includes("labels") ? "own" : "partner";
  return await meanPrototypes(tools.gemm, { plan, weights }, { set, clusters, kind });
}

/** Recall on what is held out. */
async function evaluate({ plan, set, tools }: Run, weights: Tensors): Promise<Recall> {
  const items = itemsOf(set, "heldOut");
  const texts = Array.from(items, (item) => Array.from(set.textsOf[item]!, (text) => [item, text] as const)).flat();
  const textRows = rowsAt(
    set.texts,
    texts.map(([, text]) => text),
  );
  const images = await tuneRows(tools.gemm, plan, weights, { tower: "image", rows: rowsAt(set.images, items) });
  const captions = await tuneRows(tools.gemm, plan, weights, { tower: "text", rows: textRows });
  return await recallAtOne({
    images: images.units,
    texts: captions.units,
    imageClasses: items.map((item) => set.classOf[item]!),
    textClasses: Int32Array.from(texts, ([item]) => set.classOf[item]!),
    gemm: tools.gemm,
    signal: { throwIfAborted: tools.check },
  });
}

/** The mean recall on the canary; unknown where there is none. */
async function evaluateCanary({ plan, tools }: Run, weights: Tensors): Promise<number> {
  const { canary, gemm, check } = tools;
  if (canary === undefined) return NaN;
  const images = await tuneRows(gemm, plan, weights, { tower: "image", rows: canary.images });
  const texts = await tuneRows(gemm, plan, weights, { tower: "text", rows: canary.texts });
  return meanRecall(await recallOfCanary({ images: images.units, texts: texts.units }, gemm, { throwIfAborted: check }));
}

function known({ recall: { imageToText, textToImage }, canary }: Watched) {
  const orNull = (share: number): number | null => (Number.isNaN(share) ? null : share);
  return { imageToText: orNull(imageToText), textToImage: orNull(textToImage), ...(Number.isNaN(canary) ? {} : { canary }) };
}

function copied(weights: Tensors): Tensors {
  return Object.fromEntries(Object.entries(weights).map(([name, rows]) => [name, { ...rows, values: rows.values.slice() }]));
}
