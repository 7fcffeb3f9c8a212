import { estimateTokens, type Prompt } from "../../core/rewriters/prompt.ts";
import type { AnswerSource } from "../../protocol/rewrites.ts";
import type { Env } from "../env.ts";
import type { Asks } from "./rewriteJob.ts";

/** So many prompts are counted by the model itself: each is a question to the host. */
const mostCounted = 32;

/** Adds up the tokens of prompts. */
export interface PromptTokens {
  /** Takes up a prompt that is asked so many times. */
  add(prompt: Prompt, times: number): void;
  /** The tokens of all, reckoned by those prompts that the model counted; from the texts' lengths alone where it counted none. */
  count(env: Env, source: AnswerSource, how: Counting): Promise<{ readonly inputTokens: number; readonly countedPrompts: number }>;
}

interface Counting {
  /** Who asks a model of the host's. */
  readonly asks?: Asks | undefined;
  readonly signal: AbortSignal;
}

/** Makes an empty sum. Prompts that are counted are spread evenly over all: every second one is let go of whenever there are too many. */
export function createPromptTokens(): PromptTokens {
  let [kept, stride, added, tokens]: [string[], number, number, number] = [[], 1, 0, 0];
  return {
    add: (prompt, times) => {
      const text = textOf(prompt);
      tokens += times * estimateTokens(text);
      if (added % stride === 0) kept.push(text);
      added += 1;
      if (kept.length <= mostCounted) return;
      kept = kept.filter((_, at) => at % 2 === 0);
      stride *= 2;
    },
    count: async (env, source, { asks, signal }) => {
      const byLength = { inputTokens: tokens, countedPrompts: 0 };
      if (source.kind !== "host" || asks === undefined || kept.length === 0) return byLength;
      try {
        const counts = await asks.call("countTokens", { model: source.model, texts: kept }, { signal });
        const [counted, estimated] = [sum(counts), sum(kept.map(estimateTokens))];
        if (!(counted > 0)) return byLength;
        return { inputTokens: Math.ceil((tokens * counted) / estimated), countedPrompts: kept.length };
      } catch (error) {
        signal.throwIfAborted();
        env.log("rewrite.estimate", `${source.model} does not count tokens: ${error instanceof Error ? error.message : String(error)}`);
        return byLength;
      }
    },
  };
}

function textOf({ instruction, data }: Prompt): string {
  return instruction + data;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
