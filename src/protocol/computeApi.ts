import type { Provider, ProviderChoice } from "../core/providers.ts";
import type { ParityGrade } from "../core/parity/certificate.ts";
import type { Progress } from "../core/stages.ts";
import type { CacheApi } from "./cache.ts";
import type { QuantizeApi } from "./encoders.ts";
import type { RunReport, RunRequest, SearchRequest } from "./engineApi.ts";
import type { ExplainedCaption, ExplainRequest, Nearest } from "./inspection.ts";
import type { LintReport, LintRequest } from "./lints.ts";
import type { Points, PointsRequest } from "./map.ts";
import type { ParityApi } from "./parity.ts";
import type { ReadAsRequest, TrainerReading } from "./trainers.ts";
import type { RewriteAsks } from "./rewrites.ts";
import type { TuneReportApi } from "./tuneReport.ts";
import type { TunePreviewApi } from "./tuneRuns.ts";

/** What the engine's compute process answers: decoding, models, mathematics. It may be killed at any time; the next one goes on from the cache. */
export interface ComputeApi extends CacheApi, ParityApi, QuantizeApi, TunePreviewApi, TuneReportApi {
  run: { params: RunRequest; result: RunReport; progress: Progress };
  /** The cosine of every sample's picture with the query, a value a sample row; NaN is unknown. */
  similarities: { params: Omit<SearchRequest, "limit">; result: { generation: string; values: Float32Array } };
  nearest: { params: { root: string; sample: string; limit: number; provider: ProviderChoice }; result: Nearest };
  /** Which words of a text the picture of a sample supports. */
  explainWords: { params: ExplainRequest; result: ExplainedCaption };
  project: { params: PointsRequest & { provider: ProviderChoice }; result: Points; progress: { done: number; total: number } };
  /** What the lints of the last run found; with another overlap the captions are compared anew. */
  lint: { params: LintRequest; result: LintReport };
  /** What a trainer would read from a folder; nothing is written. */
  readAs: { params: ReadAsRequest; result: TrainerReading; progress: { done: number; total: number } };
  measureTexts: RewriteAsks["measureTexts"];
  findEvidence: RewriteAsks["findEvidence"];
  examineMachine: { params: null; result: MachineReport };
  listEncoders: { params: null; result: readonly EncoderReport[] };
}

/** An execution provider on a machine; `why` says what it lacks and what to do, `device` what it runs on, where the system tells. */
export interface ProviderReport {
  readonly provider: Provider;
  readonly bundled: boolean;
  readonly usable: boolean;
  readonly why: string | null;
  readonly device: string | null;
}

/** What was measured of an encoder on a machine: where it runs now, and a figure for each provider that was tried. */
export interface ProbeReport {
  readonly encoder: string;
  readonly provider: Provider;
  readonly batchSize: number | null;
  readonly figures: readonly {
    readonly provider: Provider;
    readonly ratePerSecond: number | null;
    readonly batchSize: number;
    readonly cosine: number | null;
    readonly problem: string | null;
    /** The figure for people. */
    readonly text: string;
  }[];
}

/** The grade of an encoder's certificate and what it was compared with; null where it has none. `shrinkOnLoad` where large JPEGs are decoded smaller. */
export interface ParityReport {
  readonly encoder: string;
  readonly shrinkOnLoad: boolean;
  readonly grade: ParityGrade | null;
  readonly reference: string | null;
}

/** What a machine offers. `cores` are hardware threads; `physicalCores`, `quotaCores` (of a control group) and `threads` (that models run on) are null where they aren't told. */
export interface MachineReport {
  readonly version: string;
  readonly node: string;
  readonly platform: string;
  readonly cores: number;
  readonly physicalCores: number | null;
  readonly quotaCores: number | null;
  readonly threads: number | null;
  readonly memoryBytes: number;
  readonly freeMemoryBytes: number;
  readonly providers: readonly ProviderReport[];
  readonly probes: readonly ProbeReport[];
  readonly parities: readonly ParityReport[];
  readonly libraries: Readonly<Record<string, string>>;
  readonly cacheFolder: string;
  /** Of the cache's disk; null where the folder can't be looked at. */
  readonly cacheDisk: { readonly freeBytes: number; readonly totalBytes: number } | null;
  readonly dataFolder: string;
}

/** An encoder that can be named; `problem` is a sentence where it can't be used, `parity` the grade of its certificate, null where it has none. */
export interface EncoderReport {
  readonly id: string;
  readonly folder: string;
  readonly builtin: boolean;
  /** True of an encoder that sees pictures alone, which can be a companion only. */
  readonly imageOnly: boolean;
  readonly family: string | null;
  readonly encoderId: string | null;
  readonly dim: number | null;
  readonly contextLength: number | null;
  readonly note: string | null;
  readonly problem: string | null;
  readonly parity: ParityGrade | null;
}

/** What both of the engine's processes ask of their parent; rewriting is the store's alone. */
export interface EngineToHost extends RewriteAsks {
  log: { params: { tag: string; text: string }; result: null };
}
