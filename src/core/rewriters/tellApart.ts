import { captionFromAnswer } from "./answers.ts";
import { createPrompt, quoted } from "./prompt.ts";
import type { Rewriter } from "./rewriter.ts";

/** Captions of others that are shown: a group may have a dozen. */
const mostLookalikes = 5;

/** The caption with what tells its picture from those of its confusable group. */
export const tellApart: Rewriter = {
  id: "tellApart",
  title: "Say what differs",
  about: "Adds to captions of a confusable group what tells their pictures apart",
  source: "Esfandiarpoor and Bach, Follow-Up Differential Descriptions (FuDD), 2024",
  needs: ["picture", "group"],
  calls: 1,
  options: {},
  step: ({ caption, lookalikes }, _options, [answer]) => {
    if (lookalikes.length === 0) return { kind: "skip", why: "is in no confusable group" };
    if (answer !== undefined) return { kind: "propose", captions: [captionFromAnswer(answer)] };
    return {
      kind: "ask",
      prompt: createPrompt(
        "Other pictures have captions that fit this picture almost as well. Rewrite the caption so that it fits this picture alone: add one or two things that are seen in it and that the others don't have. Answer with the new caption alone.",
        [quoted("Caption", caption), ...lookalikes.slice(0, mostLookalikes).map((other) => quoted("Caption of another picture", other))],
        { picture: true },
      ),
    };
  },
};
