import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Arm } from "../../core/tune/comparisonJob.ts";
import { fullFiles } from "../../core/tune/jobs/fullJob.ts";
import type { EncoderJob, TuneJob } from "../../core/tune/tuneJob.ts";
import { followTrainer, graceWithoutStopFileMs } from "../tune/followTrainer.ts";
import { pythonProgram } from "../tune/pythonProgram.ts";
import { readTrainerRecall } from "../tune/trainerRecall.ts";
import { TuneError } from "../tune/tuneError.ts";
import { pairsOfArm } from "./comparedPairs.ts";
import type { ArmParts, ArmTrainer } from "./comparisonRun.ts";
import { writeFullData } from "./pythonData.ts";
import { countPairs, pairsOfSet, type ClusterablePairs } from "./tunePairs.ts";

/**
 * Trains the arms of a comparison by the trainer `full`, each as a run in a folder below the comparison's. One that was cut off goes on from its last checkpoint; one that is done leaves
 * nothing but its recall, for weights and checkpoints of them all would fill the disk.
 */
export function openFullArms(job: EncoderJob, { env, dataset, folder, tell, compared, watch }: ArmParts): ArmTrainer {
  const writing = { signal: watch.signal, onProgress: () => undefined };
  return {
    train: async (arm) => {
      const place = join(folder, "arms", `${arm.seed}-${arm.isCurated ? "kept" : "random"}`);
      await mkdir(place, { recursive: true });
      const pairs = await pairsOfSet(dataset, pairsOfArm(compared, arm), arm.seed);
      const again = jobOfArm(job, arm, { folder: place, pairs: pairs.pairs });
      await writeFullData(env, pairs, { ...again.settings, folder: place }, writing);
      // The stop file is the comparison's, which the trainer doesn't see.
      await followTrainer(again.job, { folder, signal: watch.signal, tell, grace: graceWithoutStopFileMs });
      const { after } = await readTrainerRecall(env, again.job);
      if (after === null) throw new TuneError(`The training in ${place} told no recall on what is held out`);
      await rm(place, { recursive: true, force: true });
      return after;
    },
    close: () => Promise.resolve(),
  };
}

const settingsShape = z.looseObject({
  loss: z.string(),
  epochs: z.number().int().positive(),
  batch: z.number().int().positive(),
  // Jobs that were written before there was a guard ran without one.
  guard: z.number().default(0),
});

/** The same training by another seed on other pairs, with the trainer as it ships now. Its metrics are for nobody but the comparison. */
function jobOfArm(
  job: EncoderJob,
  { seed }: Arm,
  { folder, pairs }: { readonly folder: string; readonly pairs: ClusterablePairs["pairs"] },
): { readonly job: TuneJob; readonly settings: z.infer<typeof settingsShape> } {
  const text = job.files.find(({ path }) => path === fullFiles.settings)?.text ?? "{}";
  const { success, data: known } = settingsShape.safeParse(JSON.parse(text));
  if (!success) throw new TuneError(`The run's job doesn't tell its settings in ${fullFiles.settings}: train anew`);
  const settings = { ...known, seed, tensorBoard: false, wandb: null };
  const { data } = countPairs(pairs);
  const again = {
    ...job,
    // The last words are the program and its folder, whatever launches them.
    args: [...job.args.slice(0, -2), pythonProgram("full"), folder],
    ...{ cwd: folder, folder, data },
    files: [{ path: fullFiles.settings, text: `${JSON.stringify(settings, undefined, 2)}\n` }],
    steps: settings.epochs * Math.ceil(data.shown / settings.batch),
  };
  return { job: again, settings };
}
