import { dirname, join } from "node:path";
import { armsOf, comparisonTrainer, type Arm, type ComparisonJob } from "../../core/tune/comparisonJob.ts";
import type { HeadJob } from "../../core/tune/job.ts";
import { pairedInterval } from "../../core/tune/pairedInterval.ts";
import { meanRecall } from "../../core/tune/retrieval.ts";
import { isComparisonJob, isHeadJob } from "../../core/tune/runJob.ts";
import type { AgainstRandom } from "../../protocol/againstRandom.ts";
import type { CompareTuneRequest } from "../../protocol/tuneReport.ts";
import type { Env } from "../env.ts";
import { openGemm } from "../run/openGemm.ts";
import { locateDataset } from "../store/dotWinnow.ts";
import type { TellState } from "../tune/asRun.ts";
import { addDoneArm, readDoneArms, writeAgainstRandom, type DoneArm } from "../tune/comparisonFiles.ts";
import {
  findTraining,
  isStopAsked,
  listRuns,
  readRunState,
  reserveRun,
  writeJob,
  type FoundRun,
  type RunPlace,
} from "../tune/runFolder.ts";
import { startRun } from "../tune/startRun.ts";
import { trainHead } from "../tune/trainHead.ts";
import { TuneError, TuneStoppedError } from "../tune/tuneError.ts";
import { openAnalysed } from "./analysedDataset.ts";
import type { RunWatch } from "./carryOutRun.ts";
import { gatherCompared, pairsOfArm, type ComparedPairs } from "./comparedPairs.ts";

/**
 * Starts a comparison as a process that outlives this one, once it is sure that there is something to compare, or goes on with one that was cut off. Throws as `gatherCompared` does, and a
 * TuneError for less than one seed, or a run that can't be compared.
 */
export async function startComparison(env: Env, request: CompareTuneRequest, signal: AbortSignal): Promise<RunPlace> {
  const { root, seeds } = request;
  if (!Number.isInteger(seeds) || seeds < 1) throw new TuneError(`Expected a whole number of seeds but received ${seeds}`);
  const { folder: winnowFolder } = await locateDataset(env, root);
  const { id: of, job } = await findComparable(winnowFolder, request.run ?? undefined);
  const digest = await digestOfCompared(env, { root, job }, signal);
  const begun = await findBegun(winnowFolder, { of, seeds, digest });
  if (begun?.state === "running") return begun;
  const place = begun ?? (await reserveRun(env, winnowFolder, comparisonTrainer));
  if (begun === undefined) await writeJob(place.folder, { schema: 1, trainer: comparisonTrainer, of, seeds, job });
  await startRun(env, place.folder);
  return place;
}

async function findComparable(winnowFolder: string, id: string | undefined): Promise<FoundRun<HeadJob>> {
  const { job, ...run } = await findTraining(winnowFolder, id);
  if (!isHeadJob(job)) throw new TuneError(`The run ${run.id} is of ${job.trainer}, but this is about runs of the head trainer alone`);
  return { ...run, job };
}

async function digestOfCompared(
  env: Env,
  { root, job }: { readonly root: string; readonly job: HeadJob },
  signal: AbortSignal,
): Promise<string> {
  const dataset = await openAnalysed(env, root);
  try {
    return (await gatherCompared(env, dataset, job, signal)).digest;
  } finally {
    dataset.close();
  }
}

/** The newest comparison of a run for as many seeds that isn't done, and is of the pairs as they are now. */
async function findBegun(
  winnowFolder: string,
  { of, seeds, digest }: { readonly of: string; readonly seeds: number; readonly digest: string },
): Promise<FoundRun | undefined> {
  const begun = (await listRuns(winnowFolder)).findLast(({ job }) => isComparisonJob(job) && job.of === of && job.seeds === seeds);
  if (begun === undefined || begun.state === "done") return undefined;
  const known = (await readRunState(begun.folder))?.vectors;
  return known === undefined || known === digest ? begun : undefined;
}

/** A comparison and where it stands. */
export interface ComparisonRun {
  readonly env: Env;
  readonly job: ComparisonJob;
  readonly folder: string;
  readonly tell: TellState;
}

/** Does the trainings of a comparison that aren't done yet, and writes the answer into the folder of the run that it is about. Throws a TuneError where the pairs have changed since it began. */
export async function carryOutComparison({ env, job, folder, tell }: ComparisonRun, watch: RunWatch): Promise<void> {
  const dataset = await openAnalysed(env, job.job.dataset);
  try {
    const compared = await gatherCompared(env, dataset, job.job, watch.signal);
    const known = (await readRunState(folder))?.vectors;
    if (known !== undefined && known !== compared.digest)
      throw new TuneError("The pairs that are kept have changed since the comparison was stopped: ask anew");
    await tell({ vectors: compared.digest });
    const done = await trainArms({ env, job, folder, tell }, compared, watch);
    const answer = answerOf(done, compared);
    for (const place of [join(dirname(folder), job.of), folder]) await writeAgainstRandom(place, answer);
  } finally {
    dataset.close();
  }
}

async function trainArms({ env, job, folder }: ComparisonRun, compared: ComparedPairs, watch: RunWatch): Promise<readonly DoneArm[]> {
  const gemm = await openGemm(env, job.job.provider, watch.print);
  const check = (): void => {
    watch.signal.throwIfAborted();
    if (isStopAsked(folder)) throw new TuneStoppedError("The comparison was stopped: resume it to go on with the trainings that are left");
  };
  const nothing = (): Promise<void> => Promise.resolve();
  const tools = { gemm, now: env.now, check, report: nothing, keep: nothing, onProgress: () => undefined };
  const done = [...(await readDoneArms(env, folder))];
  try {
    for (const arm of armsOf(job).slice(done.length)) {
      const startedMs = env.now();
      const { best } = await trainHead({ ...job.job, seed: arm.seed }, pairsOfArm(compared, arm), tools);
      const own = { ...arm, recall: meanRecall(best.recall), ms: env.now() - startedMs };
      await addDoneArm(env, folder, own);
      done.push(own);
      watch.print(formatArm(arm, own.recall));
    }
    return done;
  } finally {
    await gemm.release();
  }
}

function formatArm({ seed, isCurated }: Arm, recall: number): string {
  return `Seed ${seed}, ${isCurated ? "the kept pairs" : "as many random pairs"}: R@1 ${(100 * recall).toFixed(1)} %`;
}

/** What the trainings come to. */
function answerOf(done: readonly DoneArm[], { pairs, ofPairs }: ComparedPairs): AgainstRandom {
  const recallsOf = (isCurated: boolean): readonly number[] =>
    done.filter((arm) => arm.isCurated === isCurated).map(({ recall }) => recall);
  const [curated, random] = [recallsOf(true), recallsOf(false)];
  const { mean, low, high } = pairedInterval(curated.map((share, at) => share - random[at]!));
  const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value);
  return { pairs, ofPairs, curated, random, difference: { mean, low: orNull(low), high: orNull(high) } };
}
