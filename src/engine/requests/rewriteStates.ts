import { defaultAcceptRule, findHolds, type AcceptRule, type Hold } from "../../core/rewriters/accept.ts";
import { compareCaptions, type CaptionComparison } from "../../core/rewriters/comparison.ts";
import type { ListedRewrite, RewriteOrder, RewritePage, RewritesRequest, RewriteState } from "../../protocol/rewrites.ts";
import type { Env } from "../env.ts";
import { locateDataset } from "../store/dotWinnow.ts";
import { createPause } from "../store/inTurns.ts";
import { appendRewrites, readRewrites, type ProposedRewrite, type StoredRewrite } from "../store/rewrites.ts";
import { quoteName } from "../store/tables.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { diffOf } from "./batchEdit.ts";
import { readTextsNow } from "./currentTexts.ts";
import { RewriteError } from "./rewriteJob.ts";
import { readRewriteItems, type RewriteItem } from "./rewriteItems.ts";

/** A proposal as it stands now; `item` is its caption, undefined where the dataset has none at its place any more. */
export interface CurrentRewrite {
  readonly rewrite: StoredRewrite;
  readonly item: RewriteItem | undefined;
  readonly state: RewriteState;
  readonly comparison: CaptionComparison;
  readonly holds: readonly Hold[];
}

/** Reads all proposals with what became of them: an accepted one whose operation was taken back is proposed again, one whose caption was changed otherwise is stale. */
export async function readCurrentRewrites(
  env: Env,
  dataset: AnalysedDataset,
  { rule = defaultAcceptRule, signal }: { readonly rule?: AcceptRule | undefined; readonly signal: AbortSignal },
): Promise<CurrentRewrite[]> {
  const stored = await readRewrites(env, await locateDataset(env, dataset.root), dataset.summary.encoder.id);
  if (stored.length === 0) return [];
  const items = await readItemsOf(env, dataset, stored, signal);
  const undone = new Set(
    dataset.operations.flatMap(({ operation, state }) => (state === "undone" || state === "aborted" ? [operation] : [])),
  );
  const pause = createPause(env, signal);
  const current: CurrentRewrite[] = [];
  for (const rewrite of stored) {
    const item = items.get(keyOf(rewrite));
    const comparison = compareCaptions(rewrite.before, rewrite.after);
    const { glitches, measure } = rewrite;
    const holds = findHolds({ author: item?.author ?? "human", glitches, comparison, measure }, rule);
    current.push({ rewrite, item, state: stateOf(rewrite, item, undone), comparison, holds });
    const pausing = pause();
    if (pausing !== undefined) await pausing;
  }
  return current;
}

function stateOf(
  { decision, operation, before, after }: StoredRewrite,
  item: RewriteItem | undefined,
  undone: ReadonlySet<string>,
): RewriteState {
  if (decision === "rejected") return "rejected";
  if (decision === "accepted" && !(operation !== undefined && undone.has(operation))) return "accepted";
  // A kill between the files and the note leaves the caption as proposed.
  if (item?.text === after) return "accepted";
  return item?.text === before ? "proposed" : "stale";
}

/** A page of the proposals. Throws a RangeError for a page that is too long. */
export async function listRewrites(
  env: Env,
  dataset: AnalysedDataset,
  { state, passing, sample, order = "made", from, limit, rule }: Omit<RewritesRequest, "root">,
  signal: AbortSignal,
): Promise<RewritePage> {
  if (!Number.isInteger(from) || !Number.isInteger(limit) || from < 0 || limit < 0 || limit > mostRows)
    throw new RangeError(`Expected a position from 0 and at most ${mostRows} rows but received ${from} and ${limit}`);
  const all = await readCurrentRewrites(env, dataset, { rule, signal });
  const chosen = all.filter(
    (one) =>
      (state === undefined || one.state === state) &&
      (passing === undefined || passing === (one.holds.length === 0)) &&
      (sample === undefined || one.rewrite.sample === sample),
  );
  const counts: Record<RewriteState, number> = { proposed: 0, accepted: 0, rejected: 0, stale: 0 };
  for (const one of all) counts[one.state] += 1;
  const page = await lookedAt(env, inOrder(chosen, order).slice(from, from + limit), signal);
  return {
    rewrites: page.map(listedRewrite),
    count: chosen.length,
    counts,
    acceptable: all.filter((one) => one.state === "proposed" && one.holds.length === 0).length,
  };
}

/** Rows of one page at most. */
const mostRows = 500;

/** Proposals that are shown, with a look at their files: one whose caption was changed by something else than Winnow since the analysis is stale, too. */
async function lookedAt(env: Env, page: readonly CurrentRewrite[], signal: AbortSignal): Promise<CurrentRewrite[]> {
  const open = page.flatMap(({ item, state }) => (state === "proposed" && item !== undefined ? [item] : []));
  const texts = await readTextsNow(env, open, signal);
  const textOf = new Map(open.map((item, at) => [item, texts[at]]));
  return page.map((one) => {
    const text = one.item === undefined ? undefined : textOf.get(one.item);
    return text === undefined || text === one.rewrite.before ? one : { ...one, state: "stale" };
  });
}

function inOrder(rewrites: readonly CurrentRewrite[], order: RewriteOrder): readonly CurrentRewrite[] {
  if (order === "made") return rewrites;
  if (order === "latest") return rewrites.toReversed();
  const sign = order === "mostGain" ? -1 : 1;
  const known = rewrites.filter((one) => !Number.isNaN(gainOf(one)));
  return [...known.sort((left, right) => sign * (gainOf(left) - gainOf(right))), ...rewrites.filter((one) => Number.isNaN(gainOf(one)))];
}

/** What a proposal adds to the score; NaN is unknown. */
function gainOf({ rewrite: { measure } }: CurrentRewrite): number {
  return measure === undefined ? Number.NaN : measure.scoreAfter - measure.scoreBefore;
}

/** A proposal as it is listed. */
export function listedRewrite({ rewrite, state, comparison, holds }: CurrentRewrite): ListedRewrite {
  const { id, sample, captionIndex, before, after, preset, author, glitches, measure } = rewrite;
  const told = { id, sample, captionIndex, before, after, diff: diffOf(before, after), preset, author };
  return { ...told, state, comparison, glitches, measure: measure ?? null, holds };
}

/** Rejects proposals, by their ids; they are not proposed again. Throws `RewriteError` for an id that isn't there. */
export async function rejectRewrites(
  env: Env,
  dataset: AnalysedDataset,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<{ rejected: number }> {
  const chosen = chooseByIds(await readCurrentRewrites(env, dataset, { signal }), ids).filter(
    ({ state }) => state === "proposed" || state === "stale",
  );
  const time = new Date(env.now()).toISOString();
  await appendRewrites(
    env,
    await locateDataset(env, dataset.root),
    chosen.map(({ rewrite: { id } }) => ({ event: "rejected", id, time })),
  );
  return { rejected: chosen.length };
}

/** Takes rejections back, by the ids of the proposals: to propose them again is the line that says so. Throws `RewriteError` for an id that isn't there. */
export async function reopenRewrites(
  env: Env,
  dataset: AnalysedDataset,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<{ reopened: number }> {
  const chosen = chooseByIds(await readCurrentRewrites(env, dataset, { signal }), ids).filter(({ state }) => state === "rejected");
  const time = new Date(env.now()).toISOString();
  await appendRewrites(
    env,
    await locateDataset(env, dataset.root),
    chosen.map(({ rewrite }) => ({ event: "proposed", ...proposedOf(rewrite), time })),
  );
  return { reopened: chosen.length };
}

function proposedOf({ id, sample, captionIndex, before, after, preset, author, glitches }: StoredRewrite): ProposedRewrite {
  return { id, sample, captionIndex, before, after, preset, author, glitches };
}

/** The proposals of some ids, in their order. Throws `RewriteError` for one that isn't there. */
export function chooseByIds(all: readonly CurrentRewrite[], ids: readonly string[]): CurrentRewrite[] {
  const byId = new Map(all.map((one) => [one.rewrite.id, one]));
  return [...new Set(ids)].map((id) => {
    const found = byId.get(id);
    if (found === undefined) throw new RewriteError(`There is no proposal ${id}: list them again`);
    return found;
  });
}

async function readItemsOf(
  env: Env,
  dataset: AnalysedDataset,
  rewrites: readonly StoredRewrite[],
  signal: AbortSignal,
): Promise<Map<string, RewriteItem>> {
  const { tables } = dataset;
  const table = quoteName(`rewritten${(lastTable += 1)}`);
  const places = [...new Map(rewrites.map((rewrite) => [keyOf(rewrite), rewrite])).values()];
  await tables.load(table.slice(1, -1), [
    { name: "sample", type: "text", values: places.map(({ sample }) => sample) },
    { name: "captionIndex", type: "integer", values: places.map(({ captionIndex }) => captionIndex) },
  ]);
  try {
    const rows = await tables.query(`SELECT p.pair FROM ${table} r JOIN pairs p USING (sample, captionIndex) ORDER BY p.pair`);
    const pairs = Int32Array.from(rows, ({ pair }) => Number(pair));
    const items = await readRewriteItems(env, dataset, pairs, signal);
    return new Map(items.map((item) => [keyOf(item), item]));
  } finally {
    await tables.run(`DROP TABLE IF EXISTS ${table}`);
  }
}

let lastTable = 0;

function keyOf({ sample, captionIndex }: Pick<StoredRewrite, "sample" | "captionIndex">): string {
  return `${captionIndex} ${sample}`;
}
