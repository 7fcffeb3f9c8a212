import type { Gemm } from "../../core/neighbours/gemm.ts";
import type { ProviderChoice } from "../../core/providers.ts";
import type { Canary } from "../../core/tune/canary.ts";
import { isComparisonJob, isHeadJob } from "../../core/tune/runJob.ts";
import type { JobOrigin } from "../../core/tune/tuneJob.ts";
import type { TunedParity } from "../../protocol/tuneReport.ts";
import type { VectorSource } from "../encode/importedEncoder.ts";
import type { Env } from "../env.ts";
import type { FoundRun } from "../tune/runFolder.ts";
import { TuneError } from "../tune/tuneError.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { openHeadSubject } from "./headSubject.ts";
import { openProgramSubject } from "./programSubject.ts";
import type { BothSides, ListedPairs } from "./rescore.ts";

/** How work is watched and stopped; `onProgress` counts from `done` to `total`. */
export interface SubjectWatch {
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
}

/** What a run that is reported on is told with. */
export interface SubjectParts {
  readonly env: Env;
  readonly dataset: AnalysedDataset;
  readonly gemm: Gemm;
  readonly provider: ProviderChoice;
}

/** A run that is reported on: the encoder before it, and how vectors after it are come by, which depends on the trainer. */
export interface TuneSubject {
  readonly before: VectorSource;
  /** The folder of the tuned encoder. */
  readonly tuned: string;
  /** How its pairs were taken; a `digest` that is undefined is that of none. */
  readonly origin: Pick<JobOrigin, "heldOut" | "seed"> & { readonly digest: string | undefined };
  /** Whether the recall that the trainer told is that of the encoder before it and after; it is measured anew otherwise. */
  readonly tellsRecall: boolean;
  /** Whether the weights of the best epoch are kept, not those of the last. */
  readonly keepsBest: boolean;
  /** The vectors of listed pairs after the run, from those before it or anew. */
  after(listed: ListedPairs, before: BothSides, watch: SubjectWatch): Promise<BothSides>;
  /** The same of the pairs that watch over what an encoder knew. */
  canaryAfter(before: Canary, watch: SubjectWatch): Promise<BothSides>;
  /** How far the exported graphs agree with what was trained. */
  checkParity(vectors: { readonly listed: ListedPairs; readonly tuned: BothSides }, signal: AbortSignal): Promise<TunedParity>;
}

/** Opens what a run that is done is reported by. Throws a TuneError where something that it needs is gone. */
export async function openTuneSubject(parts: SubjectParts, { job, ...run }: FoundRun): Promise<TuneSubject> {
  if (isHeadJob(job)) return await openHeadSubject(parts, { ...run, job });
  if (isComparisonJob(job)) throw new TuneError(`The run ${run.id} compares with random pairs: the report is that of the run ${job.of}`);
  return await openProgramSubject(parts, { ...run, job });
}
