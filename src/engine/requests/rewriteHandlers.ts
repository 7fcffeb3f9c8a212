import type { Handlers } from "../../protocol/rpc.ts";
import type { RewritesApi } from "../../protocol/rewrites.ts";
import type { Env } from "../env.ts";
import { acceptRewrites } from "./acceptRewrites.ts";
import { describeCaptioner } from "./captioner.ts";
import { estimateRewrite, listRewriters, rewrite } from "./rewrite.ts";
import type { Asks } from "./rewriteJob.ts";
import { proposeCaption } from "./proposeCaption.ts";
import { listRewrites, rejectRewrites, reopenRewrites } from "./rewriteStates.ts";
import type { Sessions } from "./sessions.ts";
import { drawWorksheet, takeWorksheet } from "./worksheet.ts";

/** Rewriting: jobs, proposals and what becomes of them. */
export function createRewriteHandlers(env: Env, sessions: Sessions, asks: Asks): Handlers<RewritesApi> {
  return {
    listRewriters,
    describeCaptioner: ({ folder }) => describeCaptioner(env, folder),
    estimateRewrite: ({ root, ...asked }, { signal }) =>
      sessions.use(root, (dataset) => estimateRewrite(env, dataset, asked, { asks, signal }), signal),
    rewrite: ({ root, ...asked }, { signal, onProgress }) =>
      sessions.use(root, (dataset) => rewrite(env, dataset, asked, { asks, signal, onProgress }), signal),
    listRewrites: ({ root, ...asked }, { signal }) => sessions.use(root, (dataset) => listRewrites(env, dataset, asked, signal), signal),
    acceptRewrites: ({ root, ...asked }, watch) =>
      sessions.use(root, (dataset) => acceptRewrites(env, dataset, asked, watch), watch.signal),
    drawWorksheet: ({ root, ...draw }, { signal }) => sessions.use(root, (dataset) => drawWorksheet(env, dataset, draw, signal), signal),
    takeWorksheet: ({ root, captions }, { signal }) =>
      sessions.use(root, (dataset) => takeWorksheet(env, dataset, captions, signal), signal),
    rejectRewrites: ({ root, ids }, { signal }) => sessions.use(root, (dataset) => rejectRewrites(env, dataset, ids, signal), signal),
    reopenRewrites: ({ root, ids }, { signal }) => sessions.use(root, (dataset) => reopenRewrites(env, dataset, ids, signal), signal),
    proposeCaption: ({ root, ...asked }, { signal }) =>
      sessions.use(root, (dataset) => proposeCaption(env, dataset, asked, { asks, signal }), signal),
  };
}
