import type { HeadJob } from "../../core/tune/job.ts";
import { meanRecall } from "../../core/tune/retrieval.ts";
import { openGemm } from "../run/openGemm.ts";
import { isStopAsked } from "../tune/runFolder.ts";
import { trainHead } from "../tune/trainHead.ts";
import { TuneStoppedError } from "../tune/tuneError.ts";
import { readCanary } from "./canary.ts";
import { pairsOfArm } from "./comparedPairs.ts";
import type { ArmParts, ArmTrainer } from "./comparisonRun.ts";
import { readJobEncoder } from "./tuneOptions.ts";

/** Trains the arms of a comparison by the head trainer, in this process; nothing is left of them but their recall. */
export async function openHeadArms(job: HeadJob, { env, folder, compared, watch }: ArmParts): Promise<ArmTrainer> {
  const check = (): void => {
    watch.signal.throwIfAborted();
    if (isStopAsked(folder)) throw new TuneStoppedError("The comparison was stopped: resume it to go on with the trainings that are left");
  };
  // A fall of it ends an arm, as it ends the run.
  const looking = { provider: job.provider, signal: { throwIfAborted: check }, onProgress: () => undefined };
  const canary = job.guard > 0 ? await readCanary(env, await readJobEncoder(env, job), looking) : undefined;
  const gemm = await openGemm(env, job.provider, watch.print);
  const nothing = (): Promise<void> => Promise.resolve();
  const tools = { gemm, now: env.now, check, report: nothing, keep: nothing, onProgress: () => undefined, canary };
  return {
    train: async (arm) => {
      const { best } = await trainHead({ ...job, seed: arm.seed }, pairsOfArm(compared, arm).set, tools);
      return meanRecall(best.recall);
    },
    close: () => gemm.release(),
  };
}
