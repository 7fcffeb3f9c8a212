import { dirname, join, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { comparableJob } from "../../core/tune/comparable.ts";
import { armsOf, comparisonTrainer, type Arm, type ComparableJob, type ComparisonJob } from "../../core/tune/comparisonJob.ts";
import { pairedInterval } from "../../core/tune/pairedInterval.ts";
import { isHeadJob } from "../../core/tune/runJob.ts";
import type { AgainstRandom } from "../../protocol/againstRandom.ts";
import type { CompareTuneRequest } from "../../protocol/tuneReport.ts";
import type { Env } from "../env.ts";
import { locateDataset } from "../store/dotWinnow.ts";
import type { TellState } from "../tune/asRun.ts";
import { addDoneArm, readDoneArms, writeAgainstRandom, type DoneArm } from "../tune/comparisonFiles.ts";
import { findTraining, listRuns, readRunState, reserveRun, writeJob, type FoundRun, type RunPlace } from "../tune/runFolder.ts";
import { startRun } from "../tune/startRun.ts";
import { TuneError } from "../tune/tuneError.ts";
import { openAnalysed, type AnalysedDataset } from "./analysedDataset.ts";
import type { RunWatch } from "./carryOutRun.ts";
import { gatherCompared, type ComparedPairs } from "./comparedPairs.ts";
import { openFullArms } from "./fullArms.ts";
import { openHeadArms } from "./headArms.ts";

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
  const asked = { schema: 1, trainer: comparisonTrainer, dataset: resolve(root), of, seeds, job } as const;
  const begun = await findBegun(winnowFolder, asked, digest);
  if (begun?.state === "running") return begun;
  const place = begun ?? (await reserveRun(env, winnowFolder, comparisonTrainer));
  if (begun === undefined) await writeJob(place.folder, asked);
  await startRun(env, place.folder);
  return place;
}

async function findComparable(winnowFolder: string, id: string | undefined): Promise<FoundRun<ComparableJob>> {
  const run = await findTraining(winnowFolder, id);
  const job = comparableJob(run.job, run.isElsewhere);
  if (typeof job === "string") throw new TuneError(`Whether it was the curation can't be asked of the run ${run.id}. ${job}`);
  return { ...run, job };
}

async function digestOfCompared(
  env: Env,
  { root, job }: { readonly root: string; readonly job: ComparableJob },
  signal: AbortSignal,
): Promise<string> {
  const dataset = await openAnalysed(env, root);
  try {
    return (await gatherCompared(env, dataset, job, signal)).digest;
  } finally {
    dataset.close();
  }
}

/** The newest run that asks the same and isn't done, where it is of the pairs as they are now. */
async function findBegun(winnowFolder: string, asked: ComparisonJob, digest: string): Promise<FoundRun | undefined> {
  const begun = (await listRuns(winnowFolder)).findLast(({ job }) => isDeepStrictEqual(job, asked));
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

/** What an arm's trainer works with. */
export interface ArmParts extends Omit<ComparisonRun, "job"> {
  readonly dataset: AnalysedDataset;
  readonly compared: ComparedPairs;
  readonly watch: RunWatch;
}

/** Trains the arms of a comparison. `train` gives the recall that one comes to, as a share, and throws a TuneStoppedError where it was stopped. */
export interface ArmTrainer {
  readonly train: (arm: Arm) => Promise<number>;
  readonly close: () => Promise<void>;
}

/** Does the trainings of a comparison that aren't done yet, and writes the answer into the folder of the run that it is about. Throws a TuneError where the pairs have changed since it began. */
export async function carryOutComparison({ job, ...run }: ComparisonRun, watch: RunWatch): Promise<void> {
  const { env, folder, tell } = run;
  const dataset = await openAnalysed(env, job.dataset);
  try {
    const compared = await gatherCompared(env, dataset, job.job, watch.signal);
    const known = (await readRunState(folder))?.vectors;
    if (known !== undefined && known !== compared.digest)
      throw new TuneError("The pairs that are kept have changed since the comparison was stopped: ask anew");
    await tell({ vectors: compared.digest });
    const done = await trainArms(job, { ...run, dataset, compared, watch });
    const answer = answerOf(done, compared);
    for (const place of [join(dirname(folder), job.of), folder]) await writeAgainstRandom(place, answer);
  } finally {
    dataset.close();
  }
}

async function trainArms(comparison: ComparisonJob, parts: ArmParts): Promise<readonly DoneArm[]> {
  const { job } = comparison;
  const { env, folder, watch } = parts;
  const done = [...(await readDoneArms(env, folder))];
  const trainer = isHeadJob(job) ? await openHeadArms(job, parts) : openFullArms(job, parts);
  try {
    for (const arm of armsOf(comparison).slice(done.length)) {
      const startedMs = env.now();
      const own = { ...arm, recall: await trainer.train(arm), ms: env.now() - startedMs };
      await addDoneArm(env, folder, own);
      done.push(own);
      watch.print(formatArm(own));
    }
    return done;
  } finally {
    await trainer.close();
  }
}

function formatArm({ seed, isCurated, recall }: DoneArm): string {
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
