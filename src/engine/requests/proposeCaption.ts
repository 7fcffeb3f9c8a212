import { findGlitches } from "../../core/rewriters/glitches.ts";
import type { ProposeCaptionRequest, ProposedCaption } from "../../protocol/rewrites.ts";
import type { Env } from "../env.ts";
import { captionHash, locateDataset, type DatasetPlace } from "../store/dotWinnow.ts";
import { appendRewrites, rewriteId, type ProposedRewrite } from "../store/rewrites.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { pairsOfScope } from "./editScope.ts";
import { RewriteError, type Asks } from "./rewriteJob.ts";
import { readRewriteItems, type RewriteItem } from "./rewriteItems.ts";
import { chooseByIds, listedRewrite, readCurrentRewrites } from "./rewriteStates.ts";

type Asked = Omit<ProposeCaptionRequest, "root">;

/** What measures the proposal, and how the work is stopped. */
interface Watch {
  readonly asks: Asks;
  readonly signal: AbortSignal;
}

/**
 * Keeps a caption that a person or an agent wrote as a proposal, then has it measured: where the encoder is not to be had it waits unmeasured, and says why. To propose what
 * was rejected before is to propose it again. Throws `RewriteError` for a caption that isn't there, says something else by now, says this already, or is never rewritten.
 */
export async function proposeCaption(env: Env, dataset: AnalysedDataset, asked: Asked, { asks, signal }: Watch): Promise<ProposedCaption> {
  if (dataset.state.readOnly !== undefined) throw new Error(dataset.state.readOnly);
  const item = await findItem(env, dataset, asked, signal);
  const { sample, captionIndex, text: before } = item;
  const { preset, author } = asked;
  const own = { sample, captionIndex, before, after: asked.caption.trim(), preset, author };
  const proposed = { id: rewriteId(own), ...own, glitches: author === "human" ? [] : findGlitches(own.after, { before }) };
  const place = await locateDataset(env, dataset.root);
  await appendRewrites(env, place, [{ event: "proposed", ...proposed, time: new Date(env.now()).toISOString() }]);
  const unmeasured = await measure(env, dataset, { proposed, place, asks, signal });
  const all = await readCurrentRewrites(env, dataset, { signal });
  const [current] = chooseByIds(all, [proposed.id]);
  return { rewrite: listedRewrite(current!), unmeasured };
}

async function findItem(env: Env, dataset: AnalysedDataset, asked: Asked, signal: AbortSignal): Promise<RewriteItem> {
  const { sample, captionIndex, was, caption } = asked;
  const pairs = await pairsOfScope(dataset, { kind: "targets", targets: { kind: "named", pairs: [{ sample, captionIndex }] } });
  const [item] = await readRewriteItems(env, dataset, pairs, signal);
  const name = `Caption ${captionIndex + 1} of ${sample}`;
  if (item === undefined) throw new RewriteError(`${name} is not there any more: run the analysis again`);
  const isSame = "text" in was ? item.text === was.text : captionHash(item.text) === was.captionHash;
  if (!isSame) throw new RewriteError(`${name} says something else by now: look at it again`);
  if (item.isFrozen) throw new RewriteError(`${sample} is of the evaluation split, which is never rewritten`);
  if (caption.trim() === "") throw new RewriteError(`Nothing was written for ${name.toLowerCase()}`);
  if (caption.trim() === item.text) throw new RewriteError(`${name} says that already`);
  return item;
}

interface ToMeasure extends Watch {
  readonly proposed: ProposedRewrite;
  readonly place: DatasetPlace;
}

/** Measures a proposal; says why where that can't be. */
async function measure(env: Env, dataset: AnalysedDataset, { proposed, place, asks, signal }: ToMeasure): Promise<string | null> {
  const { id, sample, before, after } = proposed;
  try {
    const request = { root: dataset.root, items: [{ sample, before, after }], provider: "auto" } as const;
    const [found] = await asks.call("measureTexts", request, { signal });
    await appendRewrites(env, place, [{ event: "measured", id, encoder: dataset.summary.encoder.id, measure: found! }]);
    return null;
  } catch (error) {
    signal.throwIfAborted();
    return error instanceof Error ? error.message : String(error);
  }
}
