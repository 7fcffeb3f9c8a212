import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import type { Canary } from "../../core/tune/canary.ts";
import type { HeadJob, SaidJob } from "../../core/tune/job.ts";
import type { Recall } from "../../core/tune/retrieval.ts";
import { isHeadJob } from "../../core/tune/runJob.ts";
import { weightsOf } from "../../core/tune/headModel.ts";
import type { Encoder } from "../encode/encoderFolder.ts";
import type { Env } from "../env.ts";
import { openGemm } from "../run/openGemm.ts";
import { locateDataset } from "../store/dotWinnow.ts";
import { asRun, type TellState } from "../tune/asRun.ts";
import type { Checkpoint } from "../tune/checkpoint.ts";
import { readCheckpoint, writeCheckpoint } from "../tune/checkpoint.ts";
import type { FoundRun } from "../tune/runFolder.ts";
import { addMetrics, clearStop, createRun, cutMetrics, isStopAsked, readRunState, runFiles, tunedFolder } from "../tune/runFolder.ts";
import { writeSafetensors } from "../tune/safetensors.ts";
import type { Metric, Trained, TrainTools } from "../tune/trainHead.ts";
import { planOf, trainHead } from "../tune/trainHead.ts";
import { TuneError, TuneStoppedError } from "../tune/tuneError.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { readCanary } from "./canary.ts";
import { makeHeadJob, readTunable } from "./headJob.ts";
import { withTuneOptions } from "./tuneOptions.ts";
import { checkResumable } from "./tuneRuns.ts";
import { digestOfSet, gatherTuneSet } from "./tuneSet.ts";
import type { GatheredSet } from "./tuneSet.ts";
import { checkGraphs, writeTuned } from "./writeTuned.ts";

/** How a run is followed and stopped. `onMetric` gets a line an epoch. */
export interface TuneWatch {
  readonly signal: AbortSignal;
  readonly onStart?: (run: { readonly id: string; readonly folder: string; readonly withoutVectors: number }) => void;
  readonly onProgress: (done: number, total: number) => void;
  readonly onNotice: (notice: string) => void;
  readonly onMetric?: (line: string) => void;
}

/** What came out of a run: recall on what is held out before and after, as shares, and where the tuned encoder lies. */
export interface TunedEncoder {
  readonly id: string;
  readonly folder: string;
  readonly encoder: string;
  readonly before: Recall;
  readonly after: Recall;
  readonly bestEpoch: number;
  readonly epochs: number;
  readonly end: Trained["end"];
}

/** Begins a run of the head trainer on an analysed dataset's kept pairs and follows it to its end. Throws a TuneError, or a TuneStoppedError where a person stopped it. */
export async function startHeadRun(env: Env, dataset: AnalysedDataset, said: SaidJob, watch: TuneWatch): Promise<TunedEncoder> {
  const job = makeHeadJob(dataset.root, await readTunable(env, dataset.root), said);
  const { folder: winnowFolder } = await locateDataset(env, dataset.root);
  const { folder } = await createRun(env, winnowFolder, job);
  return await asRun(env, { folder, signal: watch.signal }, (tell) => goOnWithHead({ env, dataset, job, folder, tell }, watch));
}

/** Goes on with a run in this process from its last whole epoch: the result is that of a run which was never stopped. Throws as `startHeadRun` does. */
export async function resumeHeadRun(env: Env, dataset: AnalysedDataset, run: FoundRun, watch: TuneWatch): Promise<TunedEncoder> {
  const { folder, job } = run;
  if (!isHeadJob(job))
    throw new TuneError(`The run ${run.id} is of ${job.trainer}, which is resumed in a process of its own: add --detach`);
  checkResumable(run);
  await clearStop(folder);
  return await asRun(env, { folder, signal: watch.signal }, (tell) => goOnWithHead({ env, dataset, job, folder, tell }, watch));
}

/** A run of the head trainer and where it stands. */
export interface HeadRun {
  readonly env: Env;
  readonly dataset: AnalysedDataset;
  readonly job: HeadJob;
  readonly folder: string;
  readonly tell: TellState;
}

interface Following extends HeadRun {
  readonly encoder: Encoder;
  readonly from: Checkpoint | undefined;
}

/** Trains from the last whole epoch in a run's folder, from the beginning where there is none. Throws as `startHeadRun` does. */
export async function goOnWithHead(run: HeadRun, watch: TuneWatch): Promise<TunedEncoder> {
  const { env, dataset, job, folder } = run;
  const id = basename(folder);
  const encoder = await readTunable(env, dataset.root);
  if (encoder.descriptor.id !== job.encoder.id)
    throw new TuneError(
      `The run ${id} tunes ${job.encoder.id}, but the analysis is of ${encoder.descriptor.id}: analyse with that one again`,
    );
  const known = (await readRunState(folder))?.vectors;
  const checkpoint = join(folder, runFiles.checkpoint);
  const from = known !== undefined && existsSync(checkpoint) ? await readCheckpoint(checkpoint) : undefined;
  await cutMetrics(env, folder, from?.epoch ?? -1);
  const following = { ...run, encoder, from };
  checkGraphs(encoder, planOf(job).plan);
  const gathered = await withTuneOptions(env, following, watch.signal, (options) => gatherTuneSet(dataset, options));
  const vectors = digestOfSet(encoder.descriptor.id, gathered);
  if (from !== undefined && known !== vectors)
    throw new TuneError("The pairs that are kept have changed since the run was stopped: begin a new one");
  await run.tell({ vectors });
  watch.onStart?.({ id, folder, withoutVectors: gathered.withoutVectors });
  const check = (): void => {
    watch.signal.throwIfAborted();
    if (isStopAsked(folder)) throw new TuneStoppedError("The run was stopped: resume it to go on from its last whole epoch");
  };
  const canary = await lookAtCanary(following, check, watch);
  const trained = await train(following, { set: gathered.set, canary, check }, watch);
  const { before, epochs, end, best } = trained;
  const tuned = await writeResults(following, trained, watch.signal);
  return { id, folder, encoder: tuned, before, after: best.recall, bestEpoch: best.epoch, epochs, end };
}

/** What the encoder knows beside the dataset, which may take a minute on a CPU; undefined where no fall of it ends the run. */
async function lookAtCanary(
  { env, job, encoder, from, tell }: Following,
  check: () => void,
  watch: TuneWatch,
): Promise<Canary | undefined> {
  if (job.guard === 0 || Number.isNaN(from?.before.canary)) return undefined;
  const looking = { provider: job.provider, signal: { throwIfAborted: check }, onProgress: watch.onProgress };
  watch.onNotice(`${lookingWords}, on pictures that come with Winnow`);
  await tell({ message: lookingWords });
  try {
    return await readCanary(env, encoder, looking);
  } finally {
    await tell({ message: undefined });
  }
}

const lookingWords = "Looking at what the encoder knows beside this dataset";

async function train(
  { env, job, folder, from }: Following,
  { set, canary, check }: Pick<GatheredSet, "set"> & Pick<TrainTools, "canary" | "check">,
  watch: TuneWatch,
): Promise<Trained> {
  const gemm = await openGemm(env, job.provider, watch.onNotice);
  const metrics = createMetrics(env, folder);
  const report: TrainTools["report"] = async (metric) => {
    await metrics.add(metric);
    if (metric.kind === "epoch") watch.onMetric?.(formatEpoch(metric, job.epochs));
    if (metric.kind === "before" && canary !== undefined && metric.canary === undefined)
      watch.onNotice("It finds too few of them to tell whether it forgets, so that they end nothing");
  };
  const keep: TrainTools["keep"] = async (checkpoint) => {
    await metrics.flush();
    await writeCheckpoint(join(folder, runFiles.checkpoint), checkpoint);
  };
  try {
    return await trainHead(job, set, { gemm, now: env.now, check, report, keep, onProgress: watch.onProgress, canary, from });
  } finally {
    await metrics.flush();
    await gemm.release();
  }
}

function formatEpoch({ epoch, loss, imageToText, textToImage, canary }: Extract<Metric, { kind: "epoch" }>, epochs: number): string {
  const percent = (share: number | null): string => (share === null ? "unknown" : `${(100 * share).toFixed(1)} %`);
  const known = canary === undefined ? "" : `, ${percent(canary)} on Winnow's own`;
  return `Epoch ${epoch + 1} of ${epochs}: loss ${loss.toPrecision(4)}, R@1 ${percent(imageToText)} to texts, ${percent(textToImage)} to images${known}`;
}

/** A line a step is shown live but not written by itself: an fsync would cost more than the step. */
const flushAfterMs = 1000;

function createMetrics(env: Env, folder: string): { add: (metric: Metric) => Promise<void>; flush: () => Promise<void> } {
  let waiting: Metric[] = [];
  let flushedMs = env.now();
  const flush = async (): Promise<void> => {
    const lines = waiting;
    waiting = [];
    flushedMs = env.now();
    await addMetrics(env, folder, lines);
  };
  return {
    flush,
    add: async (metric) => {
      waiting.push(metric);
      if (env.now() - flushedMs >= flushAfterMs) await flush();
    },
  };
}

async function writeResults({ encoder, job, folder }: Following, { best }: Trained, signal: AbortSignal): Promise<string> {
  const { plan } = planOf(job);
  const tensors = Object.fromEntries(
    plan.on.flatMap((tower) =>
      Object.entries(weightsOf(best.weights, tower)).map(
        ([name, { rows, columns, values }]) => [`${tower}.${name}`, { shape: [rows, columns], values }] as const,
      ),
    ),
  );
  const metadata = { head: job.head, options: JSON.stringify(plan.options), encoder: job.encoder.id };
  await writeSafetensors(join(folder, runFiles.head), { tensors, metadata });
  const target = tunedFolder(folder, job);
  await writeTuned({ encoder, plan, weights: best.weights }, target, signal);
  return target;
}
