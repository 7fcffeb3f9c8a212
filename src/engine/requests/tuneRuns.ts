import { existsSync } from "node:fs";
import { join } from "node:path";
import { meanRecall } from "../../core/tune/retrieval.ts";
import type { Handlers } from "../../protocol/rpc.ts";
import type { ListedTuneRun, TuneRunsApi } from "../../protocol/tuneRuns.ts";
import type { Env } from "../env.ts";
import { locateDataset } from "../store/dotWinnow.ts";
import { askToStop, findRun, listRuns, readMetrics, tunedFolder, type FoundRun } from "../tune/runFolder.ts";
import type { Metric } from "../tune/trainHead.ts";
import { TuneError } from "../tune/tuneError.ts";

/** Runs that are told at most; `winnow tune list` has them all. */
const mostRuns = 20;

/** What the store answers about runs of fine-tuning. */
export function createTuneRunHandlers(env: Env): Handlers<TuneRunsApi> {
  return {
    stopTuneRun: async ({ root, run: id }) => {
      const run = await findRun((await locateDataset(env, root)).folder, id);
      if (run.state !== "running") throw new TuneError(`The run ${id} is not running`);
      await askToStop(run);
      return null;
    },
  };
}

/** The latest runs of a dataset, the newest first, and the folders where a change of them shows. `winnowFolder` is its `.winnow`. */
export async function readTuneRuns(
  env: Env,
  winnowFolder: string,
): Promise<{ readonly runs: readonly ListedTuneRun[]; readonly watched: readonly string[] }> {
  const found = (await listRuns(winnowFolder)).slice(-mostRuns).reverse();
  const runs = await Promise.all(found.map((run) => listedRun(env, run)));
  const running = runs.filter(({ state }) => state === "running").map(({ folder }) => folder);
  return { runs, watched: [join(winnowFolder, "runs"), ...running] };
}

async function listedRun(env: Env, run: FoundRun): Promise<ListedTuneRun> {
  const { id, folder, state, message, startedAt, job } = run;
  const metrics = await readMetrics(env, folder);
  const epochs = metrics.filter((metric) => metric.kind === "epoch");
  const before = metrics.find((metric) => metric.kind === "before");
  const recalls = [...(before === undefined ? [] : [before]), ...epochs].map(recallOf).filter((recall) => recall !== null);
  const left = job.epochs - epochs.length;
  const tuned = tunedFolder(folder, job);
  return {
    ...{ id, folder, state, message: message ?? null, startedAt, lossName: job.loss, head: job.head, encoder: job.encoder.name },
    epoch: epochs.length === 0 ? null : epochs.length,
    epochs: job.epochs,
    loss: metrics.findLast((metric) => metric.kind !== "before")?.loss ?? null,
    recallBefore: before === undefined ? null : recallOf(before),
    recallBest: recalls.length === 0 ? null : Math.max(...recalls),
    etaSeconds: state === "running" && epochs.length > 0 ? (meanMs(epochs) * left) / 1_000 : null,
    tuned: state === "done" && existsSync(tuned) ? tuned : null,
  };
}

function recallOf(metric: Exclude<Metric, { kind: "step" }>): number | null {
  const { imageToText, textToImage } = metric;
  return imageToText === null || textToImage === null ? null : meanRecall({ imageToText, textToImage });
}

function meanMs(epochs: readonly { readonly ms: number }[]): number {
  return epochs.reduce((sum, { ms }) => sum + ms, 0) / epochs.length;
}
