import { join } from "node:path";
import type { TunePreview, TuneRequest } from "../../protocol/tuneRuns.ts";
import type { Env } from "../env.ts";
import { locateDataset } from "../store/dotWinnow.ts";
import { openVectors } from "../store/vectors.ts";
import { createMetricsSummaries } from "../tune/metricsSummary.ts";
import { listRuns } from "../tune/runFolder.ts";
import { commandOfRun } from "../tune/startRun.ts";
import { dealTrain } from "../tune/trainHead.ts";
import { isHeadJob } from "../../core/tune/runJob.ts";
import type { HeadJob } from "../../core/tune/job.ts";
import { openAnalysed } from "./analysedDataset.ts";
import { makeHeadJob, readTunable } from "./headJob.ts";
import { isImageTrainer, previewImageRun } from "./imageRun.ts";
import type { PythonRunWatch } from "./pythonRun.ts";
import { isPythonTrainer, previewPythonRun } from "./pythonTune.ts";
import { saidOf } from "./tuneRuns.ts";
import { countTuneItems } from "./tuneSet.ts";

/** Vectors are float32. */
const numberBytes = 4;

/** What a run would do, reckoned from the kept pairs. Nothing is written; a TuneError names what is off. */
export async function previewTuneJob(env: Env, request: TuneRequest, watch: PythonRunWatch): Promise<TunePreview> {
  if (isImageTrainer(request.trainer)) return await previewImageRun(env, request, watch);
  return isPythonTrainer(request.trainer) ? await previewPythonRun(env, request, watch) : await previewHeadRun(env, request);
}

async function previewHeadRun(env: Env, { root, trainer, options }: TuneRequest): Promise<TunePreview> {
  const encoder = await readTunable(env, root);
  const job = makeHeadJob(root, encoder, saidOf(trainer, options));
  const { folder: winnowFolder } = await locateDataset(env, root);
  const folder = join(winnowFolder, "runs", `…-${job.loss}`);
  const { id, dim } = encoder.descriptor;
  const dataset = await openAnalysed(env, root);
  try {
    const stores = { images: await openVectors(env, id, "image", dim), texts: await openVectors(env, id, "text", dim) };
    const { pairs, captions, heldOut, ...deck } = await countTuneItems(dataset, { ...stores, seed: job.seed, heldOut: job.heldOut });
    const shown = heldOut.filter((is) => is === 0).length;
    return {
      schema: 1,
      trainer: job.trainer,
      ...commandOfRun(folder),
      env: { WINNOW_CACHE: env.cacheFolder, WINNOW_DATA: env.dataFolder },
      cwd: folder,
      folder,
      files: [{ path: "job.json", text: `${JSON.stringify(job, undefined, 2)}\n` }],
      data: { images: heldOut.length, pairs, captions, shown },
      steps: dealTrain(job, { ...deck, heldOut }, 0).length * job.epochs,
      seconds: await secondsOf(env, winnowFolder, job),
      // The vectors of all images and captions lie in memory; a batch's matrices are small beside them.
      memoryBytes: (heldOut.length + captions) * dim * numberBytes,
      notes: [],
    };
  } finally {
    dataset.close();
  }
}

/** By the epochs of the latest run that did the same, whatever its numbers; unknown before there is one. */
async function secondsOf(env: Env, winnowFolder: string, { loss, head, batch, encoder, epochs }: HeadJob): Promise<number | undefined> {
  const alike = (await listRuns(winnowFolder)).findLast(
    ({ job }) => isHeadJob(job) && job.loss === loss && job.head === head && job.batch === batch && job.encoder.id === encoder.id,
  );
  if (alike === undefined) return undefined;
  const told = await createMetricsSummaries(env.now).read(alike.folder);
  return told.epochs === 0 ? undefined : (told.epochsMs / told.epochs / 1_000) * epochs;
}
