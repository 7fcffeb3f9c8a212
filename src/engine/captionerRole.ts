import type { CaptionerApi } from "../protocol/captioner.ts";
import type { Handlers } from "../protocol/rpc.ts";
import { realCores } from "./encode/cores.ts";
import { createTurns } from "./requests/turns.ts";
import { openCaptionModel, type CaptionModel } from "./rewrite/captionModel.ts";

/** What a captioner's process answers: one model, which is asked one thing at a time. */
export function createCaptionerHandlers(): Handlers<CaptionerApi> {
  const turns = createTurns();
  let model: CaptionModel | undefined;
  return {
    load: async (asked) => {
      model = await openCaptionModel(asked, realCores().threads);
      return null;
    },
    answer: (question, { signal }) =>
      turns.take("answer", signal, async () => {
        if (model === undefined) throw new Error("Expected a captioner to be loaded before it is asked");
        return { text: await model.answer(question) };
      }),
  };
}
