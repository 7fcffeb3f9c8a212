import { numberOption } from "../prune/options.ts";
import { captionFromAnswer } from "./answers.ts";
import { createPrompt, quoted } from "./prompt.ts";
import type { Rewriter } from "./rewriter.ts";

/** The caption in other words, in the manner of the dataset's own best captions, which are shown in the prompt (in-context learning). */
export const laclip: Rewriter = {
  id: "laclip",
  title: "In the dataset's own style",
  about: "Says the same in the style of the dataset's best pairs, which are shown to the model",
  source: "Fan et al., Improving CLIP Training with Language Rewrites (LaCLIP), 2023",
  needs: ["examples"],
  calls: 1,
  options: {
    examples: { kind: "number", about: "pairs that are shown", otherwise: 3 },
    seed: { kind: "number", about: "another seed draws other pairs, and so gives another rewrite", otherwise: 0 },
  },
  step: ({ caption, examples }, options, [answer]) => {
    if (answer !== undefined) return { kind: "propose", captions: [captionFromAnswer(answer)] };
    const shown = examples.slice(0, numberOption(options, "examples") ?? 3);
    return {
      kind: "ask",
      prompt: createPrompt(
        "Rewrite the last caption of a picture in the style of the examples. Keep everything that it says about the picture and add nothing. Answer with the new caption alone.",
        [
          ...shown.map(({ source, target }) =>
            source === undefined ? quoted("Example", target) : `${quoted("Caption", source)} => ${JSON.stringify(target)}`,
          ),
          `${quoted("Caption", caption)} =>`,
        ],
        { temperature: 0.9 },
      ),
    };
  },
};
