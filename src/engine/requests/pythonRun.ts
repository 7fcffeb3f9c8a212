import { existsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Checkpoint } from "../../core/tune/jobs/checkpointOf.ts";
import { checkpointOf } from "../../core/tune/jobs/checkpointOf.ts";
import { worstCosine } from "../../core/parity/certificate.ts";
import { fullFiles, fullJob, fullTrainer } from "../../core/tune/jobs/fullJob.ts";
import type { Launch } from "../../core/tune/jobs/launch.ts";
import { openClipJob } from "../../core/tune/jobs/openClipJob.ts";
import type { Finding } from "../../core/tune/jobs/preflight.ts";
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
import type { DataRequest, PlannedData } from "./pythonData.ts";
import { countWritten, dataOf, writeData } from "./pythonData.ts";
import { countPairs, gatherTunePairs } from "./tunePairs.ts";
import type { WriteWatch } from "./writeTuneData.ts";

/** A run of a Python trainer that is wished for. Without a `checkpoint`, it is the one that the analysis's encoder was made of. */
export interface PythonRunRequest extends DataRequest {
  readonly interpreter: string;
  readonly checkpoint?: Checkpoint | undefined;
  /** Whether the run is to begin on other machines than this one. */
  readonly isElsewhere: boolean;
  readonly heldOut: string;
}

/** How the making of a run is followed; `onProgress` counts pictures and texts while a guessed checkpoint is compared with the encoder, and pictures that are written out. */
export type PythonRunWatch = WriteWatch;

/** A run that can begin: what it trains on, what was found out before it, and the checkpoint that it begins from. */
export interface PlannedRun extends PlannedData {
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
  const written = countWritten(request, found.pairs);
  const wanted = {
    ...{ interpreter, trainer, device, processes, isElsewhere, batch, images: data.images, heldOut: held.images },
    hasLora: "loraRank" in settings && settings.loraRank > 0,
    hasWandb: settings.wandb !== null,
    hasShards: written.isShards,
    writtenBytes: written.bytes,
  };
  const findings = await lookAhead(env, { folder: dataset.root, signal: watch.signal }, wanted);
  refuseWrong(findings);
  const checkpoint = request.checkpoint ?? (await findCheckpoint(env, dataset.root, request, watch));
  return { ...found, request, checkpoint, findings, written };
}

/** What a planned run would do in a folder; nothing is written. Throws a RangeError where the pairs don't fill a step. */
export function jobOfPlan(plan: PlannedRun, folder: string): TuneJob {
  const { request, checkpoint, origin } = plan;
  const { data } = countPairs(plan.pairs);
  const place = { python: request.interpreter, program: pythonProgram("full"), folder, launch: launchOf(request) };
  const given = { ...request.settings, pretrained: checkpoint.pretrained };
  if (request.trainer === fullTrainer)
    return { ...fullJob(readFullSettings(checkpoint.model, given, request.lossOptions), data, place), origin };
  const settings = readOpenClipSettings(checkpoint.model, given);
  return { ...openClipJob(settings, dataOf(settings, plan, folder), place), origin };
}

/** Makes the folder of a planned run, with its pairs and its job. */
export async function createPythonRun(
  env: Env,
  dataset: AnalysedDataset,
  plan: PlannedRun,
  watch: PythonRunWatch,
): Promise<RunPlace & { readonly job: TuneJob }> {
  // What is off should be known before there is a folder.
  jobOfPlan(plan, "");
  const place = await reserveRun(env, (await locateDataset(env, dataset.root)).folder, plan.request.trainer);
  try {
    await writeData(env, plan, place.folder, watch);
    const job = jobOfPlan(plan, place.folder);
    await writeJob(place.folder, job);
    // Here, they are written when it begins; nobody does so where a batch script begins it.
    if (plan.request.isElsewhere) await writeJobFiles(job);
    return { ...place, job };
  } catch (error) {
    // Half of the data is of no use, and may be large.
    await rm(place.folder, { recursive: true, force: true });
    throw error;
  }
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
