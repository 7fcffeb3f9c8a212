import { numberOption } from "../prune/options.ts";
import { captionFromAnswer } from "./answers.ts";
import { createPrompt, quoted } from "./prompt.ts";
import type { Rewriter } from "./rewriter.ts";

/** The caption with visible attributes of the things that it names: colours, materials, sizes. */
export const addAttributes: Rewriter = {
  id: "addAttributes",
  title: "Add visible attributes",
  about: "Puts colours, materials and sizes before the nouns that the caption has",
  source: "Ramshetty, Verma and Kumar, Cross-Modal Attribute Insertions, 2023",
  needs: ["picture"],
  calls: 1,
  options: { most: { kind: "number", about: "attributes that are added at most", otherwise: 2 } },
  step: ({ caption }, options, [answer]) =>
    answer !== undefined
      ? { kind: "propose", captions: [captionFromAnswer(answer)] }
      : {
          kind: "ask",
          prompt: createPrompt(
            `Insert at most ${numberOption(options, "most") ?? 2} adjectives that are plainly seen in the picture (colour, material, size, number) before nouns of the caption. Change nothing else. Answer with the new caption alone.`,
            [quoted("Caption", caption)],
            { picture: true },
          ),
        },
};
