import { isLanguage, languages } from "../captions/language.ts";
import { textOption } from "../prune/options.ts";
import { captionFromAnswer } from "./answers.ts";
import { createPrompt, quoted } from "./prompt.ts";
import type { Rewriter } from "./rewriter.ts";

/** The caption in another language. */
export const translate: Rewriter = {
  id: "translate",
  title: "Translate",
  about: "Says the same in another language",
  source: "Nie et al., 1-to-K Contrastive Learning, 2024: one picture, captions of several languages",
  needs: [],
  calls: 1,
  options: { to: { kind: "choice", about: "the language", choices: Object.keys(languages), otherwise: "en" } },
  language: (options) => textOption(options, "to"),
  step: ({ caption }, options, [answer]) => {
    const code = textOption(options, "to") ?? "en";
    if (answer !== undefined) return { kind: "propose", captions: [captionFromAnswer(answer)] };
    return {
      kind: "ask",
      prompt: createPrompt(
        `Translate the caption of a picture into ${isLanguage(code) ? languages[code] : code}. Keep names, numbers and the order of what is said; add nothing. Answer with the translation alone.`,
        [quoted("Caption", caption)],
        { answerTokens: 256 },
      ),
    };
  },
};
