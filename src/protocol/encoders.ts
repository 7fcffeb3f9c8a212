import type { DescribedGraphs } from "../core/encoders/describe.ts";
import type { EncoderFile } from "../core/encoders/encoderFile.ts";
import type { CaseParity, ParityGrade } from "../core/parity/certificate.ts";

/** An encoder that can be downloaded, with what a person should know before choosing it. `verified` is false where it is known from documentation alone. */
export interface DownloadableEncoder {
  readonly id: string;
  readonly title: string;
  readonly family: string;
  readonly dtype: string;
  readonly approximateBytes: number;
  readonly dim: number;
  readonly pixels: number;
  /** Null of an encoder that sees pictures alone, which can be a companion only. */
  readonly contextLength: number | null;
  readonly languages: string;
  readonly licence: string;
  readonly goodFor: string;
  readonly verified: boolean;
  /** Whether it lies in the cache. */
  readonly present: boolean;
}

/** An encoder to download: one of the listed, or any `owner/name`. The token goes to the hub alone. */
export interface DownloadEncoderRequest {
  readonly id: string;
  readonly dtype?: string;
  /** A branch, a tag or a commit; what the list pins, else the newest. */
  readonly revision?: string;
  /** The address of a mirror in the place of huggingface.co. */
  readonly hub?: string;
  readonly token?: string;
  readonly proxy?: string;
}

/** Where a downloaded encoder lies, and of which commit it is. `isNew` is false where it was there. */
export interface DownloadedEncoder {
  readonly id: string;
  readonly folder: string;
  readonly revision: string;
  readonly isNew: boolean;
}

/** What would have to be downloaded for CUDA, and how much. */
export interface CudaPlan {
  readonly downloads: readonly {
    readonly project: string;
    readonly version: string;
    readonly sizeBytes: number;
    readonly licence: string;
  }[];
  readonly totalBytes: number;
  readonly folder: string;
}

/** Where CUDA's libraries come from: the address of a Python package index, as pip takes it. */
export interface DownloadCudaRequest {
  readonly index?: string;
  readonly proxy?: string;
}

/** What was downloaded for CUDA; `stillMissing` has a sentence for each thing that no download brings, such as the driver. */
export interface DownloadedCuda {
  readonly folder: string;
  readonly downloaded: readonly string[];
  readonly stillMissing: readonly string[];
}

/** What is asked about encoders that come from a hub, and about CUDA's libraries. */
export interface HubApi {
  listDownloadableEncoders: { params: null; result: readonly DownloadableEncoder[] };
  /** Bytes as progress. */
  downloadEncoder: { params: DownloadEncoderRequest; result: DownloadedEncoder; progress: { done: number; total: number } };
  /** Removes what was downloaded; vectors stay. */
  removeEncoder: { params: { id: string }; result: { folder: string; freedBytes: number } };
  planCuda: { params: null; result: CudaPlan };
  /** Bytes as progress. */
  downloadCuda: { params: DownloadCudaRequest; result: DownloadedCuda; progress: { done: number; total: number } };
}

/** An encoder to make in eight bits: its id or folder. `keep` keeps it also where its vectors are not usable in the place of float32's. */
export interface QuantizeRequest {
  readonly encoder: string;
  readonly keep?: boolean;
}

/** How far a quantisation is: pictures and texts that float32 encodes, bytes of a graph that is rounded, or pictures and texts that are compared. Each step has a total of its own. */
export type QuantizeProgress = { readonly done: number; readonly total: number } & (
  { readonly step: "reference" } | { readonly step: "round" | "compare"; readonly graph: string; readonly form: "rows" | "blocks" }
);

/** One side of an encoder in eight bits, and how many pictures or texts a second it encoded in turn with its float32. */
export interface QuantizedSide {
  readonly form: "rows" | "blocks" | "unchanged";
  readonly products: number;
  readonly perSecond: number;
  readonly fp32PerSecond: number;
}

/** An encoder in eight bits, of the EncoderId `from`, with the grade and cases of its certificate against that. Where `isKept` is false its folder was not made. `text` is null where it sees pictures alone. */
export interface QuantizedEncoder {
  readonly id: string;
  readonly folder: string;
  readonly from: string;
  readonly isNew: boolean;
  readonly isKept: boolean;
  readonly isUsable: boolean;
  readonly grade: ParityGrade;
  readonly cases: readonly CaseParity[];
  readonly image: QuantizedSide;
  readonly text: QuantizedSide | null;
}

/** What is asked about making encoders smaller. It runs models, so a compute process answers. */
export interface QuantizeApi {
  quantizeEncoder: { params: QuantizeRequest; result: QuantizedEncoder; progress: QuantizeProgress };
}

/**
 * Two graphs (absolute paths; the same one twice where it has both sides, no text graph where the encoder sees pictures alone), and what a person has said of them
 * so far, in the words of `winnow.json`.
 */
export interface DescribeGraphsRequest {
  readonly imageGraph: string;
  readonly textGraph?: string;
  readonly said: Omit<EncoderFile, "schema">;
}

/** What the graphs tell and what has to be asked, with the folder and the path of the file that would be written. */
export interface DescribedEncoder extends DescribedGraphs {
  readonly folder: string;
  readonly path: string;
}

/** An encoder whose `winnow.json` was written, and that can be named by its folder. */
export interface SavedEncoder {
  readonly folder: string;
  readonly path: string;
  readonly encoderId: string;
}

/** What is asked about graphs that no known layout describes. */
export interface EncoderFolderApi {
  describeGraphs: { params: DescribeGraphsRequest; result: DescribedEncoder };
  saveEncoderFolder: { params: DescribeGraphsRequest; result: SavedEncoder };
}
