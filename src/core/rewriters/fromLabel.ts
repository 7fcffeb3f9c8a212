import { numberOption } from "../prune/options.ts";
import { captionsFromAnswer } from "./answers.ts";
import { createPrompt, quoted } from "./prompt.ts";
import type { Rewriter } from "./rewriter.ts";

/** Captions of a picture of which little more than its class is known. */
export const fromLabel: Rewriter = {
  id: "fromLabel",
  title: "From the class label",
  about: "Writes a bag of captions from the name of the picture's folder, for datasets whose captions are class labels",
  source: "Khattak et al., UniMed-CLIP, 2024; Saha, Van Horn and Maji, Improved Zero-Shot Classification, 2024",
  needs: ["label"],
  calls: 1,
  options: { count: { kind: "number", about: "captions of a picture", otherwise: 3 } },
  step: ({ caption, label }, options, [answer]) => {
    const most = numberOption(options, "count") ?? 3;
    if (label === undefined) return { kind: "skip", why: "lies in no folder that could name its class" };
    if (answer !== undefined) return { kind: "propose", captions: captionsFromAnswer(answer, most) };
    return {
      kind: "ask",
      prompt: createPrompt(
        `A picture is of the class below. Write ${most} different captions that are true of every usual picture of the class: what it is, how it looks, where it is found. Name the class in each. Answer with the captions alone, one a line.`,
        [quoted("Class", label), quoted("Caption so far", caption)],
        { answerTokens: 60 * most, temperature: 0.9 },
      ),
    };
  },
};
