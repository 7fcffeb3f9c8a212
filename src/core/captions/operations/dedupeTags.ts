import { tagKey } from "../tags.ts";
import { tagOperation } from "./tagOperation.ts";

/** Every tag once. */
export const dedupeTags = tagOperation({
  id: "dedupeTags",
  title: "Remove repeated tags",
  about: "leaves each tag of a caption once, the first; case, and underscores for spaces, don't tell tags apart",
  options: {},
  prepare: () => ({
    edit: (tags) => {
      const seen = new Set<string>();
      return tags.filter((tag) => seen.size < seen.add(tagKey(tag)).size);
    },
  }),
});
