import { textOption } from "../../prune/options.ts";
import { tagKey } from "../tags.ts";
import { parseList } from "./lists.ts";
import { tagOperation } from "./tagOperation.ts";
import { escapePattern } from "./wordPattern.ts";

/** Tags on a blacklist. */
export const removeTags = tagOperation({
  id: "removeTags",
  title: "Remove tags",
  about: "takes away the tags of a list",
  options: { tags: { kind: "text", about: "the tags, parted by | or on lines of their own; * stands for any signs, as in artist:*" } },
  prepare: (options) => {
    const listed = parseList(textOption(options, "tags") ?? "").map(tagKey);
    if (listed.length === 0) return "Expected tags to remove but received none";
    const plain = new Set(listed.filter((tag) => !tag.includes("*")));
    const patterns = listed
      .filter((tag) => tag.includes("*"))
      .map((tag) => new RegExp(`^${tag.split("*").map(escapePattern).join(".*")}$`, "su"));
    const isListed = (key: string): boolean => plain.has(key) || patterns.some((pattern) => pattern.test(key));
    return { edit: (tags) => tags.filter((tag) => !isListed(tagKey(tag))) };
  },
});
