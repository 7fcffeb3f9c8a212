import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ProviderChoice } from "../../core/providers.ts";
import type { HeadJob } from "../../core/tune/job.ts";
import { jobDefaults, usualTemperature } from "../../core/tune/job.ts";
import type { Recall } from "../../core/tune/retrieval.ts";
import { weightsOf } from "../../core/tune/headModel.ts";
import type { Encoder } from "../encode/encoderFolder.ts";
import { isImported } from "../encode/importedEncoder.ts";
import type { Env } from "../env.ts";
import { openGemm } from "../run/openGemm.ts";
import { locateDataset } from "../store/dotWinnow.ts";
import { sha256 } from "../store/files.ts";
import type { Checkpoint } from "../tune/checkpoint.ts";
import { readCheckpoint, writeCheckpoint } from "../tune/checkpoint.ts";
import type { FoundRun, RunState } from "../tune/runFolder.ts";
import {
  addMetrics,
  clearStop,
  createRun,
  cutMetrics,
  isStopAsked,
  parseJob,
  readRunState,
  runFiles,
  tunedFolder,
  writeRunState,
} from "../tune/runFolder.ts";
import { writeSafetensors } from "../tune/safetensors.ts";
import type { Metric, Trained, TrainTools } from "../tune/trainHead.ts";
import { planOf, trainHead } from "../tune/trainHead.ts";
import { failureOf, TuneError, TuneStoppedError } from "../tune/tuneError.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { findEncoderOf } from "./searcher.ts";
import { withTuneOptions } from "./tuneOptions.ts";
import { gatherTuneSet } from "./tuneSet.ts";
import type { GatheredSet } from "./tuneSet.ts";
import { checkGraphs, writeTuned } from "./writeTuned.ts";

/** What a person said of a run; the rest is filled in. */
export type SaidJob = Partial<Omit<HeadJob, "schema" | "trainer" | "dataset" | "encoder">>;

/** How a run is followed and stopped. */
export interface TuneWatch {
  readonly signal: AbortSignal;
  readonly onStart?: (run: { readonly id: string; readonly folder: string; readonly withoutVectors: number }) => void;
  readonly onProgress: (done: number, total: number) => void;
  readonly onNotice: (notice: string) => void;
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
  const encoder = await encoderOf(env, dataset.root);
  const job = jobOf(dataset.root, encoder, said);
  const { folder: winnowFolder } = await locateDataset(env, dataset.root);
  const run = await createRun(env, winnowFolder, job);
  return await followRun({ env, dataset, encoder, job, ...run, from: undefined }, watch);
}

/** Goes on with a run from its last whole epoch: the result is that of a run which was never stopped. Throws as `startHeadRun` does. */
export async function resumeHeadRun(env: Env, dataset: AnalysedDataset, run: FoundRun, watch: TuneWatch): Promise<TunedEncoder> {
  if (run.state === "running") throw new TuneError(`The run ${run.id} is running: stop it first`);
  if (run.state === "done") throw new TuneError(`The run ${run.id} is done: begin another`);
  const encoder = await encoderOf(env, dataset.root);
  if (encoder.descriptor.id !== run.job.encoder.id)
    throw new TuneError(
      `The run ${run.id} tunes ${run.job.encoder.id}, but the analysis is of ${encoder.descriptor.id}: analyse with that one again`,
    );
  const isBegun = (await readRunState(run.folder))?.vectors !== undefined;
  const checkpoint = join(run.folder, runFiles.checkpoint);
  const from = isBegun && existsSync(checkpoint) ? await readCheckpoint(checkpoint) : undefined;
  await clearStop(run.folder);
  await cutMetrics(env, run.folder, from?.epoch ?? -1);
  return await followRun({ env, dataset, encoder, job: run.job, id: run.id, folder: run.folder, from }, watch);
}

interface Following {
  readonly env: Env;
  readonly dataset: AnalysedDataset;
  readonly encoder: Encoder;
  readonly job: HeadJob;
  readonly id: string;
  readonly folder: string;
  readonly from: Checkpoint | undefined;
}

async function encoderOf(env: Env, root: string): Promise<Encoder> {
  const { encoder } = await findEncoderOf(env, root);
  if (isImported(encoder))
    throw new TuneError("The vectors of this analysis were imported, and no encoder is here to be tuned: analyse it with one");
  return encoder;
}

function jobOf(dataset: string, { descriptor }: Encoder, said: SaidJob): HeadJob {
  const { id, folder, name, logitScale, bias } = descriptor;
  const job = {
    ...jobDefaults,
    lossOptions: {},
    headOptions: {},
    temperature: logitScale === undefined ? usualTemperature : 1 / logitScale,
    bias: 0,
    provider: "auto" as ProviderChoice,
    ...said,
    schema: 1,
    trainer: "head",
    dataset,
    encoder: { id, folder, name },
  } as const;
  const { loss } = planOf(job);
  return parseJob({ ...job, bias: said.bias ?? bias ?? loss.startBias ?? 0 }, "What was asked for");
}

async function followRun(run: Following, watch: TuneWatch): Promise<TunedEncoder> {
  const { env, folder } = run;
  const state: RunState = { state: "running", pid: process.pid, startedAt: new Date(env.now()).toISOString() };
  const known = await readRunState(folder);
  try {
    checkGraphs(run.encoder, planOf(run.job).plan);
    await writeRunState(folder, { ...state, ...(known?.vectors !== undefined && { vectors: known.vectors }) });
    const gathered = await withTuneOptions(env, run, watch.signal, (options) => gatherTuneSet(run.dataset, options));
    const vectors = sha256([run.encoder.descriptor.id, ...gathered.contents].join("\n"));
    if (run.from !== undefined && known?.vectors !== vectors)
      throw new TuneError("The pairs that are kept have changed since the run was stopped: begin a new one");
    await writeRunState(folder, { ...state, vectors });
    watch.onStart?.({ id: run.id, folder, withoutVectors: gathered.withoutVectors });
    const trained = await train(run, gathered, watch);
    const encoder = await writeResults(run, trained, watch.signal);
    await writeRunState(folder, { ...state, state: "done", vectors });
    return {
      id: run.id,
      folder,
      encoder,
      before: trained.before,
      after: trained.best.recall,
      bestEpoch: trained.best.epoch,
      epochs: trained.epochs,
      end: trained.end,
    };
  } catch (thrown) {
    const error = failureOf(thrown, run.id);
    const vectors = (await readRunState(folder))?.vectors;
    const isStopped = error instanceof TuneStoppedError || watch.signal.aborted;
    const { message } = error;
    const last = { ...state, state: isStopped ? "stopped" : "failed", message, ...(vectors !== undefined && { vectors }) } as const;
    // Where the disk is full this fails as well, and the first failure is the one to tell: the run counts as killed, which can be resumed too.
    await writeRunState(folder, last).catch((left: unknown) =>
      env.log("tune.state", `the run's end can't be written down: ${String(left)}`),
    );
    throw error;
  }
}

async function train({ env, job, folder, from }: Following, { set }: GatheredSet, watch: TuneWatch): Promise<Trained> {
  const gemm = await openGemm(env, job.provider, watch.onNotice);
  const metrics = createMetrics(env, folder);
  const check = (): void => {
    watch.signal.throwIfAborted();
    if (isStopAsked(folder)) throw new TuneStoppedError("The run was stopped: resume it to go on from its last whole epoch");
  };
  const keep: TrainTools["keep"] = async (checkpoint) => {
    await metrics.flush();
    await writeCheckpoint(join(folder, runFiles.checkpoint), checkpoint);
  };
  try {
    return await trainHead(job, set, { gemm, now: env.now, check, report: metrics.add, keep, onProgress: watch.onProgress, from });
  } finally {
    await metrics.flush();
    await gemm.release();
  }
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
