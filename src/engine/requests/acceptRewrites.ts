import type { AcceptedRewrites, AcceptRewritesRequest, RewriteProgress } from "../../protocol/rewrites.ts";
import type { Env } from "../env.ts";
import { withDataset } from "../store/dataset.ts";
import { locateDataset, type DatasetState } from "../store/dotWinnow.ts";
import { appendRewrites } from "../store/rewrites.ts";
import { applyBatch, planBatch, type BatchFile, type BatchNote, type BatchPlan } from "../write/captionBatch.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { readFollowers } from "./followers.ts";
import { planAside } from "./planAside.ts";
import { chooseByIds, readCurrentRewrites, type CurrentRewrite } from "./rewriteStates.ts";
import type { RewriteItem } from "./rewriteItems.ts";

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
  const plan = await planBatch(env, filesOf(chosen, strategy), planAside, { signal });
  const written = writtenOf(chosen, plan);
  left.push(...leftOf(chosen, plan));
  const operation = await withDataset(env, dataset.root, async (opened, state) => {
    const note = await noteOf(dataset, state, { written, plan, strategy });
    const progress = (done: number, total: number): void => onProgress?.({ done, total });
    return await applyBatch(opened, state, { plan, note, signal, onProgress: progress });
  });
  const time = new Date(env.now()).toISOString();
  await appendRewrites(
    env,
    await locateDataset(env, dataset.root),
    written.map(({ rewrite: { id } }) => ({ event: "accepted", id, time, operation })),
  );
  return { operation, accepted: written.length, passed: open.length - chosen.length, left: left.slice(0, mostListed) };
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

/** Changes by their files, each proposal under its place in the list. Two pictures that share a caption get one text, or none. */
function filesOf(chosen: readonly Chosen[], strategy: Asked["strategy"]): BatchFile[] {
  const files = new Map<string, BatchFile["changes"][number][]>();
  for (const [at, { item, rewrite }] of chosen.entries()) {
    const own = files.get(item.file) ?? [];
    files.set(item.file, own);
    own.push({ pair: at, place: item.place, before: rewrite.before, after: rewrite.after, ...(strategy === "add" ? { adds: true } : {}) });
  }
  return [...files].map(([file, changes]) => ({ file, changes }));
}

function writtenOf(chosen: readonly Chosen[], { files }: BatchPlan): (Chosen & { readonly caption: string })[] {
  return files.flatMap(({ captions }) => captions.map(({ pair, caption }) => ({ ...chosen[pair]!, caption })));
}

function leftOf(chosen: readonly Chosen[], { left }: BatchPlan): Left[] {
  return left.map(({ pair, reason }) => {
    const { id, sample } = chosen[pair]!.rewrite;
    return { id, sample, reason };
  });
}

interface Noted {
  readonly written: readonly (Chosen & { readonly caption: string })[];
  readonly plan: BatchPlan;
  readonly strategy: Asked["strategy"];
}

async function noteOf(dataset: AnalysedDataset, state: DatasetState, { written, plan, strategy }: Noted): Promise<BatchNote> {
  const authors = [...new Set(written.map(({ rewrite }) => rewrite.author))].join(", ");
  const [captions, files] = [
    `${written.length} caption${written.length === 1 ? "" : "s"}`,
    `${plan.files.length} file${plan.files.length === 1 ? "" : "s"}`,
  ];
  const summary = `${strategy === "add" ? "add rewrites" : "accept rewrites"} by ${authors}: ${captions} in ${files}`;
  if (strategy === "add") return { summary, edited: addedOf(written), samples: new Map() };
  const texts = written.map(({ item, rewrite, caption }) => ({
    pair: item.pair,
    before: rewrite.before,
    after: caption,
    author: rewrite.author,
  }));
  return { summary, ...(await readFollowers(dataset, state, texts)) };
}

/** Where added captions will stand: behind all that their pictures have. */
function addedOf(written: Noted["written"]): BatchNote["edited"] {
  const added = new Map<string, number>();
  return written.map(({ item, rewrite }) => {
    const before = added.get(item.sample) ?? 0;
    added.set(item.sample, before + 1);
    return { sample: item.sample, captionIndex: item.others.length + 1 + before, author: rewrite.author };
  });
}
