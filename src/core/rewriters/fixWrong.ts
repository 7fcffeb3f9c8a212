import { captionFromAnswer } from "./answers.ts";
import { createPrompt, quoted } from "./prompt.ts";
import type { Rewriter } from "./rewriter.ts";

/** The caption with what the picture contradicts put right; the model sees the picture, the words that the encoder finds least, and the caption that fits better. */
export const fixWrong: Rewriter = {
  id: "fixWrong",
  title: "Put right what is wrong",
  about: "Corrects what the picture contradicts, and is told the least supported words and the foreign caption that fits best",
  needs: ["picture", "evidence"],
  calls: 1,
  options: {},
  step: ({ caption, nearestWrong, weakWords }, _options, [answer]) =>
    answer !== undefined
      ? { kind: "propose", captions: [captionFromAnswer(answer)] }
      : {
          kind: "ask",
          prompt: createPrompt(
            "The caption may be wrong about the picture. Correct only what the picture contradicts and keep the other words as they are. The doubtful words and the caption of another picture are hints from a program, which may be wrong too. Answer with the corrected caption alone.",
            [
              quoted("Caption", caption),
              weakWords.length === 0 ? undefined : `Doubtful words: ${JSON.stringify(weakWords)}`,
              nearestWrong === undefined ? undefined : quoted("Caption of another picture", nearestWrong),
            ],
            { picture: true },
          ),
        },
};
