import type { RewriteMeasure } from "../../../../src/core/rewriters/accept.ts";
import type { Asks, AskedJob } from "../../../../src/engine/requests/rewriteJob.ts";
import { acceptRewrites } from "../../../../src/engine/requests/acceptRewrites.ts";
import { rewrite } from "../../../../src/engine/requests/rewrite.ts";
import { listRewrites } from "../../../../src/engine/requests/rewriteStates.ts";
import type {
  AcceptChoice,
  AcceptedRewrites,
  AnswerSource,
  Evidence,
  HostPrompt,
  RewritePage,
  RewriteReport,
  RewriteStrategy,
} from "../../../../src/protocol/rewrites.ts";
import type { DiscoveredDataset } from "./discoveredFixture.ts";

/** What scripted asks say: scores by text (0.2 where nothing is said), answers by the caption in the prompt, and what they were asked. */
export interface Script {
  readonly scores?: Readonly<Record<string, number>>;
  readonly evidence?: (sample: string, text: string) => Evidence;
  readonly answer?: (prompt: HostPrompt, signal: AbortSignal) => string | Promise<string>;
  readonly tokensOf?: (text: string) => number;
}

/** Scripted asks; `prompts` are those that the host's model got. */
export interface ScriptedAsks extends Asks {
  readonly prompts: HostPrompt[];
}

/** What the host would answer, as a test wants it: ranks are 1 for scores from 0.3 and 5 below, a token is a word of at most 8. */
export function scriptAsks({ scores = {}, evidence, answer, tokensOf = () => Number.NaN }: Script): ScriptedAsks {
  const prompts: HostPrompt[] = [];
  const scoreOf = (text: string): number => scores[text] ?? 0.2;
  const measureOf = (before: string, after: string): RewriteMeasure => ({
    scoreBefore: scoreOf(before),
    scoreAfter: scoreOf(after),
    rankBefore: scoreOf(before) >= 0.3 ? 1 : 5,
    rankAfter: scoreOf(after) >= 0.3 ? 1 : 5,
    candidates: 10,
    tokensBefore: before.split(" ").length,
    tokensAfter: after.split(" ").length,
    tokenLimit: 8,
    unsupported: [],
  });
  const call = async (method: string, params: never, options?: { signal?: AbortSignal }): Promise<unknown> => {
    if (method === "measureTexts") {
      const { items } = params as { items: readonly { before: string; after: string }[] };
      return items.map(({ before, after }) => measureOf(before, after));
    }
    if (method === "findEvidence") {
      const { items } = params as { items: readonly { sample: string; text: string }[] };
      return items.map(({ sample, text }) => evidence?.(sample, text) ?? { score: 0.2, words: [], nearestWrong: null });
    }
    if (method === "countTokens") return (params as { texts: readonly string[] }).texts.map(tokensOf);
    prompts.push(params);
    return { text: (await answer?.(params, options?.signal ?? new AbortController().signal)) ?? "" };
  };
  return { call: call as Asks["call"], prompts };
}

const host: AnswerSource = { kind: "host", model: "scripted" };

/** Rewrites the captions of a dataset; by the host's scripted model where nothing else is said. */
export async function rewriteAll(
  dataset: DiscoveredDataset,
  asks: Asks,
  { signal = new AbortController().signal, ...changes }: Partial<AskedJob> & { signal?: AbortSignal } = {},
): Promise<RewriteReport> {
  const asked: AskedJob = { scope: { kind: "dataset" }, preset: "laclip", options: {}, source: host, ...changes };
  return await rewrite(dataset.env, await dataset.open(), asked, { asks, signal });
}

/** All proposals as they stand. */
export async function listAll(dataset: DiscoveredDataset): Promise<RewritePage> {
  return await listRewrites(dataset.env, await dataset.open(), { from: 0, limit: 100 }, new AbortController().signal);
}

/** Accepts what the default rule takes, or what is chosen. */
export async function accept(
  dataset: DiscoveredDataset,
  choice: AcceptChoice = { kind: "rule", rule: { delta: 0, allowAdded: false } },
  strategy: RewriteStrategy = "replace",
): Promise<AcceptedRewrites> {
  return await acceptRewrites(dataset.env, await dataset.open(), { choice, strategy }, { signal: new AbortController().signal });
}

/** The caption that a prompt is about: the last text in quotation marks. */
export function captionIn({ prompt }: HostPrompt): string {
  const quoted = prompt.data.match(/"(?:[^"\\]|\\.)*"/g) ?? [];
  return JSON.parse(quoted.at(-1) ?? '""') as string;
}
