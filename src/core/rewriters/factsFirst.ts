import { captionFromAnswer } from "./answers.ts";
import { createPrompt, quoted } from "./prompt.ts";
import type { Rewriter } from "./rewriter.ts";

/** A caption written from facts that were read off the picture first; what the encoder scores lower than the old caption is not taken (`findHolds`). */
export const factsFirst: Rewriter = {
  id: "factsFirst",
  title: "Facts, then a caption",
  about: "Lists what is seen, then writes the caption from the list; kept only where the score rises",
  source: "Bai et al., AudioSetCaps, 2024: prompt chaining with a contrastive filter",
  needs: ["picture"],
  calls: 2,
  options: {},
  step: ({ caption }, _options, [facts, answer]) => {
    if (answer !== undefined) return { kind: "propose", captions: [captionFromAnswer(answer)] };
    if (facts === undefined)
      return {
        kind: "ask",
        prompt: createPrompt(
          "List what is seen in the picture: things with their colours and numbers, what they do, where they are. One short fact a line, at most eight, only what is plainly seen.",
          [],
          { picture: true, answerTokens: 200 },
        ),
      };
    if (captionFromAnswer(facts) === "") return { kind: "skip", why: "shows nothing that the model could name" };
    return {
      kind: "ask",
      prompt: createPrompt(
        "Write one caption of a picture from the facts, in one sentence, about as long as the old caption. Use the old caption only for names and style. Answer with the new caption alone.",
        [quoted("Facts", facts.trim()), quoted("Old caption", caption)],
      ),
    };
  },
};
