import { textOption } from "../../prune/options.ts";
import { parsePairs } from "./lists.ts";
import type { CaptionOperation } from "./operation.ts";
import { escapePattern, inCaseOf, wholeWord } from "./wordPattern.ts";

/** Words that take each other's place, all at once: after mirroring pictures left is right. */
export const swap: CaptionOperation = {
  id: "swap",
  title: "Swap words",
  about: "lets words take each other's place at once, such as left and right after pictures were mirrored",
  unit: "caption",
  options: {
    pairs: { kind: "text", about: "what is swapped, such as left=right|red=blue; whole words, capitals are kept", otherwise: "left=right" },
  },
  prepare: (options) => {
    const pairs = parsePairs(textOption(options, "pairs") ?? "");
    if (typeof pairs === "string") return pairs;
    const others = new Map<string, string>();
    for (const [left, right] of [...pairs, ...pairs.map(([one, other]) => [other, one] as const)]) {
      const known = others.get(left.toLowerCase());
      if (known !== undefined) return `Expected each word in one pair but received ${left} for ${known} and ${right}`;
      others.set(left.toLowerCase(), right);
    }
    // Of two that begin alike the longer one is meant.
    const words = [...others.keys()].sort((left, right) => right.length - left.length).map(escapePattern);
    const pattern = new RegExp(wholeWord(words.join("|")), "giu");
    return { edit: (text) => text.replaceAll(pattern, (found) => inCaseOf(found, others.get(found.toLowerCase()) ?? found)) };
  },
};
