import { dirname, join } from "node:path";
import { comparisonTrainer, type ComparisonJob } from "../../core/tune/comparisonJob.ts";
import type { CompareTuneRequest } from "../../protocol/tuneReport.ts";
import type { Env } from "../env.ts";
import { openGemm } from "../run/openGemm.ts";
import { locateDataset } from "../store/dotWinnow.ts";
import type { TellState } from "../tune/asRun.ts";
import { addDoneArm, readDoneArms, writeAgainstRandom, type DoneArm } from "../tune/comparisonFiles.ts";
import { isStopAsked, readRunState, reserveRun, writeJob } from "../tune/runFolder.ts";
import { startRun } from "../tune/startRun.ts";
import { TuneError, TuneStoppedError } from "../tune/tuneError.ts";
import { answerOf, armsOf, fightArm, findComparable, gatherContest, type Arm } from "./againstRandom.ts";
import { openAnalysed } from "./analysedDataset.ts";
import type { RunWatch } from "./carryOutRun.ts";
import { digestOfSet } from "./tuneSet.ts";

/** Starts a comparison as a process that outlives this one, once it is sure that there is something to compare; the id of its run. Throws as `gatherContest` does. */
export async function startComparison(env: Env, request: CompareTuneRequest, signal: AbortSignal): Promise<string> {
  const { id: of, job } = await findComparable(env, request);
  const dataset = await openAnalysed(env, request.root);
  try {
    await gatherContest(env, { dataset, job }, signal);
  } finally {
    dataset.close();
  }
  const { id, folder } = await reserveRun(env, (await locateDataset(env, request.root)).folder, comparisonTrainer);
  await writeJob(folder, { schema: 1, trainer: comparisonTrainer, of, seeds: request.seeds, job });
  await startRun(env, folder);
  return id;
}

/** A comparison and where it stands. */
export interface ComparisonRun {
  readonly env: Env;
  readonly job: ComparisonJob;
  readonly folder: string;
  readonly tell: TellState;
}

/** Does the trainings of a comparison that aren't done yet, and writes the answer into the folder of the run that it is about. Throws a TuneError where the pairs have changed since it began. */
export async function carryOutComparison({ env, job: { of, seeds, job }, folder, tell }: ComparisonRun, watch: RunWatch): Promise<void> {
  const dataset = await openAnalysed(env, job.dataset);
  const gemm = await openGemm(env, job.provider, watch.print);
  try {
    const contest = await gatherContest(env, { dataset, job }, watch.signal);
    const vectors = digestOfSet(job.encoder.id, contest);
    const known = (await readRunState(folder))?.vectors;
    const done = [...(await readDoneArms(env, folder))];
    if (done.length > 0 && known !== vectors)
      throw new TuneError("The pairs that are kept have changed since the comparison was stopped: ask anew");
    await tell({ vectors });
    const check = (): void => {
      watch.signal.throwIfAborted();
      if (isStopAsked(folder))
        throw new TuneStoppedError("The comparison was stopped: resume it to go on with the trainings that are left");
    };
    for (const arm of armsOf(job, seeds).slice(done.length)) {
      const startedMs = env.now();
      const recall = await fightArm(arm, contest, { gemm, now: env.now, check, onProgress: () => undefined });
      const own: DoneArm = { seed: arm.job.seed, isCurated: arm.isCurated, recall, ms: env.now() - startedMs };
      await addDoneArm(env, folder, own);
      done.push(own);
      watch.print(formatArm(arm, recall));
    }
    const answer = answerOf(
      done.map(({ recall }) => recall),
      contest,
    );
    for (const place of [join(dirname(folder), of), folder]) await writeAgainstRandom(place, answer);
  } finally {
    await gemm.release();
    dataset.close();
  }
}

function formatArm({ job, isCurated }: Arm, recall: number): string {
  return `Seed ${job.seed}, ${isCurated ? "the kept pairs" : "as many random pairs"}: R@1 ${(100 * recall).toFixed(1)} %`;
}
