import type { AnswerSource, KeylessSource } from "../../protocol/rewrites.ts";

/** Where a person's keys are kept, such as VS Code's secret storage. */
export interface Secrets {
  get(name: string): PromiseLike<string | undefined>;
  store(name: string, value: string): PromiseLike<void>;
  delete(name: string): PromiseLike<void>;
}

/** The keys of servers that rewrite captions: each goes to the server alone that it was given for, whatever address a setting or a page names. */
export interface ServerKeys {
  /** The key for an address; undefined where there is none. */
  find(url: string): Promise<string | undefined>;
  keep(url: string, key: string): Promise<void>;
  forget(url: string): Promise<void>;
  /** Adds its key to what is a server; to be done last of all, so that nothing else holds it. */
  withKey(source: KeylessSource): Promise<AnswerSource>;
}

/** Opens the keys among a person's secrets. */
export function openServerKeys(secrets: Secrets): ServerKeys {
  const nameOf = (url: string): string => `winnow.rewrite.key:${originOf(url) ?? url}`;
  const find = async (url: string): Promise<string | undefined> =>
    originOf(url) === undefined ? undefined : await secrets.get(nameOf(url));
  return {
    find,
    keep: async (url, key) => await secrets.store(nameOf(url), key),
    forget: async (url) => await secrets.delete(nameOf(url)),
    withKey: async (source) => {
      const key = source.kind === "openAi" ? await find(source.url) : undefined;
      return key === undefined ? source : ({ ...source, key } as AnswerSource);
    },
  };
}

/** The server of an address as people know it, with its scheme: `https://example.org`; undefined for what is no web address. */
export function originOf(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, origin } = new URL(url);
  return protocol === "https:" || protocol === "http:" ? origin : undefined;
}
