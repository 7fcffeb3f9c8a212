import { textOption } from "../../prune/options.ts";
import { tagKey } from "../tags.ts";
import { parsePairs } from "./lists.ts";
import { tagOperation } from "./tagOperation.ts";

/** Tags that follow from others: a puppy is a dog. */
export const implyTags = tagOperation({
  id: "implyTags",
  title: "Implied tags",
  about: "adds the tags that follow from others, or takes them away as superfluous",
  options: {
    pairs: { kind: "text", about: "which tag implies which, such as puppy=dog|dog=animal" },
    do: { kind: "choice", about: "what to do with implied tags", choices: ["add", "remove"], otherwise: "add" },
  },
  prepare: (options) => {
    const pairs = parsePairs(textOption(options, "pairs") ?? "");
    if (typeof pairs === "string") return pairs;
    const implied = new Map<string, string[]>();
    for (const [tag, other] of pairs) implied.set(tagKey(tag), [...(implied.get(tagKey(tag)) ?? []), other]);
    if (options["do"] === "remove") return { edit: (tags) => withoutImplied(tags, implied) };
    return {
      edit: (tags) => {
        const own = new Set(tags.map(tagKey));
        return [...tags, ...impliedBy(tags, implied).filter((tag) => own.size < own.add(tagKey(tag)).size)];
      },
    };
  },
});

/** All that follows from some tags, also over several steps; in a circle each once. */
function impliedBy(tags: readonly string[], implied: ReadonlyMap<string, readonly string[]>): string[] {
  const found = new Map<string, string>();
  const waiting = tags.map(tagKey);
  for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) {
    for (const other of implied.get(key) ?? []) {
      if (found.has(tagKey(other))) continue;
      found.set(tagKey(other), other);
      waiting.push(tagKey(other));
    }
  }
  return [...found.values()];
}

/** Of tags that imply each other the first stays. */
function withoutImplied(tags: readonly string[], implied: ReadonlyMap<string, readonly string[]>): string[] {
  const left = [...tags];
  for (let at = left.length - 1; at >= 0; at -= 1) {
    const others = left.filter((_, index) => index !== at && tagKey(left[index]!) !== tagKey(left[at]!));
    if (impliedBy(others, implied).some((other) => tagKey(other) === tagKey(left[at]!))) left.splice(at, 1);
  }
  return left;
}
