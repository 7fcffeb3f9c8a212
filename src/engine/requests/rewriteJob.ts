import type { Options } from "../../core/prune/options.ts";
import { numberOption } from "../../core/prune/options.ts";
import { parseRewriter } from "../../core/rewriters/rewriters.ts";
import type { Rewriter } from "../../core/rewriters/rewriter.ts";
import { type Peer, RemoteError } from "../../protocol/rpc.ts";
import type { AnswerSource, RewriteAsks, RewriteRequest, RewriteScopeCounts } from "../../protocol/rewrites.ts";
import type { Env } from "../env.ts";
import { AnswerError, type Answerer } from "../rewrite/answerSource.ts";
import { createLocalAnswerer, needsPlainPreset, type LocalCaptioner } from "../rewrite/localAnswerer.ts";
import { createOpenAiAnswerer } from "../rewrite/openAi.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { CaptionerError, readCaptioner } from "./captioner.ts";
import { pairsOfScope } from "./editScope.ts";
import { isMachine, readRewriteContext, readRewriteItems, type RewriteContext, type RewriteItem } from "./rewriteItems.ts";

/** What rewriting asks of the other process and of the host. */
export type Asks = Pick<Peer<RewriteAsks>, "call">;

/** A request for rewriting that can't be carried out as it stands; a sentence. */
export class RewriteError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "RewriteError";
  }
}

/** A job before anything is asked: its rewriter, the captions that are to be rewritten, and the counts of the others. */
export interface RewriteJob {
  readonly rewriter: Rewriter;
  readonly options: Options;
  readonly items: readonly RewriteItem[];
  readonly context: RewriteContext;
  readonly counts: Omit<RewriteScopeCounts, "skipped" | "captions">;
  /** What answers, as the author of its captions: the model's name, "" for rules. */
  readonly model: string;
  /** The captioner that is run here, where one is asked. */
  readonly captioner: LocalCaptioner | undefined;
}

/** What a job is asked for, without its dataset. */
export type AskedJob = Omit<RewriteRequest, "root">;

/** Gathers the captions of a job. Throws `RewriteError` and as `pairsOfScope` does. */
export async function prepareJob(env: Env, dataset: AnalysedDataset, asked: AskedJob, signal: AbortSignal): Promise<RewriteJob> {
  const parsed = parseRewriter(asked);
  if (typeof parsed === "string") throw new RewriteError(parsed);
  const { rewriter, options } = parsed;
  if (rewriter.calls > 0 && asked.source.kind === "none") throw new RewriteError(`The preset ${rewriter.id} needs a model: name one`);
  const captioner = asked.source.kind === "local" ? await findCaptioner(env, asked.source.folder, rewriter) : undefined;
  const pairs = await pairsOfScope(dataset, asked.scope);
  const all = await readRewriteItems(env, dataset, pairs, signal);
  const open = all.filter(({ isFrozen }) => !isFrozen);
  const items = asked.redo === true ? open : open.filter(({ author }) => !isMachine(author));
  const seed = numberOption(options, "seed") ?? 0;
  const count = numberOption(options, "examples") ?? 0;
  return {
    rewriter,
    options,
    items,
    context: await readRewriteContext(dataset, rewriter.needs, { count, seed }),
    counts: { total: all.length, frozen: all.length - open.length, machine: open.length - items.length },
    model: captioner?.author ?? ("model" in asked.source ? asked.source.model : ""),
    captioner,
  };
}

/** The captioner of a folder, where it can do what a rewriter asks. */
async function findCaptioner(env: Env, folder: string, { calls, isPlain }: Rewriter): Promise<LocalCaptioner> {
  try {
    const captioner = await readCaptioner(env, folder);
    if (calls > 0 && isPlain !== true && !captioner.report.takesPrompts) throw new RewriteError(needsPlainPreset(captioner.name));
    return captioner;
  } catch (error) {
    throw error instanceof CaptionerError ? new RewriteError(error.message) : error;
  }
}

/** Opens what answers the prompts of a job; undefined for rules. Throws `RewriteError` for an address that is none. */
export function openAnswerer(
  env: Env,
  source: AnswerSource,
  { captioner, asks }: { captioner: LocalCaptioner | undefined; asks: Asks },
): Answerer | undefined {
  switch (source.kind) {
    case "none":
      return undefined;
    case "openAi":
      try {
        return createOpenAiAnswerer(env, source);
      } catch (error) {
        if (error instanceof RangeError) throw new RewriteError(error.message);
        throw error;
      }
    case "local":
      return captioner && createLocalAnswerer(env, captioner);
    case "host":
      return createHostAnswerer(source.model, asks);
  }
}

/** Asks a model that the host has, such as one of VS Code's. */
function createHostAnswerer(model: string, asks: Asks): Answerer {
  return {
    model,
    retries: () => 0,
    answer: async ({ prompt, picture }, signal) => {
      try {
        return (await asks.call("answerPrompt", { model, prompt, picture: picture ?? null }, { signal })).text;
      } catch (error) {
        signal.throwIfAborted();
        const failure = error instanceof RemoteError && error.kind === "ModelRefusedError" ? "refused" : "dropped";
        throw new AnswerError(failure, error instanceof Error ? error.message : String(error));
      }
    },
    close: () => Promise.resolve(),
  };
}
