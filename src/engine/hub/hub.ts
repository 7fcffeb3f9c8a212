import { HubApiError, listFiles, modelInfo } from "@huggingface/hub";
import type { RequestInit, Response } from "undici";
import { HubError } from "./hubError.ts";
import { openReach } from "./reach.ts";

/** Where a hub is and how it is reached. */
export interface HubChoice {
  /** The hub's address; Hugging Face's where it is missing. */
  readonly url?: string;
  /** For models that ask for an account. It goes to the hub alone, never to where files lie, nor into a log. */
  readonly token?: string;
  /** The proxy's address, before that of `HTTPS_PROXY`. */
  readonly proxy?: string;
}

/** A file of a repository at one commit. `digest` is of its content: SHA-256 of large files, git's own SHA-1 of small ones. */
export interface HubFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly digest: { readonly kind: "sha256" | "gitSha1"; readonly hex: string };
}

/** A hub: repositories of models, each a history of commits. All reject with a `HubError`. */
export interface Hub {
  readonly url: string;
  /** The commit of a branch, tag or commit. */
  resolve(repository: string, revision: string, signal: AbortSignal): Promise<string>;
  listFiles(repository: string, commit: string, signal: AbortSignal): Promise<readonly HubFile[]>;
  /** Asks for a file's bytes from an offset onwards; any status but those of a refusal comes back. */
  ask(
    file: { readonly repository: string; readonly commit: string; readonly path: string; readonly from: number },
    signal: AbortSignal,
  ): Promise<Response>;
  close(): Promise<void>;
}

const usualUrl = "https://huggingface.co";

/** Opens a hub; nothing is asked yet. */
export function openHub({ url = usualUrl, token, proxy }: HubChoice = {}): Hub {
  const network = openReach(proxy);
  const base = url.replace(/\/+$/, "");
  const common = (signal: AbortSignal) => ({
    hubUrl: base,
    // The library takes tokens of Hugging Face's own form alone; mirrors have others, so it is given here.
    fetch: ((address: string, options: RequestInit = {}) =>
      network.reach(address, {
        ...options,
        signal,
        // A listing may name another host for its next page: the token is for the hub alone.
        headers: { ...(options.headers as Record<string, string>), ...(isOf(base, address) ? authorization(token) : {}) },
      })) as unknown as typeof fetch,
  });
  return {
    url: base,
    resolve: async (repository, revision, signal) => {
      const model = await told(repository, modelInfo({ name: repository, revision, additionalFields: ["sha"], ...common(signal) }));
      return checkCommit(repository, model.sha);
    },
    listFiles: (repository, commit, signal) =>
      told(
        repository,
        collect(listFiles({ repo: { type: "model", name: repository }, recursive: true, revision: commit, ...common(signal) })),
      ),
    ask: async ({ repository, commit, path, from }, signal) => {
      const address = `${base}/${repository}/resolve/${commit}/${path.split("/").map(encodeURIComponent).join("/")}`;
      // A compressed answer could neither be resumed nor counted.
      const headers = { "accept-encoding": "identity", ...(from > 0 ? { range: `bytes=${from}-` } : {}), ...authorization(token) };
      const response = await network.reach(address, { signal, headers });
      if ([401, 403, 404].includes(response.status)) {
        await response.body?.cancel();
        throw refusal(`${repository}/${path}`, response.status);
      }
      return response;
    },
    close: () => network.close(),
  };
}

function isOf(base: string, address: string): boolean {
  return new URL(address).origin === new URL(base).origin;
}

function authorization(token: string | undefined): Record<string, string> {
  return token === undefined || token === "" ? {} : { authorization: `Bearer ${token}` };
}

async function collect(entries: ReturnType<typeof listFiles>): Promise<readonly HubFile[]> {
  const files: HubFile[] = [];
  for await (const { type, path, size, lfs, oid } of entries) {
    if (type !== "file" || (lfs?.oid ?? oid) === undefined) continue;
    const digest =
      lfs === undefined ? ({ kind: "gitSha1", hex: oid! } as const) : ({ kind: "sha256", hex: lfs.oid.replace(/^sha256:/, "") } as const);
    files.push({ path, sizeBytes: lfs?.size ?? size, digest });
  }
  return files;
}

/** Turns the library's errors into sentences. */
async function told<Value>(repository: string, answer: Promise<Value>): Promise<Value> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof HubApiError) throw refusal(repository, error.statusCode);
    if (error instanceof SyntaxError)
      throw new HubError("refused", `The hub's answer about ${repository} is no JSON: is a sign-in page or a proxy in between?`);
    throw error;
  }
}

function refusal(what: string, status: number): HubError {
  switch (status) {
    case 401:
    case 403:
      return new HubError(
        "gated",
        `The hub gives ${what} only to those who are allowed to have it: accept its terms on its page, and give a token of your account`,
      );
    case 404:
      return new HubError("missing", `The hub has no ${what}: check the name and the revision`);
    case 429:
      return new HubError(
        "refused",
        `The hub answers no more questions for now (status 429) about ${what}: try again later, or give a token`,
      );
    default:
      return new HubError("refused", `The hub answered with status ${status} about ${what}: try again later`);
  }
}

function checkCommit(repository: string, commit: unknown): string {
  if (typeof commit === "string" && /^[0-9a-f]{40}$/.test(commit)) return commit;
  throw new HubError("refused", `The hub did not tell the commit of ${repository}: try again later`);
}
