import { lintCaption } from "../captions/lints/lints.ts";
import type { Rewriter } from "./rewriter.ts";

/** Fixes that may bring each other to light: an opening behind invisible signs, a loop behind an opening. */
const mostRounds = 8;

/** What lints can surely mend, without a model: openings, loops, invisible signs, wrong encodings, white space around the text. */
export const tidy: Rewriter = {
  id: "tidy",
  title: "Tidy up by rules",
  about: "Takes away openings, loops, invisible signs and wrong encodings, without a model",
  needs: [],
  calls: 0,
  options: {},
  step: ({ caption }) => {
    let text = caption;
    for (let round = 0; round < mostRounds; round += 1) {
      const fixed = lintCaption(text).find(({ fix }) => fix !== undefined && fix.fixed !== text)?.fix?.fixed;
      if (fixed === undefined) break;
      text = fixed;
    }
    const tidied = text
      .split("\n")
      .map((line) => line.replaceAll(/[ \t]{2,}/g, " ").trim())
      .join("\n")
      .trim();
    return tidied === caption || tidied === ""
      ? { kind: "skip", why: "has nothing that a rule could mend" }
      : { kind: "propose", captions: [tidied] };
  },
};
