import type { HeadJob } from "../../core/tune/job.ts";
import { meanRecall } from "../../core/tune/retrieval.ts";
import { openGemm } from "../run/openGemm.ts";
import { isStopAsked } from "../tune/runFolder.ts";
import { trainHead } from "../tune/trainHead.ts";
import { TuneStoppedError } from "../tune/tuneError.ts";
import { pairsOfArm } from "./comparedPairs.ts";
import type { ArmParts, ArmTrainer } from "./comparisonRun.ts";

/** Trains the arms of a comparison by the head trainer, in this process; nothing is left of them but their recall. */
export async function openHeadArms(job: HeadJob, { env, folder, compared, watch }: ArmParts): Promise<ArmTrainer> {
  const gemm = await openGemm(env, job.provider, watch.print);
  const check = (): void => {
    watch.signal.throwIfAborted();
    if (isStopAsked(folder)) throw new TuneStoppedError("The comparison was stopped: resume it to go on with the trainings that are left");
  };
  const nothing = (): Promise<void> => Promise.resolve();
  const tools = { gemm, now: env.now, check, report: nothing, keep: nothing, onProgress: () => undefined };
  return {
    train: async (arm) => {
      const { best } = await trainHead({ ...job, seed: arm.seed }, pairsOfArm(compared, arm).set, tools);
      return meanRecall(best.recall);
    },
    close: () => gemm.release(),
  };
}
