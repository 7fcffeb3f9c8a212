import type { OptionTable, OptionValue } from "../core/prune/options.ts";
import type { ProviderChoice } from "../core/providers.ts";
import type { AcceptRule, Hold, RewriteMeasure } from "../core/rewriters/accept.ts";
import type { CaptionComparison } from "../core/rewriters/comparison.ts";
import type { Glitch } from "../core/rewriters/glitches.ts";
import type { Prompt } from "../core/rewriters/prompt.ts";
import type { RewriteNeed } from "../core/rewriters/rewriter.ts";
import type { WorksheetCaption, WorksheetPlace } from "../core/rewriters/worksheet.ts";
import type { DiffPart, EditScope } from "./captionEdits.ts";

/** A rewriter as a form can be made from it; see `Rewriter`. */
export interface ListedRewriter {
  readonly id: string;
  readonly title: string;
  readonly about: string;
  readonly source: string | null;
  readonly needs: readonly RewriteNeed[];
  readonly calls: number;
  readonly options: OptionTable;
}

/**
 * Who answers prompts: nobody (rules alone), an OpenAI-compatible endpoint (`url` up to and with `/v1`; the key is handed over with each request and is kept nowhere), a
 * captioner that is run here from its absolute folder, or a model of the host's.
 */
export type AnswerSource =
  | { readonly kind: "none" }
  | { readonly kind: "openAi"; readonly url: string; readonly model: string; readonly key?: string; readonly timeoutMs?: number }
  | { readonly kind: "local"; readonly folder: string }
  | { readonly kind: "host"; readonly model: string };

/** The same without its secrets, as it may be shown, remembered and handed to a page. */
export type KeylessSource = AnswerSource extends infer Source ? (Source extends unknown ? Omit<Source, "key"> : never) : never;

/**
 * What is to be rewritten and by whom. What a model wrote (also what was accepted of it) is passed over unless `redo`. `pictureSide` is the longer side of pictures that go
 * along, in pixels (768 where nothing is said), `concurrency` how many answers are asked for at once (4).
 */
export interface RewriteRequest {
  readonly root: string;
  readonly scope: EditScope;
  readonly preset: string;
  readonly options: Readonly<Record<string, OptionValue>>;
  readonly source: AnswerSource;
  readonly redo?: boolean;
  readonly concurrency?: number;
  readonly pictureSide?: number;
}

/** A request of a page, without root and secrets. */
export type PageRewriteRequest = Omit<RewriteRequest, "root" | "source"> & { readonly source: KeylessSource };

/** Captions of a scope: `frozen` are of the evaluation split, `machine` a model's own, `skipped` those that the preset has nothing to do with; the rest is rewritten. */
export interface RewriteScopeCounts {
  readonly total: number;
  readonly frozen: number;
  readonly machine: number;
  readonly skipped: number;
  readonly captions: number;
}

/**
 * What a job would ask: answers that were had before are `cached` and cost nothing. Tokens are an estimate from the texts' lengths, output at most; what pictures cost in
 * tokens is up to the model. Of a preset that needs the encoder's evidence, and of all but the first of several calls, the prompts aren't known before: `cached` is null.
 * `countedPrompts` are those whose tokens the model itself counted; where there are some, the others are reckoned by them.
 */
export interface RewriteEstimate extends RewriteScopeCounts {
  readonly calls: number;
  readonly cached: number | null;
  readonly pictures: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly countedPrompts?: number;
}

/** How a job goes on: captions that are done. */
export interface RewriteProgress {
  readonly done: number;
  readonly total: number;
}

/** Why answers were not to be had, with how many captions that left as they are. */
export interface RewriteFailure {
  readonly reason: string;
  readonly count: number;
}

/**
 * What a job did: `asked` answers came from the model, `cached` from before. `proposals` are new, `known` were there already, `unchanged` say what the caption says.
 * `glitches` counts proposals with one. `failures` left their captions without an answer; `retries` are calls that were made again.
 */
export interface RewriteReport extends RewriteScopeCounts {
  readonly asked: number;
  readonly cached: number;
  readonly retries: number;
  readonly proposals: number;
  readonly known: number;
  readonly unchanged: number;
  readonly glitches: number;
  readonly measured: number;
  readonly failures: readonly RewriteFailure[];
}

/** What became of a proposal: "stale" where its caption says something else by now. */
export type RewriteState = "proposed" | "accepted" | "rejected" | "stale";

/** A proposed caption as it is listed. `human` where a person wrote the caption before. `holds` say why the rule leaves it to a person, nothing where it would take it. */
export interface ListedRewrite {
  readonly id: string;
  readonly sample: string;
  readonly captionIndex: number;
  readonly before: string;
  readonly after: string;
  readonly diff: readonly DiffPart[];
  readonly preset: string;
  readonly author: string;
  readonly state: RewriteState;
  readonly comparison: CaptionComparison;
  readonly glitches: readonly Glitch[];
  readonly measure: RewriteMeasure | null;
  readonly holds: readonly Hold[];
}

/** In which order proposals are listed: as they were made, the latest first, or by what they add to the score (unknown comes last). */
export type RewriteOrder = "made" | "latest" | "mostGain" | "leastGain";

/** Asks for proposals, those from `from` on, at most `limit`, as they were made where no order is said. `passing` asks for those that the rule takes, or for those that it holds. */
export interface RewritesRequest {
  readonly root: string;
  readonly state?: RewriteState;
  readonly passing?: boolean;
  readonly sample?: string;
  readonly order?: RewriteOrder;
  readonly from: number;
  readonly limit: number;
  readonly rule?: AcceptRule;
}

/** A page of proposals with the number of all in each state, and of those that the rule would take. */
export interface RewritePage {
  readonly rewrites: readonly ListedRewrite[];
  readonly count: number;
  readonly counts: Readonly<Record<RewriteState, number>>;
  readonly acceptable: number;
}

/** How an accepted caption goes into its file: in the place of the old one, or as another caption of the picture behind it (LaCLIP keeps the original; 1-to-K). */
export type RewriteStrategy = "replace" | "add";

/** Which proposals are accepted: by their ids (a person's word), or all that the rule takes. */
export type AcceptChoice = { readonly kind: "ids"; readonly ids: readonly string[] } | { readonly kind: "rule"; readonly rule: AcceptRule };

/** Accepts proposals as one operation of the ledger. */
export interface AcceptRewritesRequest {
  readonly root: string;
  readonly choice: AcceptChoice;
  readonly strategy: RewriteStrategy;
}

/** What was accepted; `left` are proposals whose caption could not be changed, with why, the first 100. Of several proposals for one caption the best is taken; `passed` counts the others. */
export interface AcceptedRewrites {
  readonly operation: string | null;
  readonly accepted: number;
  readonly passed: number;
  readonly left: readonly { readonly id: string; readonly sample: string; readonly reason: string }[];
}

/** What was taken of a worksheet; the operation is null where nothing was new. */
export interface TakenWorksheet {
  readonly operation: string | null;
  readonly taken: number;
  readonly left: readonly { readonly sample: string; readonly captionIndex: number; readonly reason: string }[];
}

/** How a caption was written that no rewriter made: blind, with the old one shown first, or by changing a proposal. It is the proposal's preset, and so in the record. */
export type HandPreset = "blind" | "seen" | "byHand";

/**
 * A caption that somebody wrote in the place of another. `was` is what the other says, or the hash of it (see `WorksheetPlace`): where it says something else by now, the
 * proposal is refused. `author` is "human", or the id of a model.
 */
export interface ProposeCaptionRequest {
  readonly root: string;
  readonly sample: string;
  readonly captionIndex: number;
  readonly was: { readonly text: string } | { readonly captionHash: string };
  readonly caption: string;
  readonly preset: HandPreset;
  readonly author: string;
}

/** The proposal as it stands; `unmeasured` says why the encoder could not judge it, null where it did. */
export interface ProposedCaption {
  readonly rewrite: ListedRewrite;
  readonly unmeasured: string | null;
}

/** Texts to measure against the picture of a sample: what a caption says, and what is proposed in its place. */
export interface MeasureRequest {
  readonly root: string;
  readonly items: readonly { readonly sample: string; readonly before: string; readonly after: string }[];
  readonly provider: ProviderChoice;
}

/** How much a word of a text adds to its score: positive where the picture supports it. Positions in UTF-16 code units, half-open. */
export interface WordEvidence {
  readonly from: number;
  readonly to: number;
  readonly word: string;
  readonly drop: number;
}

/** What the encoder says of a text and a picture: the score, each word's part in it, and the foreign caption that fits the picture best. NaN is unknown. */
export interface Evidence {
  readonly score: number;
  readonly words: readonly WordEvidence[];
  readonly nearestWrong: { readonly text: string; readonly score: number } | null;
}

/** Texts whose words are to be judged. */
export interface EvidenceRequest {
  readonly root: string;
  readonly items: readonly { readonly sample: string; readonly text: string }[];
  readonly provider: ProviderChoice;
}

/**
 * What a folder with a captioner is: `name` for people, `author` of what it writes (its name with a digest of its files). One that `takesPrompts` can be given any preset, another
 * describes pictures alone. `problem` is a sentence where it can't be run; then `author` is null.
 */
export interface CaptionerReport {
  readonly folder: string;
  readonly name: string;
  readonly author: string | null;
  readonly takesPrompts: boolean;
  /** Of the files that are read to run it. */
  readonly sizeBytes: number;
  readonly problem: string | null;
}

/** A prompt for a model of the host's, with the picture as JPEG where it wants one. */
export interface HostPrompt {
  readonly model: string;
  readonly prompt: Prompt;
  readonly picture: Uint8Array | null;
}

/** What the store needs for rewriting and has not itself: the encoder's measures, which the compute process gives, and models that the host has. The host relays and answers. */
export interface RewriteAsks {
  measureTexts: { params: MeasureRequest; result: readonly RewriteMeasure[] };
  findEvidence: { params: EvidenceRequest; result: readonly Evidence[] };
  /** Rejects with a sentence where no answer is to be had; by an error named `ModelRefusedError` where the next prompt would fare no better: the model is gone, forbidden or used up. */
  answerPrompt: { params: HostPrompt; result: { readonly text: string } };
  /** Tokens of texts as a model of the host's counts them. */
  countTokens: { params: { readonly model: string; readonly texts: readonly string[] }; result: readonly number[] };
}

/** What the store answers about rewriting. */
export interface RewritesApi {
  listRewriters: { params: null; result: readonly ListedRewriter[] };
  describeCaptioner: { params: { readonly folder: string }; result: CaptionerReport };
  estimateRewrite: { params: RewriteRequest; result: RewriteEstimate };
  /** Goes on where it was stopped: answers that were had are not asked for again. */
  rewrite: { params: RewriteRequest; result: RewriteReport; progress: RewriteProgress };
  listRewrites: { params: RewritesRequest; result: RewritePage };
  acceptRewrites: { params: AcceptRewritesRequest; result: AcceptedRewrites; progress: RewriteProgress };
  /** Captions that a person is to write without seeing the old ones; their nearest pictures come from `nearest`. */
  drawWorksheet: {
    params: { readonly root: string; readonly scope: EditScope; readonly count: number; readonly seed: number };
    result: readonly WorksheetPlace[];
  };
  takeWorksheet: { params: { readonly root: string; readonly captions: readonly WorksheetCaption[] }; result: TakenWorksheet };
  rejectRewrites: { params: { readonly root: string; readonly ids: readonly string[] }; result: { readonly rejected: number } };
  /** Takes rejections back. */
  reopenRewrites: { params: { readonly root: string; readonly ids: readonly string[] }; result: { readonly reopened: number } };
  /** Keeps a caption that a person or an agent wrote as a proposal, and measures it; no file is changed. */
  proposeCaption: { params: ProposeCaptionRequest; result: ProposedCaption };
}
