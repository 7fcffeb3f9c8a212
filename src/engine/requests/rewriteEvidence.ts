import { isContentWord } from "../../core/rewriters/comparison.ts";
import type { RewriteSubject } from "../../core/rewriters/rewriter.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import type { Asks } from "./rewriteJob.ts";
import type { RewriteItem } from "./rewriteItems.ts";

/** Words that are told a model as doubtful: the wrong one is among the three least supported in two of three captions (DEFINITIONS, "the wrong word is found"). */
const weakest = 3;

/** What the encoder holds against captions: the words that they would hardly miss, and the foreign caption that fits the picture best, where it fits better. */
export async function readEvidence(
  dataset: AnalysedDataset,
  items: readonly RewriteItem[],
  asks: Asks,
  signal: AbortSignal,
): Promise<Pick<RewriteSubject, "nearestWrong" | "weakWords">[]> {
  const asked = items.map(({ sample, text }) => ({ sample, text }));
  const found = await asks.call("findEvidence", { root: dataset.root, items: asked, provider: "auto" }, { signal });
  return found.map(({ score, words, nearestWrong }) => {
    const known = words.filter(({ word, drop }) => !Number.isNaN(drop) && isContentWord(word));
    known.sort((one, other) => one.drop - other.drop);
    return {
      weakWords: known.slice(0, weakest).map(({ word }) => word),
      nearestWrong: nearestWrong !== null && nearestWrong.score > score ? nearestWrong.text : undefined,
    };
  });
}
