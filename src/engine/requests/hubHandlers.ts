import type { HubApi } from "../../protocol/encoders.ts";
import type { Handlers } from "../../protocol/rpc.ts";
import type { Env } from "../env.ts";
import { downloadEncoder, listDownloadableEncoders, removeEncoder } from "./downloadEncoder.ts";

const reportEveryMs = 100;

/** What the engine answers about encoders that come from a hub. */
export function createHubHandlers(env: Env): Handlers<HubApi> {
  return {
    listDownloadableEncoders: () => listDownloadableEncoders(env),
    downloadEncoder: (request, { signal, onProgress }) => {
      let reportedAt = Number.NEGATIVE_INFINITY;
      const report = (progress: { readonly done: number; readonly total: number }): void => {
        // Chunks come by the thousand a second.
        if (env.now() - reportedAt < reportEveryMs && progress.done < progress.total) return;
        reportedAt = env.now();
        onProgress(progress);
      };
      return downloadEncoder(env, request, { signal, onProgress: report });
    },
    removeEncoder: ({ id }) => removeEncoder(env, id),
  };
}
