import type { HeadJob } from "../../core/tune/job.ts";
import type { JobOrigin } from "../../core/tune/tuneJob.ts";
import type { Encoder } from "../encode/encoderFolder.ts";
import { findVariant, readEncoder } from "../encode/encoderFolder.ts";
import { readImported, type VectorSource } from "../encode/importedEncoder.ts";
import type { Env } from "../env.ts";
import { openVectors } from "../store/vectors.ts";
import { planOf } from "../tune/trainHead.ts";
import { TuneError } from "../tune/tuneError.ts";
import { createQueryEncoder } from "./queryEncoder.ts";
import { readTextVectors } from "./textVectors.ts";
import type { TuneSetOptions } from "./tuneSet.ts";

/** The encoder that a job tunes. Throws a TuneError where another stands in its folder now. */
export async function readJobEncoder(env: Env, { encoder: { id, folder } }: Pick<HeadJob, "encoder">): Promise<Encoder> {
  const encoder = findVariant(await readEncoder(env, folder), id);
  if (encoder === undefined) throw new TuneError(`The encoder in ${folder} has changed since the run: begin a new one`);
  return encoder;
}

/** The encoder that scored the pairs when the run began; of imported vectors there is no more than those. Throws as `readJobEncoder` does. */
export async function readOrigin(env: Env, { encoder }: Pick<JobOrigin, "encoder">): Promise<VectorSource> {
  return (await readImported(env, encoder.folder)) ?? (await readJobEncoder(env, { encoder }));
}

/** Does work with what a job's set is taken by: the encoder's vectors, and the encoder itself where the loss asks for texts that are nobody's caption. */
export async function withTuneOptions<Result>(
  env: Env,
  { job, encoder }: { readonly job: HeadJob; readonly encoder: Encoder },
  signal: AbortSignal,
  work: (options: TuneSetOptions) => Promise<Result>,
): Promise<Result> {
  const { id, dim } = encoder.descriptor;
  const [images, texts] = [await openVectors(env, id, "image", dim), await openVectors(env, id, "text", dim)];
  const { seed, heldOut, provider } = job;
  const options = { images, texts, seed, heldOut };
  if (!planOf(job).loss.blocks.includes("imageExtra")) return await work(options);
  const queries = createQueryEncoder(env, encoder);
  const textVectors = (some: readonly string[]): Promise<Float32Array> =>
    readTextVectors({ env, encoder, store: texts, queries }, some, { provider, keep: true, signal });
  try {
    return await work({ ...options, textVectors });
  } finally {
    await queries.close();
  }
}
