import { EnvHttpProxyAgent, fetch as fetchOverProxy, type RequestInit, type Response } from "undici";
import { HubError } from "./hubError.ts";

/** A way to the network, over the proxy that is named or that the environment names. */
export interface Reach {
  /** Asks an address; any status comes back. Rejects with a `HubError` of the kind `offline` where nobody answers. */
  reach(address: string, options: RequestInit): Promise<Response>;
  close(): Promise<void>;
}

/** Opens a way to the network; `proxy` is the proxy's address, before that of `HTTPS_PROXY`. */
export function openReach(proxy: string | undefined): Reach {
  const dispatcher = new EnvHttpProxyAgent(proxy === undefined || proxy === "" ? {} : { httpProxy: proxy, httpsProxy: proxy });
  return {
    reach: async (address, options) => {
      try {
        return await fetchOverProxy(address, { ...options, dispatcher });
      } catch (error) {
        options.signal?.throwIfAborted();
        throw new HubError("offline", `${new URL(address).host} can't be reached (${causeOf(error)})`, { cause: error });
      }
    },
    close: () => dispatcher.destroy(),
  };
}

function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return String(cause);
  return cause.message === "" ? ((cause as NodeJS.ErrnoException).code ?? cause.name) : cause.message;
}
