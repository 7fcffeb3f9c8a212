import type { ProviderChoice } from "../core/providers.ts";
import type { Progress } from "../core/stages.ts";
import type { RunReport, RunRequest, SearchRequest } from "./engineApi.ts";
import type { Nearest } from "./inspection.ts";
import type { Points, PointsRequest } from "./map.ts";

/** What the engine's compute process answers: decoding, models, mathematics. It may be killed at any time; the next one goes on from the cache. */
export interface ComputeApi {
  run: { params: RunRequest; result: RunReport; progress: Progress };
  /** The cosine of every sample's picture with the query, a value a sample row; NaN is unknown. */
  similarities: { params: Omit<SearchRequest, "limit">; result: { generation: string; values: Float32Array } };
  nearest: { params: { root: string; sample: string; limit: number; provider: ProviderChoice }; result: Nearest };
  project: { params: PointsRequest & { provider: ProviderChoice }; result: Points; progress: { done: number; total: number } };
  examineMachine: { params: null; result: MachineReport };
  listEncoders: { params: null; result: readonly EncoderReport[] };
}

/** What a machine offers; `why` says what an execution provider lacks. */
export interface MachineReport {
  readonly version: string;
  readonly node: string;
  readonly platform: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly providers: readonly { readonly provider: string; readonly usable: boolean; readonly why: string | null }[];
  readonly libraries: Readonly<Record<string, string>>;
  readonly cacheFolder: string;
  readonly dataFolder: string;
}

/** An encoder that can be named; `problem` is a sentence where it can't be used. */
export interface EncoderReport {
  readonly id: string;
  readonly folder: string;
  readonly builtin: boolean;
  readonly encoderId: string | null;
  readonly dim: number | null;
  readonly contextLength: number | null;
  readonly note: string | null;
  readonly problem: string | null;
}

/** What both of the engine's processes ask of their parent. */
export interface EngineToHost {
  log: { params: { tag: string; text: string }; result: null };
}
