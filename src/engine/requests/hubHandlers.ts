import type { HubApi } from "../../protocol/encoders.ts";
import type { Handlers } from "../../protocol/rpc.ts";
import type { Env } from "../env.ts";
import { downloadCuda, planCuda } from "./cuda.ts";
import { downloadEncoder, listDownloadableEncoders, removeEncoder } from "./downloadEncoder.ts";

const reportEveryMs = 100;

/** What the engine answers about encoders that come from a hub. */
export function createHubHandlers(env: Env): Handlers<HubApi> {
  return {
    listDownloadableEncoders: () => listDownloadableEncoders(env),
    downloadEncoder: (request, { signal, onProgress }) => downloadEncoder(env, request, { signal, onProgress: seldom(env, onProgress) }),
    removeEncoder: ({ id }) => removeEncoder(env, id),
    planCuda: () => planCuda(env),
    downloadCuda: (request, { signal, onProgress }) => downloadCuda(env, request, { signal, onProgress: seldom(env, onProgress) }),
  };
}

interface Bytes {
  readonly done: number;
  readonly total: number;
}

/** Chunks come by the thousand a second. */
function seldom(env: Env, onProgress: (progress: Bytes) => void): (progress: Bytes) => void {
  let reportedAt = Number.NEGATIVE_INFINITY;
  return (progress) => {
    if (env.now() - reportedAt < reportEveryMs && progress.done < progress.total) return;
    reportedAt = env.now();
    onProgress(progress);
  };
}
