import { computeCaptionTokens } from "../../core/signals/captionTokens.ts";
import { computeClipScore } from "../../core/signals/clipScore.ts";
import { computeClipScorePercentile } from "../../core/signals/clipScorePercentile.ts";
import type { MatchInput } from "../../core/signals/matchProbability.ts";
import { computeMatchProbability } from "../../core/signals/matchProbability.ts";
import { computeRanks } from "../../core/signals/ranks.ts";
import type { SignalValues } from "../../core/signals/signal.ts";
import type { SentenceVectors } from "../../core/signals/sentenceScores.ts";
import { computeSentenceScores } from "../../core/signals/sentenceScores.ts";
import { computeTruncated } from "../../core/signals/truncated.ts";
import type { EncoderDescriptor } from "../../core/encoder.ts";

/** What scoring takes. `tokensOfText` counts each unique text's tokens before anything is cut off, special tokens included; below 0 is unknown. */
export interface ScoreInput extends Omit<MatchInput, "clipScore" | "encoder"> {
  readonly encoder: Pick<EncoderDescriptor, "logitScale" | "bias" | "probability" | "contextLength">;
  readonly tokensOfText: Int32Array;
  readonly sentences: SentenceVectors;
}

/** How scoring is watched and cancelled; `done` and `total` count blocks of the all-pairs product, which is nearly all the work. */
export interface ScoreOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** One column for each signal of the registry, by its id, one value a pair; NaN is unknown. */
export type Scored = Readonly<Record<ScoredSignal, SignalValues>>;

/** The ids of the signals of a pair. */
export type ScoredSignal =
  | "clipScore"
  | "clipScorePercentile"
  | "captionRank"
  | "captionRankCandidates"
  | "captionRankShare"
  | "imageRank"
  | "imageRankCandidates"
  | "imageRankShare"
  | "matchProbability"
  | "captionTokens"
  | "truncated"
  | "clipScoreSentenceMean"
  | "clipScoreSentenceMax";

/** Computes all signals of all pairs. */
export async function score(input: ScoreInput, { signal, onProgress }: ScoreOptions = {}): Promise<Scored> {
  const clipScore = await computeClipScore(input, { signal });
  const ranks = await computeRanks({ ...input, clipScore }, { signal, onProgress });
  const captionTokens = computeCaptionTokens(input.pairs, input.tokensOfText);
  return {
    clipScore,
    clipScorePercentile: computeClipScorePercentile(clipScore),
    ...ranks,
    captionRankShare: ranks.captionRank.map((rank, pair) => rank / ranks.captionRankCandidates[pair]!),
    imageRankShare: ranks.imageRank.map((rank, pair) => rank / ranks.imageRankCandidates[pair]!),
    matchProbability: await computeMatchProbability({ ...input, clipScore }, signal),
    captionTokens,
    truncated: computeTruncated(captionTokens, input.encoder.contextLength),
    ...(await computeSentenceScores(input.pairs, input.images, input.sentences)),
  };
}
