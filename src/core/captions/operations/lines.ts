import { textOption } from "../../prune/options.ts";
import { splitSentences } from "../sentences.ts";
import type { CaptionOperation } from "./operation.ts";

/** Between one caption and many in a caption file: kohya reads the first line alone, SimpleTuner and OneTrainer take every line for a caption. */
export const lines: CaptionOperation = {
  id: "lines",
  title: "Lines of caption files",
  about: "makes one line of many in each caption file, or of each sentence a line",
  unit: "file",
  options: {
    to: {
      kind: "choice",
      about:
        "join: all lines in one; first: the first alone; sentences: each sentence on a line of its own, which are captions where lines are",
      choices: ["join", "first", "sentences"],
      otherwise: "join",
    },
    separator: { kind: "text", about: "what joined lines are parted by", otherwise: " " },
  },
  prepare: (options) => ({
    edit: (text) => {
      const filled = text
        .split("\n")
        .map((line) => line.trim())
        .filter((line) => line !== "");
      switch (options["to"]) {
        case "first":
          return filled.length > 1 ? filled[0]! : text;
        case "sentences": {
          const sentences = filled.flatMap(splitSentences);
          return sentences.length > filled.length ? sentences.join("\n") : text;
        }
        default:
          return filled.length > 1 ? filled.join(textOption(options, "separator") ?? " ") : text;
      }
    },
  }),
};
