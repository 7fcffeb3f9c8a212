import type { ComputeApi } from "../protocol/computeApi.ts";
import type { Handlers } from "../protocol/rpc.ts";
import type { RewriteAsks } from "../protocol/rewrites.ts";
import type { Caller } from "./engineClient.ts";

/** What the editor's own models do for the engine; see `RewriteAsks`. */
export type HostModels = Pick<Handlers<RewriteAsks>, "answerPrompt" | "countTokens">;

/** What the store asks of the extension: the encoder's measures, which a compute process gives, and answers of the editor's models. */
export function relayAsks(compute: Caller<ComputeApi>, { answerPrompt, countTokens }: HostModels = noModels): Handlers<RewriteAsks> {
  return {
    measureTexts: (request, { signal }) => compute.call("measureTexts", request, { signal }),
    findEvidence: (request, { signal }) => compute.call("findEvidence", request, { signal }),
    answerPrompt,
    countTokens,
  };
}

const noModels: HostModels = { answerPrompt: refuse, countTokens: refuse };

/** For processes that have nothing to ask. */
export const noAsks: Handlers<RewriteAsks> = {
  measureTexts: () => Promise.reject(new Error("Only the store asks for measures")),
  findEvidence: () => Promise.reject(new Error("Only the store asks for evidence")),
  ...noModels,
};

function refuse(): Promise<never> {
  return Promise.reject(new Error("No language model of the editor's is connected: choose an OpenAI-compatible server instead"));
}
