import { textOption } from "../../prune/options.ts";
import type { CaptionOperation } from "./operation.ts";
import { escapePattern, wholeWord } from "./wordPattern.ts";

/** The word that calls up what a fine-tune learns: in every caption, once. */
export const trigger: CaptionOperation = {
  id: "trigger",
  title: "Add a trigger word",
  about: "adds a word to each caption that doesn't have it anywhere",
  unit: "caption",
  options: {
    trigger: { kind: "text", about: "the trigger word, such as sks" },
    at: { kind: "choice", about: "where it goes", choices: ["start", "end"], otherwise: "start" },
    separator: { kind: "text", about: "what parts it from the caption", otherwise: ", " },
  },
  prepare: (options) => {
    const word = (textOption(options, "trigger") ?? "").trim();
    if (word === "") return "Expected a trigger word but received none";
    const known = new RegExp(wholeWord(escapePattern(word)), "iu");
    const separator = textOption(options, "separator") ?? ", ";
    const isAtEnd = options["at"] === "end";
    return {
      edit: (text) => {
        if (known.test(text)) return text;
        if (text.trim() === "") return word;
        return isAtEnd ? text + separator + word : word + separator + text;
      },
    };
  },
};
