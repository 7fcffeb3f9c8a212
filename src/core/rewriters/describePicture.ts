import { textOption } from "../prune/options.ts";
import { captionFromAnswer } from "./answers.ts";
import { createPrompt, pictureDetails, type PictureDetail } from "./prompt.ts";
import type { Rewriter } from "./rewriter.ts";

const lengths: Readonly<Record<PictureDetail, { readonly words: string; readonly answerTokens: number }>> = {
  short: { words: "in one short sentence", answerTokens: 48 },
  detailed: { words: "in one or two sentences", answerTokens: 96 },
  full: { words: "in a short paragraph, without breaks", answerTokens: 192 },
};

/** A caption written from the picture alone. The only preset for captioners that take no instructions. */
export const describePicture: Rewriter = {
  id: "describePicture",
  title: "Describe the picture",
  about: "Writes a caption from the picture alone, without a look at the old one",
  source: "Nguyen et al., Improving Multimodal Datasets with Image Captioning, 2023",
  needs: ["picture"],
  calls: 1,
  isPlain: true,
  options: { detail: { kind: "choice", about: "how much is said", choices: pictureDetails, otherwise: "short" } },
  step: (_subject, options, [answer]) => {
    if (answer !== undefined) return { kind: "propose", captions: [captionFromAnswer(answer)] };
    const describes = pictureDetails.find((detail) => detail === textOption(options, "detail")) ?? "short";
    const { words, answerTokens } = lengths[describes];
    const instruction = `Describe what is plainly seen in the picture ${words}. Answer with the description alone.`;
    return { kind: "ask", prompt: { ...createPrompt(instruction, [], { picture: true, answerTokens }), describes } };
  },
};
