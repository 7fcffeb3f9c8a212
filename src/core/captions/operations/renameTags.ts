import { textOption } from "../../prune/options.ts";
import { tagKey } from "../tags.ts";
import { parsePairs } from "./lists.ts";
import { tagOperation } from "./tagOperation.ts";

/** Tags under other names. */
export const renameTags = tagOperation({
  id: "renameTags",
  title: "Rename tags",
  about: "gives tags other names; where a caption has the new one already, it stays once",
  options: { pairs: { kind: "text", about: "old and new names, such as grey=gray|doggo=dog" } },
  prepare: (options) => {
    const pairs = parsePairs(textOption(options, "pairs") ?? "");
    if (typeof pairs === "string") return pairs;
    const names = new Map(pairs.map(([old, name]) => [tagKey(old), name]));
    return {
      edit: (tags) => {
        const seen = new Set<string>(tags.map(tagKey).filter((key) => !names.has(key)));
        return tags.flatMap((tag) => {
          const name = names.get(tagKey(tag));
          if (name === undefined) return [tag];
          return seen.size < seen.add(tagKey(name)).size ? [name] : [];
        });
      },
    };
  },
});
