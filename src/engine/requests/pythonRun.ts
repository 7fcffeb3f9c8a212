import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Checkpoint } from "../../core/tune/jobs/checkpointOf.ts";
import { checkpointOf } from "../../core/tune/jobs/checkpointOf.ts";
import { worstCosine } from "../../core/parity/certificate.ts";
import { fullFiles, fullJob, fullTrainer } from "../../core/tune/jobs/fullJob.ts";
import type { Launch } from "../../core/tune/jobs/launch.ts";
import type { openClipTrainer } from "../../core/tune/jobs/openClipJob.ts";
import { openClipJob } from "../../core/tune/jobs/openClipJob.ts";
import type { Finding } from "../../core/tune/jobs/preflight.ts";
import type { GivenSettings } from "../../core/tune/jobs/settings.ts";
import { readFullSettings, readOpenClipSettings } from "../../core/tune/jobs/settings.ts";
import type { TuneJob } from "../../core/tune/tuneJob.ts";
import type { Env } from "../env.ts";
import { locateDataset } from "../store/dotWinnow.ts";
import { lookAhead, refuseWrong } from "../tune/preflight.ts";
import { pythonProgram } from "../tune/pythonProgram.ts";
import { writeJobFiles } from "../tune/followTrainer.ts";
import type { RunPlace } from "../tune/runFolder.ts";
import { reserveRun, writeJob } from "../tune/runFolder.ts";
import { TuneError } from "../tune/tuneError.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { readTunable } from "./headJob.ts";
import { certifyEncoder } from "./parity.ts";
import type { TunePairs } from "./tunePairs.ts";
import { countPairs, gatherTunePairs, writeLists, writePairs } from "./tunePairs.ts";

/** A run of a Python trainer that is wished for. Without a `checkpoint`, it is the one that the analysis's encoder was made of. */
export interface PythonRunRequest {
  readonly trainer: typeof fullTrainer | typeof openClipTrainer;
  readonly interpreter: string;
  readonly checkpoint?: Checkpoint | undefined;
  readonly processes: number;
  /** Whether the run is to begin on other machines than this one. */
  readonly isElsewhere: boolean;
  readonly settings: GivenSettings;
  readonly lossOptions: Readonly<Record<string, number>>;
  readonly heldOut: string;
}

/** How the making of a run is followed; `onProgress` counts pictures and texts while a guessed checkpoint is compared with the encoder. */
export interface PythonRunWatch {
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
}

/** A run that can begin: what it trains on, what was found out before it, and the checkpoint that it begins from. */
export interface PlannedRun extends TunePairs {
  readonly request: PythonRunRequest;
  readonly checkpoint: Checkpoint;
  readonly findings: readonly Finding[];
}

/**
 * Looks at all that a run needs; nothing is written. A checkpoint that is guessed is held against the encoder's own vectors before it is trusted. Throws a TuneError in one sentence
 * where something is wrong, and a RangeError for settings that are off.
 */
export async function planPythonRun(
  env: Env,
  dataset: AnalysedDataset,
  request: PythonRunRequest,
  watch: PythonRunWatch,
): Promise<PlannedRun> {
  const { trainer, interpreter, processes, heldOut, isElsewhere } = request;
  const { batch, seed, device, ...settings } = settingsOf(request, "");
  const found = await gatherTunePairs(env, dataset, { seed, heldOut });
  const { data, heldOut: held } = countPairs(found.pairs);
  const wanted = {
    ...{ interpreter, trainer, device, processes, isElsewhere, batch, images: data.images, heldOut: held },
    hasLora: "loraRank" in settings && settings.loraRank > 0,
  };
  const findings = await lookAhead(dataset.root, wanted, watch.signal);
  refuseWrong(findings);
  const checkpoint = request.checkpoint ?? (await findCheckpoint(env, dataset.root, request, watch));
  return { ...found, request, checkpoint, findings };
}

/** What a planned run would do in a folder; nothing is written. Throws a RangeError where the pairs don't fill a step. */
export function jobOfPlan(
  plan: PlannedRun,
  folder: string,
  lists = { train: "train.csv", validation: undefined as string | undefined },
): TuneJob {
  const { request, checkpoint, pairs, origin } = plan;
  const { data } = countPairs(pairs);
  const place = { python: request.interpreter, program: pythonProgram("full"), folder, launch: launchOf(request) };
  const given = { ...request.settings, pretrained: checkpoint.pretrained };
  const job =
    request.trainer === fullTrainer
      ? fullJob(readFullSettings(checkpoint.model, given, request.lossOptions), data, place)
      : openClipJob(readOpenClipSettings(checkpoint.model, given), { ...data, shown: data.pairs, ...lists }, place);
  return { ...job, origin };
}

/** Makes the folder of a planned run, with its pairs and its job. */
export async function createPythonRun(env: Env, dataset: AnalysedDataset, plan: PlannedRun): Promise<RunPlace & { readonly job: TuneJob }> {
  // What is off should be known before there is a folder.
  jobOfPlan(plan, "");
  const place = await reserveRun(env, (await locateDataset(env, dataset.root)).folder, plan.request.trainer);
  const isFull = plan.request.trainer === fullTrainer;
  const lists = isFull ? undefined : await writeLists(place.folder, plan.pairs);
  if (isFull) await writePairs(place.folder, plan.pairs);
  const job = jobOfPlan(plan, place.folder, lists);
  await writeJob(place.folder, job);
  // Here, they are written when it begins; nobody does so where a batch script begins it.
  if (plan.request.isElsewhere) await writeJobFiles(job);
  return { ...place, job };
}

function settingsOf({ trainer, settings, lossOptions }: PythonRunRequest, model: string) {
  return trainer === fullTrainer ? readFullSettings(model, settings, lossOptions) : readOpenClipSettings(model, settings);
}

function launchOf({ processes }: PythonRunRequest): Launch {
  return processes > 1 ? { kind: "machine", processes } : { kind: "alone" };
}

/** Checkpoints that this process has held against encoders: between the preview of a run and its beginning nobody waits for that twice. */
const verifiedBy = new WeakMap<Env, Set<string>>();

/** The checkpoint that the analysis's encoder was exported from, held against its vectors. */
async function findCheckpoint(env: Env, root: string, { interpreter }: PythonRunRequest, watch: PythonRunWatch): Promise<Checkpoint> {
  const { id, folder, name } = (await readTunable(env, root)).descriptor;
  // A run of ours leaves the model beside the encoder that was made of it.
  const beside = join(dirname(folder), fullFiles.model);
  const own = existsSync(beside) ? { model: `local-dir:${beside}`, pretrained: null } : undefined;
  const guess = checkpointOf({ folder, files: await readdir(folder), name }) ?? own;
  if (guess === undefined)
    throw new TuneError(
      `No checkpoint of the encoder ${name} is known: name one that open_clip loads with --model, and its tag with --pretrained`,
    );
  const { model, pretrained } = guess;
  const claim = JSON.stringify([interpreter, id, model, pretrained]);
  const verified = verifiedBy.get(env) ?? new Set();
  verifiedBy.set(env, verified);
  if (verified.has(claim)) return guess;
  const named = model.includes(":") ? model : `open_clip:${model}`;
  const against = { kind: "python", interpreter, model: named, ...(pretrained === null ? {} : { pretrained }) } as const;
  const { cases, grade } = await certifyEncoder(
    env,
    { encoder: folder, provider: "cpu", against },
    { signal: watch.signal, onProgress: ({ done, total }) => watch.onProgress(done, total) },
  );
  if (grade === "failed")
    throw new TuneError(
      `${model} gives other vectors than the encoder ${id} (the worst cosine is ${worstCosine(cases)?.toFixed(4) ?? "unknown"}): name the right one with --model`,
    );
  verified.add(claim);
  return guess;
}
