import { numberOption } from "../prune/options.ts";
import { captionsFromAnswer } from "./answers.ts";
import { createPrompt, quoted } from "./prompt.ts";
import type { Rewriter } from "./rewriter.ts";

/** Short captions of a long one, each of which says one thing of it. */
export const subCaptions: Rewriter = {
  id: "subCaptions",
  title: "Shorten to sub-captions",
  about: "Makes short captions of a long one, each about one thing that it says",
  source: "Liu et al., CLIPS, 2024; Zheng et al., DreamLIP, 2024",
  needs: [],
  calls: 1,
  options: {
    count: { kind: "number", about: "short captions at most", otherwise: 3 },
    words: { kind: "number", about: "words of one at most", otherwise: 15 },
  },
  step: ({ caption }, options, [answer]) => {
    const [most, words] = [numberOption(options, "count") ?? 3, numberOption(options, "words") ?? 15];
    if (answer !== undefined) return { kind: "propose", captions: captionsFromAnswer(answer, most) };
    if (caption.split(/\s+/).length <= words) return { kind: "skip", why: "is short enough" };
    return {
      kind: "ask",
      prompt: createPrompt(
        `Write at most ${most} short captions of the same picture, the most important first. Each says one thing that the long caption says, in at most ${words} words, and adds nothing. Answer with the captions alone, one a line.`,
        [quoted("Long caption", caption)],
        { answerTokens: 40 + most * words * 2 },
      ),
    };
  },
};
