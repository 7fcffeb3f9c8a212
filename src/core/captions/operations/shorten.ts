import { numberOption } from "../../prune/options.ts";
import { sentenceEnds } from "../sentences.ts";
import type { CaptionOperation } from "./operation.ts";

/** The beginning of a caption that is read whole: as many sentences as fit, else clauses, else words (short sub-captions as CLIPS, Liu et al. 2024, trains on). */
export const shorten: CaptionOperation = {
  id: "shorten",
  title: "Shorten",
  about: "cuts captions of too many tokens behind a whole sentence, else a clause, else a word",
  unit: "caption",
  options: {
    tokens: { kind: "number", about: "the most tokens, special ones included; those that the encoder reads where nothing is said" },
  },
  needs: () => ["tokens"],
  prepare: (options, { countTokens, tokenLimit }) => {
    const most = numberOption(options, "tokens") ?? tokenLimit;
    if (countTokens === undefined)
      return "The encoder of the last run can't be asked for tokens: run the analysis again with one that is there";
    if (most === undefined || !Number.isInteger(most) || most < 1)
      return `Expected a whole number from 1 for tokens but received ${most ?? "none"}`;
    const fits = (text: string): boolean => countTokens(text) <= most;
    return {
      edit: (text) => {
        if (fits(text)) return text;
        for (const ends of [sentenceEnds(text), clauseEnds(text), wordEnds(text)]) {
          const cut = longestFitting(text, ends, fits);
          if (cut !== undefined) return cut;
        }
        return text;
      },
    };
  },
};

/** The longest beginning that fits: longer ones have more tokens. */
function longestFitting(text: string, ends: readonly number[], fits: (text: string) => boolean): string | undefined {
  let [least, most] = [0, ends.length];
  const cutAt = (index: number): string => text.slice(0, ends[index]).replace(/[\s,;:–—-]+$/, "");
  while (least < most) {
    const middle = (least + most) >> 1;
    if (fits(cutAt(middle))) least = middle + 1;
    else most = middle;
  }
  const cut = least === 0 ? "" : cutAt(least - 1);
  return cut === "" ? undefined : cut;
}

function clauseEnds(text: string): number[] {
  return Array.from(text.matchAll(/[,;:–—](?=\s)/g), ({ index }) => index);
}

function wordEnds(text: string): number[] {
  return Array.from(text.matchAll(/\S(?=\s)/g), ({ index }) => index + 1);
}
