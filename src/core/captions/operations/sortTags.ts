import { numberOption } from "../../prune/options.ts";
import { tagKey } from "../tags.ts";
import { tagOperation } from "./tagOperation.ts";

/** Tags in one order. */
export const sortTags = tagOperation({
  id: "sortTags",
  title: "Sort tags",
  about: "puts tags in alphabetical order, or the most frequent first",
  options: {
    by: {
      kind: "choice",
      about: "the order; frequency counts the captions of this scope",
      choices: ["alphabet", "frequency"],
      otherwise: "alphabet",
    },
    keepFirst: { kind: "number", about: "leave so many tags at the start where they are, such as a trigger word", otherwise: 0 },
  },
  prepare: (options) => {
    const kept = numberOption(options, "keepFirst") ?? 0;
    if (!Number.isInteger(kept) || kept < 0) return `Expected a whole number from 0 for keepFirst but received ${kept}`;
    const counts = new Map<string, number>();
    const isByCount = options["by"] === "frequency";
    const compare = (left: string, right: string): number => {
      const byCount = isByCount ? (counts.get(right) ?? 0) - (counts.get(left) ?? 0) : 0;
      return byCount !== 0 ? byCount : left < right ? -1 : left > right ? 1 : 0;
    };
    return {
      survey: (tags) => {
        if (isByCount) for (const key of new Set(tags.map(tagKey))) counts.set(key, (counts.get(key) ?? 0) + 1);
      },
      edit: (tags) => [...tags.slice(0, kept), ...tags.slice(kept).sort((left, right) => compare(tagKey(left), tagKey(right)))],
    };
  },
});
