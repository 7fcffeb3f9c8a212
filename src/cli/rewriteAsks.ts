import { resolve } from "node:path";
import type { ProviderChoice } from "../core/providers.ts";
import type { Asks } from "../engine/requests/rewriteJob.ts";
import { measureTexts } from "../engine/requests/measureTexts.ts";
import { createSearchers, type Searchers } from "../engine/requests/searchers.ts";
import { findEvidence } from "../engine/requests/wordEvidence.ts";
import type { Env } from "../engine/env.ts";
import type { Handlers } from "../protocol/rpc.ts";
import type { RewriteAsks } from "../protocol/rewrites.ts";

/** What rewriting asks, answered in this process, with the encoder where a person wants it to run. Close it after use. */
export interface LocalAsks extends Asks {
  close(): Promise<void>;
}

/** Makes what answers; the encoder is opened when it is first asked. */
export function createLocalAsks(env: Env, provider: ProviderChoice): LocalAsks {
  const searchers = createSearchers(env);
  const handlers = localHandlers(env, searchers, provider);
  return {
    call: async (method, params, options) =>
      await handlers[method](params, { signal: options?.signal ?? new AbortController().signal, onProgress: () => undefined }),
    close: () => searchers.close(),
  };
}

function localHandlers(env: Env, searchers: Searchers, provider: ProviderChoice): Handlers<RewriteAsks> {
  return {
    measureTexts: ({ root, ...asked }, { signal }) =>
      searchers.ask(resolve(root), signal, (searcher) => measureTexts(env, searcher, { ...asked, provider, signal })),
    findEvidence: ({ root, ...asked }, { signal }) =>
      searchers.ask(resolve(root), signal, (searcher) => findEvidence(searcher, { ...asked, provider, signal })),
    answerPrompt: () => Promise.reject(new Error("Models of VS Code's answer in VS Code alone")),
    countTokens: () => Promise.reject(new Error("Models of VS Code's count in VS Code alone")),
  };
}
