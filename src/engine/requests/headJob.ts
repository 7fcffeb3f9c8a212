import type { ProviderChoice } from "../../core/providers.ts";
import { jobDefaults, usualTemperature, type HeadJob, type SaidJob } from "../../core/tune/job.ts";
import type { Encoder } from "../encode/encoderFolder.ts";
import { isImported } from "../encode/importedEncoder.ts";
import type { Env } from "../env.ts";
import { parseJob } from "../tune/runFolder.ts";
import { planOf } from "../tune/trainHead.ts";
import { TuneError } from "../tune/tuneError.ts";
import { findEncoderOf } from "./encoderOfAnalysis.ts";

/** The encoder of a dataset's analysis, whose vectors are tuned. Throws a TuneError where only vectors are here. */
export async function readTunable(env: Env, root: string): Promise<Encoder> {
  const { encoder } = await findEncoderOf(env, root);
  if (isImported(encoder))
    throw new TuneError("The vectors of this analysis were imported, and no encoder is here to be tuned: analyse it with one");
  return encoder;
}

/** The head trainer's whole job of what a person said. Throws a TuneError that names what is off. */
export function makeHeadJob(dataset: string, { descriptor }: Encoder, said: SaidJob): HeadJob {
  const { id, folder, name, logitScale, bias } = descriptor;
  const job = {
    ...jobDefaults,
    lossOptions: {},
    headOptions: {},
    temperature: logitScale === undefined ? usualTemperature : 1 / logitScale,
    bias: 0,
    provider: "auto" as ProviderChoice,
    ...said,
    schema: 1,
    trainer: "head",
    dataset,
    encoder: { id, folder, name },
  } as const;
  const { loss } = planOf(job);
  return parseJob({ ...job, bias: said.bias ?? bias ?? loss.startBias ?? 0 }, "What was asked for");
}
