import { captionLints } from "./captionLints.ts";
import { captionRank, captionRankCandidates, captionRankShare } from "./captionRank.ts";
import { captionTokens } from "./captionTokens.ts";
import { clipScore } from "./clipScore.ts";
import { clipScorePercentile } from "./clipScorePercentile.ts";
import { imageRank, imageRankCandidates, imageRankShare } from "./imageRank.ts";
import { matchProbability } from "./matchProbability.ts";
import { pixels } from "./pixels.ts";
import { clipScoreSentenceMax, clipScoreSentenceMean } from "./sentenceScores.ts";
import type { SignalDescriptor } from "./signal.ts";
import { truncated } from "./truncated.ts";

/** All signals, in the order in which they are shown. A new one is one file and one line here. */
export const signals: readonly SignalDescriptor[] = [
  clipScore,
  clipScorePercentile,
  captionRank,
  captionRankCandidates,
  captionRankShare,
  imageRank,
  imageRankCandidates,
  imageRankShare,
  matchProbability,
  captionTokens,
  truncated,
  captionLints,
  clipScoreSentenceMean,
  clipScoreSentenceMax,
  pixels,
];
