import type { CaptionFilesApi } from "./captionFiles.ts";
import type { EncoderFolderApi, HubApi } from "./encoders.ts";
import type { Progress } from "../core/stages.ts";
import type { ComputeApi } from "./computeApi.ts";
import type { Overview } from "./overview.ts";
import type {
  KeylessSource,
  PageRewriteRequest,
  ProposeCaptionRequest,
  ProposedCaption,
  RewriteEstimate,
  RewriteProgress,
  RewriteReport,
  RewritesApi,
} from "./rewrites.ts";
import type { StoreApi } from "./storeApi.ts";
import type { TrainersApi } from "./trainers.ts";
import type { TuneRunsApi } from "./tuneRuns.ts";

/** Requests about rewriting to which the host adds more than the root (keys, the author), or which the panel leaves to others (folders outside of the dataset among them). */
type HostedRewriteMethod = "estimateRewrite" | "rewrite" | "proposeCaption" | "takeWorksheet" | "describeCaptioner";

/** The store's requests that the panel may make; the host adds the dataset's root. What writes outside of the dataset is not the panel's to ask. */
export type StoreMethod = Exclude<
  keyof StoreApi,
  | "findDatasets"
  | "openView"
  | "listExportFormats"
  | "exportDataset"
  | "findTuneSample"
  | keyof HubApi
  | keyof EncoderFolderApi
  | keyof TrainersApi
  | Exclude<keyof TuneRunsApi, "readTuneCurves" | "stopTuneRun" | "resumeTuneRun">
  | keyof CaptionFilesApi
  | (keyof RewritesApi & HostedRewriteMethod)
>;

type WithoutRoot<Params> = Params extends unknown ? Omit<Params, "root"> : never;

type ProgressOf<Call> = Call extends { progress: infer Progress } ? Progress : undefined;

type Relayed = {
  [Method in StoreMethod]: {
    params: WithoutRoot<StoreApi[Method]["params"]>;
    result: StoreApi[Method]["result"];
    progress: ProgressOf<StoreApi[Method]>;
  };
};

/** A search by the encoder that orders a view: by a text, by one of the dataset's pictures, or by a picture that the person chooses in a dialog. */
export type Search =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "sample"; readonly sample: string }
  | { readonly kind: "image"; readonly path: string };

/** Who is to write captions anew, as a person chose it: the page hands `source` on as it is, the host adds what is secret. `label` names it to people. */
export interface ChosenProvider {
  readonly source: KeylessSource;
  readonly label: string;
}

/** What the panel's page asks of the extension. */
export interface PanelToHost extends Relayed {
  /** The handshake: the extension says nothing before it. */
  ready: { params: { state: unknown }; result: PanelSnapshot };
  openView: {
    params: { unit: "pair" | "sample"; where?: string; sort?: string; search?: Search };
    result: StoreApi["openView"]["result"];
  };
  nearest: { params: { sample: string; limit: number }; result: ComputeApi["nearest"]["result"] };
  /** Which words of a caption its picture supports. */
  explainWords: { params: { sample: string; text: string }; result: ComputeApi["explainWords"]["result"] };
  project: { params: { projection: "pca" | "umap" }; result: ComputeApi["project"]["result"]; progress: { done: number; total: number } };
  /** Opens a sample's picture or a caption's file beside the panel. */
  openFile: { params: { sample: string; what: "picture" | "caption"; captionIndex: number }; result: null };
  /** Opens a sample picture that a run has painted beside the panel, large. */
  openTuneSample: { params: { run: string; name: string }; result: null };
  /** A URI that the page can show, where the picture is a file in a format that browsers know; else null: `readPicture` gives its bytes. */
  pictureUri: { params: { sample: string }; result: { uri: string } | null };
  /** Lets the person choose a picture on disk; null where none was chosen. */
  choosePicture: { params: null; result: { path: string } | null };
  /** Lets the person choose a recipe's file; null where none was chosen. */
  chooseRecipe: { params: null; result: { path: string } | null };
  /** Lets the person choose who writes captions anew: a model of the editor's, a server, or rules; null where none was chosen. */
  chooseProvider: { params: null; result: ChosenProvider | null };
  estimateRewrite: { params: PageRewriteRequest; result: RewriteEstimate };
  /** Begins a job, which goes on also when the page goes, and follows it; null where it was stopped. */
  rewrite: { params: PageRewriteRequest; result: RewriteReport | null; progress: RewriteProgress };
  /** Follows the job that is under way, or tells how one ended that no page was told of; null where there is none, or it was stopped. */
  followRewrite: { params: null; result: RewriteReport | null; progress: RewriteProgress };
  cancelRewrite: { params: null; result: null };
  /** Keeps what the person wrote as a proposal. */
  proposeCaption: { params: Omit<ProposeCaptionRequest, "root" | "author">; result: ProposedCaption };
  /** Asks a person a yes-or-no question in VS Code's own dialog. */
  confirm: { params: { message: string; detail: string; action: string }; result: boolean };
  run: { params: null; result: null };
  cancelRun: { params: null; result: null };
  /** A sentence for VS Code's log channel. */
  report: { params: { message: string; detail: string }; result: null };
}

/** A run under way. */
export interface RunState {
  readonly progress: readonly Progress[];
  readonly etaSeconds: number | null;
}

/** All that the panel's page is told from above, whole each time. `version` grows with every snapshot of a panel. */
export interface PanelSnapshot {
  readonly version: number;
  readonly overview: Overview;
  readonly run: RunState | null;
  /** Files of the dataset that changed since the analysis; null where that isn't known. */
  readonly changedFiles: number | null;
  readonly trusted: boolean;
}

/** Where the extension sends the panel: to a bucket, a group, a sample. */
export interface Destination {
  readonly view: "gallery" | "scores" | "groups" | "map" | "recipe" | "spotCheck" | "edits" | "rewrites" | "worksheet" | "runs";
  readonly where?: string;
  readonly unit?: "pair" | "sample";
  readonly kind?: string;
  readonly group?: string;
  readonly sample?: string;
  readonly search?: string;
  /** The bucket whose captions are to be worked on; those that fit `where` where it is given instead. */
  readonly bucket?: string;
  /** Whether it is about what the page's own views have chosen just now. */
  readonly chosen?: boolean;
  /** The rewriter that is to be chosen. */
  readonly preset?: string;
  /** The caption of `sample` that is to be edited, by its index. */
  readonly edit?: number;
}

/** What the extension tells the panel's page. */
export interface HostToPanel {
  snapshot: { params: PanelSnapshot; result: null };
  show: { params: Destination; result: null };
  /** A command of VS Code that the page carries out, such as the keybindings of verdicts. */
  perform: { params: { action: PanelAction }; result: null };
}

/** Actions of the page that have a command in VS Code. */
export type PanelAction =
  "keep" | "drop" | "review" | "clearVerdict" | "undo" | "selectAll" | "focusFilter" | "toggleInspector" | "refresh" | "findSimilar";
