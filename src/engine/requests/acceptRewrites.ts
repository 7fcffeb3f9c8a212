import type { AcceptedRewrites, AcceptRewritesRequest, RewriteProgress } from "../../protocol/rewrites.ts";
import type { Env } from "../env.ts";
import { locateDataset } from "../store/dotWinnow.ts";
import { appendRewrites } from "../store/rewrites.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { chooseByIds, readCurrentRewrites, type CurrentRewrite } from "./rewriteStates.ts";
import type { RewriteItem } from "./rewriteItems.ts";
import { writeCaptions } from "./writeCaptions.ts";

/** Proposals that are left and listed. */
const mostListed = 100;

interface Chosen extends CurrentRewrite {
  readonly item: RewriteItem;
}

type Left = AcceptedRewrites["left"][number];
type Asked = Omit<AcceptRewritesRequest, "root">;
type Watch = { readonly signal: AbortSignal; readonly onProgress?: (progress: RewriteProgress) => void };

/**
 * Writes proposals into their files, all or none, as one operation that can be undone: those of some ids, or all that the rule takes. Of several for one caption that is
 * replaced the best is taken. The evaluation split is never rewritten. The analysis goes on telling the old texts until the next run. Throws `RewriteError`, `ConflictError`.
 */
export async function acceptRewrites(
  env: Env,
  dataset: AnalysedDataset,
  asked: Asked,
  { signal, onProgress }: Watch,
): Promise<AcceptedRewrites> {
  if (dataset.state.readOnly !== undefined) throw new Error(dataset.state.readOnly);
  const { choice, strategy } = asked;
  const rule = choice.kind === "rule" ? choice.rule : undefined;
  const all = await readCurrentRewrites(env, dataset, { rule, signal });
  const named =
    choice.kind === "ids" ? chooseByIds(all, choice.ids) : all.filter(({ state, holds }) => state === "proposed" && holds.length === 0);
  const { open, left } = sift(named);
  const chosen = strategy === "replace" ? bestOfEach(open) : distinct(open);
  const captions = chosen.map(({ item, rewrite: { id, after, author } }) => ({ id, item, after, author }));
  const authors = [...new Set(captions.map(({ author }) => author))].join(", ");
  const verb = strategy === "add" ? "add rewrites" : "accept rewrites";
  const describe = (counts: string): string => `${verb} by ${authors}: ${counts}`;
  const done = await writeCaptions(env, dataset, captions, { strategy, describe, signal, onProgress });
  const [time, { operation }] = [new Date(env.now()).toISOString(), done];
  await appendRewrites(
    env,
    await locateDataset(env, dataset.root),
    done.written.map(({ id }) => ({ event: "accepted", id, time, operation })),
  );
  const allLeft = [...left, ...done.left];
  return { operation, accepted: done.written.length, passed: open.length - chosen.length, left: allLeft.slice(0, mostListed) };
}

/** The proposals that can be written, and why the others can't. */
function sift(named: readonly CurrentRewrite[]): { open: Chosen[]; left: Left[] } {
  const open: Chosen[] = [];
  const left: Left[] = [];
  for (const one of named) {
    const { rewrite, item, state } = one;
    const leave = (reason: string): void => void left.push({ id: rewrite.id, sample: rewrite.sample, reason });
    if (state === "accepted") leave("was accepted already");
    else if (state === "rejected") leave("was rejected: rewrite the caption again for another proposal");
    else if (item === undefined || state === "stale") leave("is about a caption that says something else by now: rewrite it again");
    else if (item.isFrozen) leave("is of the evaluation split, which is never rewritten");
    else open.push({ ...one, item });
  }
  return { open, left };
}

/** The proposal with the highest score for each caption; an unknown score is the lowest, of equal ones the first. */
function bestOfEach(open: readonly Chosen[]): Chosen[] {
  const best = new Map<number, Chosen>();
  for (const one of open) {
    const known = best.get(one.item.pair);
    if (known === undefined || scoreOf(one) > scoreOf(known)) best.set(one.item.pair, one);
  }
  return [...best.values()];
}

function scoreOf({ rewrite: { measure } }: Chosen): number {
  const score = measure?.scoreAfter ?? Number.NaN;
  return Number.isNaN(score) ? -Infinity : score;
}

/** Without those that say what the picture has already, from another caption or another proposal. */
function distinct(open: readonly Chosen[]): Chosen[] {
  const seen = new Map<string, Set<string>>();
  return open.filter(({ item, rewrite }) => {
    const texts = seen.get(item.sample) ?? new Set([item.text, ...item.others]);
    seen.set(item.sample, texts);
    const isNew = !texts.has(rewrite.after);
    texts.add(rewrite.after);
    return isNew;
  });
}
