import { setTimeout as delay } from "node:timers/promises";
import { armsOf } from "../core/tune/comparisonJob.ts";
import { isComparisonJob } from "../core/tune/runJob.ts";
import type { Env } from "../engine/env.ts";
import { locateDataset } from "../engine/store/dotWinnow.ts";
import { readDoneArms } from "../engine/tune/comparisonFiles.ts";
import { stopRun } from "../engine/tune/followTrainer.ts";
import { createMetricsSummaries, type MetricsSummaries } from "../engine/tune/metricsSummary.ts";
import { findRun, type FoundRun } from "../engine/tune/runFolder.ts";
import { folderOperand, type Call } from "./command.ts";

const pollMs = 300;

/** Waits until a run that goes on by itself is over, and shows how far it is; where the call ends, so does the run. */
export async function followRun(call: Call, id: string): Promise<FoundRun> {
  const { folder: winnowFolder } = await locateDataset(call.env, folderOperand(call.words));
  const summaries = createMetricsSummaries(call.env.now);
  let [isAsked, shown] = [false, 0];
  for (;;) {
    const run = await findRun(winnowFolder, id);
    if (run.state !== "running") return run;
    if (call.signal.aborted && !isAsked) await stopRun(run);
    isAsked = call.signal.aborted;
    const { done, total } = await progressOf(call.env, run, summaries);
    if (total !== undefined && done > shown) call.onProgress({ stage: "tune", done: (shown = done), cached: 0, total });
    await delay(pollMs);
  }
}

/** A comparison counts trainings, all others steps. */
async function progressOf(
  env: Env,
  { job, folder }: FoundRun,
  summaries: MetricsSummaries,
): Promise<{ readonly done: number; readonly total: number | undefined }> {
  if (isComparisonJob(job)) return { done: (await readDoneArms(env, folder)).length, total: armsOf(job).length };
  return { done: (await summaries.read(folder)).steps, total: "steps" in job ? job.steps : undefined };
}
