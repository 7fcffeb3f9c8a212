import { splitSentences } from "../sentences.ts";
import type { CaptionOperation } from "./operation.ts";

/** One sentence of a long caption: DreamLIP (Zheng et al. 2024) samples such sub-captions, CLIPS (Liu et al. 2024) finds that short ones teach more. */
export const pickSentence: CaptionOperation = {
  id: "pickSentence",
  title: "Pick a sentence",
  about: "leaves one sentence of each caption",
  unit: "caption",
  options: {
    pick: {
      kind: "choice",
      about: "which: the best is the one that fits the picture best, where the last run measured it (captions that the encoder cuts off)",
      choices: ["first", "longest", "best"],
      otherwise: "first",
    },
  },
  needs: (options) => (options["pick"] === "best" ? ["sentenceScores"] : []),
  prepare: (options) => ({
    edit: (text, { sentenceScores }) => {
      const sentences = splitSentences(text);
      const [first] = sentences;
      if (first === undefined || sentences.length === 1) return text;
      switch (options["pick"]) {
        case "longest":
          return greatest(sentences, ({ length }) => length);
        case "best":
          return sentenceScores?.length === sentences.length && !sentenceScores.some(Number.isNaN)
            ? greatest(sentences, (_, index) => sentenceScores[index]!)
            : text;
        default:
          return first;
      }
    },
  }),
};

function greatest(sentences: readonly string[], valueOf: (sentence: string, index: number) => number): string {
  const values = sentences.map(valueOf);
  return sentences[values.indexOf(Math.max(...values))]!;
}
