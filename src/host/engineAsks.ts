import type { ComputeApi } from "../protocol/computeApi.ts";
import type { Handlers } from "../protocol/rpc.ts";
import type { RewriteAsks } from "../protocol/rewrites.ts";
import type { Caller } from "./engineClient.ts";

/** A model that the editor has answers a prompt; see `RewriteAsks`. */
export type AnswerPrompt = Handlers<RewriteAsks>["answerPrompt"];

/** What the store asks of the extension: the encoder's measures, which a compute process gives, and answers of the editor's models. */
export function relayAsks(compute: Caller<ComputeApi>, answerPrompt: AnswerPrompt = refuse): Handlers<RewriteAsks> {
  return {
    measureTexts: (request, { signal }) => compute.call("measureTexts", request, { signal }),
    findEvidence: (request, { signal }) => compute.call("findEvidence", request, { signal }),
    answerPrompt,
  };
}

/** For processes that have nothing to ask. */
export const noAsks: Handlers<RewriteAsks> = {
  measureTexts: () => Promise.reject(new Error("Only the store asks for measures")),
  findEvidence: () => Promise.reject(new Error("Only the store asks for evidence")),
  answerPrompt: refuse,
};

function refuse(): Promise<never> {
  return Promise.reject(new Error("No language model of the editor's is connected: choose an OpenAI-compatible server instead"));
}
