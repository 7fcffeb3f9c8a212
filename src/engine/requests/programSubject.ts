import type { TuneJob } from "../../core/tune/tuneJob.ts";
import { readEncoder, type Encoder } from "../encode/encoderFolder.ts";
import { encodeDataset } from "../run/encodeDataset.ts";
import type { StageClock } from "../run/stageClock.ts";
import { openVectors } from "../store/vectors.ts";
import { exportedFolder, readExported } from "../tune/exportTuned.ts";
import { readEndSettings } from "../tune/fullEnd.ts";
import type { FoundRun } from "../tune/runFolder.ts";
import { TuneError } from "../tune/tuneError.ts";
import { encodeCanary } from "./canary.ts";
import { createQueryEncoder } from "./queryEncoder.ts";
import { readSides } from "./rescore.ts";
import { readOrigin } from "./tuneOptions.ts";
import type { SubjectParts, SubjectWatch, TuneSubject } from "./tuneSubject.ts";

/** The least cosine that is agreement: both were reckoned in float32, by other programs. */
const leastAgreement = 0.9999;

/** A run of a trainer in Python, which made another encoder: what the cache hasn't of its vectors is encoded, and stays for an analysis with it. */
export async function openProgramSubject(parts: SubjectParts, run: FoundRun<TuneJob>): Promise<TuneSubject> {
  const { env, dataset, provider } = parts;
  const { origin } = run.job;
  const exported = await readExported(run.folder);
  if (origin === undefined || exported === undefined)
    throw new TuneError(`The run ${run.id} has left no encoder that the pairs of this dataset could be scored by`);
  const tuned = exportedFolder(run.folder);
  const { guard, patience } = readEndSettings(run.job);
  const encoder = await readEncoder(env, tuned);
  const { id, dim } = encoder.descriptor;
  return {
    before: await readOrigin(env, origin),
    tuned,
    origin,
    tellsRecall: false,
    keepsBest: guard > 0 || patience > 0,
    after: async (listed, _, watch) => {
      await encodeMissing(parts, encoder, watch);
      return await readSides(dataset, listed, {
        images: await openVectors(env, id, "image", dim),
        texts: await openVectors(env, id, "text", dim),
      });
    },
    canaryAfter: async (_, watch) => {
      const queries = createQueryEncoder(env, encoder);
      try {
        return (await encodeCanary(queries, dim, { ...watch, provider }))!; // the sample was there before
      } finally {
        await queries.close();
      }
    },
    checkParity: () => {
      const { pictures, texts, worstCosine: leastCosine } = exported;
      return Promise.resolve({ pictures, texts, leastCosine, agrees: leastCosine >= leastAgreement });
    },
  };
}

async function encodeMissing(
  { env, dataset, provider }: SubjectParts,
  encoder: Encoder,
  { signal, onProgress }: SubjectWatch,
): Promise<void> {
  const clock: StageClock = {
    start: (stage) => (stage === "encode" ? ({ done, cached, total }) => onProgress(done + cached, total) : () => undefined),
    pause: () => undefined,
    end: () => undefined,
    reports: () => ({}),
  };
  const whole = { root: dataset.root, samples: await dataset.samples() };
  const encoded = await encodeDataset(env, whole, { encoder, provider, clock, signal });
  await encoded.dispose();
}
