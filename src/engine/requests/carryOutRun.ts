import { endings } from "../../core/tune/endings.ts";
import { isComparisonJob, isHeadJob, isImageJob } from "../../core/tune/runJob.ts";
import { fullTrainer } from "../../core/tune/jobs/fullJob.ts";
import { openClipTrainer } from "../../core/tune/jobs/openClipJob.ts";
import type { TuneJob } from "../../core/tune/tuneJob.ts";
import type { Env } from "../env.ts";
import { asRun, type TellState } from "../tune/asRun.ts";
import { exportTuned, isExportable } from "../tune/exportTuned.ts";
import { withMetricsOfLog } from "../tune/followLog.ts";
import { resumedJob, withMetricsOfOutput } from "../tune/followOutput.ts";
import { followTrainer, graceWithoutStopFileMs } from "../tune/followTrainer.ts";
import { readFullEnd } from "../tune/fullEnd.ts";
import { readJob } from "../tune/runFolder.ts";

/** How a run's own process is stopped, and where its words go. */
export interface RunWatch {
  readonly signal: AbortSignal;
  readonly print: (line: string) => void;
}

/** A run of a program that isn't the engine, and where it tells how it stands. */
interface ProgramRun {
  readonly env: Env;
  readonly job: TuneJob;
  readonly folder: string;
  readonly tell: TellState;
}

/** Does what the job in a run's folder says, from the beginning or from where it stopped. Throws what ends it; its folder tells the same. */
export async function carryOutRun(env: Env, folder: string, { signal, print }: RunWatch): Promise<void> {
  await asRun(env, { folder, signal }, async (tell) => {
    const job = await readJob(folder);
    print(`${job.trainer} in ${folder}`);
    // Whoever only follows another program needs neither models nor tables.
    if (isHeadJob(job)) {
      const { carryOutHead } = await import("./carryOutHead.ts");
      await carryOutHead({ env, job, folder, tell }, { signal, print });
    } else if (isComparisonJob(job)) {
      const { carryOutComparison } = await import("./comparisonRun.ts");
      await carryOutComparison({ env, job, folder, tell }, { signal, print });
    } else await carryOutProgram({ env, job, folder, tell }, { signal, print });
  });
}

/** Follows a trainer to its end and makes an encoder of what it leaves, where that is one. */
async function carryOutProgram({ env, job, folder, tell }: ProgramRun, { signal, print }: RunWatch): Promise<void> {
  if (isImageJob(job)) {
    const resumed = await resumedJob(job);
    const follow = (until: AbortSignal): Promise<void> =>
      followTrainer(resumed, { folder, signal: until, tell, grace: graceWithoutStopFileMs });
    await withMetricsOfOutput(env, job, { folder, signal, work: follow });
    return;
  }
  const work = (until: AbortSignal): Promise<void> => followTrainer(job, { folder, signal: until, tell });
  if (job.trainer === openClipTrainer) await withMetricsOfLog(env, job, { signal, work });
  else await work(signal);
  const message = job.trainer === fullTrainer ? endings[(await readFullEnd(folder)).end] : undefined;
  if (message !== undefined) print(message);
  if (!isExportable(job)) return;
  await tell({ message: exporting });
  const { folder: encoder, worstCosine } = await exportTuned(job, signal);
  await tell({ message });
  print(`The tuned encoder is in ${encoder}; its graphs agree with torch's, the worst cosine is ${worstCosine.toFixed(6)}`);
}

/** What a run tells while nothing counts how far it is. */
const exporting = "Its steps are done: the encoder is made of what it learned";
