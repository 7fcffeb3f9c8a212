import { textOption } from "../../prune/options.ts";
import type { CaptionOperation } from "./operation.ts";
import { escapePattern, wholeWord } from "./wordPattern.ts";

/** Find and replace. A pattern that takes too long is stopped by who runs it: here nothing tells time. */
export const replace: CaptionOperation = {
  id: "replace",
  title: "Find and replace",
  about: "puts one text in the place of another, or of what a regular expression finds",
  unit: "caption",
  options: {
    find: { kind: "text", about: "what is looked for" },
    with: { kind: "text", about: "what stands there then; for a regular expression $1 or $<name> are its groups", otherwise: "" },
    regex: { kind: "flag", about: "what is looked for is a regular expression", otherwise: false },
    word: { kind: "flag", about: "only whole words", otherwise: false },
    matchCase: { kind: "flag", about: "capitals are told from small letters", otherwise: false },
  },
  prepare: (options) => {
    const find = textOption(options, "find") ?? "";
    if (find === "") return "Expected a text for find but received none";
    const isPattern = options["regex"] === true;
    const own = isPattern ? find : escapePattern(find);
    const flags = options["matchCase"] === true ? "gu" : "giu";
    const pattern = compile(own, flags);
    if (typeof pattern === "string") return pattern;
    const wanted = options["word"] === true ? new RegExp(wholeWord(own), flags) : pattern;
    const inserted = textOption(options, "with") ?? "";
    return { edit: (text) => (isPattern ? text.replaceAll(wanted, inserted) : text.replaceAll(wanted, () => inserted)) };
  },
};

function compile(pattern: string, flags: string): RegExp | string {
  try {
    return new RegExp(pattern, flags);
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^Invalid regular expression: /, "") : String(error);
    return `Expected a regular expression for find but ${why}`;
  }
}
