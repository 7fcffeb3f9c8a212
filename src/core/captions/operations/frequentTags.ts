import { numberOption } from "../../prune/options.ts";
import { tagKey } from "../tags.ts";
import { tagOperation } from "./tagOperation.ts";

/** Tags by how many captions have them: what nearly all have tells nothing apart, what one has is not learned. */
export const frequentTags = tagOperation({
  id: "frequentTags",
  title: "Rare and common tags",
  about: "takes away tags that too few or too many captions of this scope have",
  options: {
    atLeast: { kind: "number", about: "keep tags that so many captions have" },
    atMost: { kind: "number", about: "keep tags that no more than so many percent of the captions have" },
  },
  prepare: (options) => {
    const [least, most] = [numberOption(options, "atLeast"), numberOption(options, "atMost")];
    if (least === undefined && most === undefined) return "Expected atLeast or atMost but received neither";
    if (most !== undefined && !(most >= 0 && most <= 100)) return `Expected 0 to 100 for atMost but received ${most}`;
    const counts = new Map<string, number>();
    let captions = 0;
    const isKept = (key: string): boolean => {
      const count = counts.get(key) ?? 0;
      return count >= (least ?? 0) && (most === undefined || count <= (most / 100) * captions);
    };
    return {
      survey: (tags) => {
        if (tags.length > 0) captions += 1;
        for (const key of new Set(tags.map(tagKey))) counts.set(key, (counts.get(key) ?? 0) + 1);
      },
      edit: (tags) => tags.filter((tag) => isKept(tagKey(tag))),
    };
  },
});
