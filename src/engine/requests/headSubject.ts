import { join } from "node:path";
import type { HeadJob } from "../../core/tune/job.ts";
import { readEncoder } from "../encode/encoderFolder.ts";
import { readRunState, runFiles, tunedFolder, type FoundRun } from "../tune/runFolder.ts";
import { readSafetensors } from "../tune/safetensors.ts";
import { planOf } from "../tune/trainHead.ts";
import { createQueryEncoder } from "./queryEncoder.ts";
import { tuneSides, type LearnedHeads } from "./rescore.ts";
import { checkTunedGraphs } from "./tunedParity.ts";
import { readJobEncoder } from "./tuneOptions.ts";
import type { SubjectParts, TuneSubject } from "./tuneSubject.ts";

/** A run of the head trainer: its vectors are those of the cache, sent through the heads. */
export async function openHeadSubject({ env, gemm, provider }: SubjectParts, run: FoundRun<HeadJob>): Promise<TuneSubject> {
  const { job, folder } = run;
  const heads = await readHeads(run);
  const tuned = tunedFolder(folder, job);
  return {
    before: await readJobEncoder(env, job),
    tuned,
    origin: { heldOut: job.heldOut, seed: job.seed, digest: (await readRunState(folder))?.vectors },
    tellsRecall: true,
    keepsBest: true,
    after: (_, before, { signal }) => tuneSides(gemm, heads, before, signal),
    canaryAfter: (before, { signal }) => tuneSides(gemm, heads, before, signal),
    checkParity: async (vectors, signal) => {
      const queries = createQueryEncoder(env, await readEncoder(env, tuned));
      try {
        return await checkTunedGraphs(queries, vectors, { provider, seed: job.seed, signal });
      } finally {
        await queries.close();
      }
    },
  };
}

async function readHeads({ folder, job }: FoundRun<HeadJob>): Promise<LearnedHeads> {
  const { tensors } = await readSafetensors(join(folder, runFiles.head));
  const weights = Object.entries(tensors).map(
    ([name, { shape, values }]) => [name, { rows: shape[0]!, columns: shape[1]!, values: Float32Array.from(values) }] as const,
  );
  return { plan: planOf(job).plan, weights: Object.fromEntries(weights) };
}
