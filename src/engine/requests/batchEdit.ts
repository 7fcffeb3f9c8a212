import { diffWordsWithSpace } from "diff";
import { operations } from "../../core/captions/operations/operations.ts";
import { shorten } from "../../core/captions/replacement.ts";
import type {
  AppliedEdit,
  DiffPart,
  EditCaptionsRequest,
  EditedCaption,
  EditPreview,
  LeftCaption,
  ListedEditOperation,
  PreviewEditRequest,
} from "../../protocol/captionEdits.ts";
import type { Env } from "../env.ts";
import { withDataset } from "../store/dataset.ts";
import type { DatasetState } from "../store/dotWinnow.ts";
import { createPause, mapInTurns, type Pause } from "../store/inTurns.ts";
import type { Tables } from "../store/tables.ts";
import { applyBatch, planBatch, type BatchFile, type BatchNote, type BatchPlan, type Watch } from "../write/captionBatch.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { computeEdits, type ComputedEdits, type EditChange } from "./computeEdits.ts";
import { readFollowers } from "./followers.ts";
import { planAside } from "./planAside.ts";

/** The operations on many captions, as forms are made from them. */
export function listEditOperations(): ListedEditOperation[] {
  return operations.map(({ id, title, about, unit, options }) => ({ id, title, about, unit, options }));
}

/** Rows of one page at most. */
const mostRows = 500;

/** What an operation would do, with a page of its changes; nothing is written. Throws as `computeEdits` does, and a RangeError for a page that is too long. */
export async function previewEdit(
  env: Env,
  dataset: AnalysedDataset,
  { from, limit, ...asked }: Omit<PreviewEditRequest, "root">,
  watch: Watch,
): Promise<EditPreview> {
  if (!Number.isInteger(from) || !Number.isInteger(limit) || from < 0 || limit < 0 || limit > mostRows)
    throw new RangeError(`Expected a position from 0 and at most ${mostRows} rows but received ${from} and ${limit}`);
  const { counts, changes } = await computeOnce(env, dataset, asked, watch);
  return { ...counts, rows: changes.slice(from, from + limit).map(rowOf) };
}

type Asked = Omit<EditCaptionsRequest, "root">;

/** What was computed last, so that the pages of one preview, and what is then applied, are computed once. */
const lastComputed = new WeakMap<Tables, { readonly key: string; readonly computed: ComputedEdits }>();

async function computeOnce(env: Env, dataset: AnalysedDataset, asked: Asked, watch: Watch): Promise<ComputedEdits> {
  const key = JSON.stringify([dataset.stamp, asked]);
  const known = lastComputed.get(dataset.tables);
  if (known?.key === key) return known.computed;
  const computed = await computeEdits(env, dataset, asked, watch);
  lastComputed.set(dataset.tables, { key, computed });
  return computed;
}

function rowOf({ item, text, tokensBefore, tokensAfter, flags }: EditChange): EditedCaption {
  const { sample, captionIndex, text: before } = item;
  return { sample, captionIndex, before, after: text, diff: diffOf(before, text), tokensBefore, tokensAfter, flags };
}

/** Texts that differ in more words than this are shown whole: to find the least difference takes too long. */
const mostDifferences = 400;

/** How a text differs from another, by words. */
export function diffOf(before: string, after: string): DiffPart[] {
  const parts = diffWordsWithSpace(before, after, { maxEditLength: mostDifferences });
  if (parts === undefined)
    return [
      { kind: "removed", text: before },
      { kind: "added", text: after },
    ];
  return parts.map(({ value, added, removed }) => ({ kind: added ? "added" : removed ? "removed" : "same", text: value }));
}

/** Captions that are left as they are and listed by name. */
const mostListed = 100;

/**
 * Does an operation on the captions of a scope and writes the files, all or none, as one entry of the ledger. Captions whose files say something else by now, or can't
 * hold the new text, are left and listed. The analysis goes on telling the old texts until the next run. Throws as `computeEdits` does, and `ConflictError`.
 */
export async function applyEdit(env: Env, dataset: AnalysedDataset, asked: Asked, { signal, onProgress }: Watch): Promise<AppliedEdit> {
  if (dataset.state.readOnly !== undefined) throw new Error(dataset.state.readOnly);
  const computed = await computeOnce(env, dataset, asked, { signal });
  lastComputed.delete(dataset.tables);
  const pause = createPause(env, signal);
  const files = await filesOf(computed.changes, pause);
  // Files are read, then written (with those of the state): two halves of one progress.
  const half = (from: number) => (done: number, total: number) =>
    onProgress?.(from + Math.floor((done / total) * files.length), 2 * files.length);
  const plan = await planBatch(env, files, planAside, { signal, onProgress: half(0) });
  const left = describeLeft(plan, computed.changes);
  await pause();
  const applied = plan.files.reduce((count, { captions }) => count + captions.length, 0);
  const operation = await withDataset(env, dataset.root, async (open, state) => {
    const note = await noteOf(dataset, state, { asked, computed, plan, pause });
    return await applyBatch(open, state, { plan, note, signal, onProgress: half(files.length) });
  });
  return { ...computed.counts, operation, applied, left: left.length, leftCaptions: left.slice(0, mostListed) };
}

/** Changes by their files. Of two that are one place in a file (two pictures may share it) the first is written, if they ask for the same. */
async function filesOf(changes: readonly EditChange[], pause: Pause): Promise<BatchFile[]> {
  const files = new Map<string, Map<string, BatchFile["changes"][number]>>();
  const take = ({ item, text: after }: EditChange): void => {
    const { file, place, pair, text: before } = item;
    const places = files.get(file) ?? new Map<string, BatchFile["changes"][number]>();
    files.set(file, places);
    const key = JSON.stringify(place);
    const known = places.get(key);
    if (known === undefined) places.set(key, { pair, place, before, after });
    else if (known.after !== after) places.set(key, { ...known, place: { kind: "fixed", why: sharedDifferently } });
  };
  await mapInTurns(changes, take, pause);
  return [...files].map(([file, places]) => ({ file, changes: [...places.values()] }));
}

const sharedDifferently = "several pictures read this caption, and they would get different ones: give each a caption file of its own";

function describeLeft({ left }: BatchPlan, changes: readonly EditChange[]): LeftCaption[] {
  const byPair = new Map(changes.map((change) => [change.item.pair, change.item]));
  return left.map(({ pair, file, reason }): LeftCaption => {
    const item = byPair.get(pair);
    return { file, sample: item?.sample ?? "", captionIndex: item?.captionIndex ?? null, reason };
  });
}

interface Noted {
  readonly asked: Asked;
  readonly computed: ComputedEdits;
  readonly plan: BatchPlan;
  readonly pause: Pause;
}

async function noteOf(dataset: AnalysedDataset, state: DatasetState, { asked, computed, plan, pause }: Noted): Promise<BatchNote> {
  const captionOf = new Map<number, string>();
  await mapInTurns(plan.files, ({ captions }) => captions.forEach(({ pair, caption }) => captionOf.set(pair, caption)), pause);
  const changed = computed.changes.filter(({ item }) => captionOf.has(item.pair));
  const summary = summaryOf(asked, { captions: changed.length, files: plan.files.length, isOfFiles: computed.operation.unit === "file" });
  if (computed.operation.unit === "file") {
    const edited = changed.flatMap(({ item }) =>
      (item.parts ?? []).map(({ sample, captionIndex }) => ({ sample, captionIndex: captionIndex ?? 0 })),
    );
    return { summary, edited, samples: new Map() };
  }
  await pause();
  const textOf = new Map(changed.map(({ item }) => [item.pair, item.text]));
  const texts = [...captionOf].map(([pair, after]) => ({ pair, before: textOf.get(pair) ?? "", after }));
  await pause();
  return { summary, ...(await readFollowers(dataset, state, texts)) };
}

/** Words for the ledger, such as `replace (find "cat", with "dog"): 12 captions in 3 files`. */
function summaryOf({ operation, options }: Asked, counts: { captions: number; files: number; isOfFiles: boolean }): string {
  const given = Object.entries(options)
    .filter(([, value]) => value !== false)
    .map(([name, value]) =>
      typeof value === "string" ? `${name} ${JSON.stringify(shorten(value))}` : value === true ? name : `${name} ${value}`,
    );
  const named = given.length === 0 ? operation : `${operation} (${given.join(", ")})`;
  const files = countOf(counts.files, "file");
  return counts.isOfFiles ? `${named}: ${files}` : `${named}: ${countOf(counts.captions, "caption")} in ${files}`;
}

function countOf(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}
