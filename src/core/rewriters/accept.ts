import type { CaptionComparison } from "./comparison.ts";
import type { Glitch } from "./glitches.ts";

/**
 * What the dataset's encoder says of a proposal. Scores are cosines with the picture; ranks are those of `captionRank`, both among `candidates`; tokens count the special
 * ones and what would be cut off. `unsupported` are added words without which the score is higher. NaN is unknown.
 */
export interface RewriteMeasure {
  readonly scoreBefore: number;
  readonly scoreAfter: number;
  readonly rankBefore: number;
  readonly rankAfter: number;
  readonly candidates: number;
  readonly tokensBefore: number;
  readonly tokensAfter: number;
  readonly tokenLimit: number;
  readonly unsupported: readonly string[];
}

/** When a proposal is taken without a person: the score must be at least `delta` above the old one. `allowAdded` sets the rule on added content words and numbers aside. */
export interface AcceptRule {
  readonly delta: number;
  readonly allowAdded: boolean;
}

/** The rule where nothing else is said. */
export const defaultAcceptRule: AcceptRule = { delta: 0, allowAdded: false };

/** Why a proposal waits for a person. */
export type Hold = "human" | "glitch" | "unknown" | "lowerScore" | "worseRank" | "cutOff" | "addedWords" | "addedNumbers";

/** What is judged: `author` wrote the caption before. */
export interface JudgedRewrite {
  readonly author: string;
  readonly glitches: readonly Glitch[];
  readonly comparison: CaptionComparison;
  readonly measure: RewriteMeasure | undefined;
}

/**
 * Why a proposal is not taken by the rule; where there is nothing, it is. A well-chosen false word raises almost any score, so that what adds a content word waits unless a
 * person relaxed that; what a person wrote is never replaced without one.
 */
export function findHolds({ author, glitches, comparison, measure }: JudgedRewrite, { delta, allowAdded }: AcceptRule): Hold[] {
  const holds: Hold[] = [];
  if (author === "human") holds.push("human");
  if (glitches.length > 0) holds.push("glitch");
  if (measure === undefined) holds.push("unknown");
  else {
    const { scoreBefore, scoreAfter, rankBefore, rankAfter, tokensAfter, tokenLimit } = measure;
    if ([scoreBefore, scoreAfter, rankBefore, rankAfter, tokensAfter, tokenLimit].some(Number.isNaN)) holds.push("unknown");
    if (scoreAfter < scoreBefore + delta) holds.push("lowerScore");
    if (rankAfter > rankBefore) holds.push("worseRank");
    if (tokensAfter > tokenLimit) holds.push("cutOff");
  }
  if (!allowAdded && comparison.added.length > 0) holds.push("addedWords");
  if (!allowAdded && comparison.addedNumbers.length > 0) holds.push("addedNumbers");
  return holds;
}
