import type { AcceptedRewrites, RewriteProgress, RewriteStrategy } from "../../protocol/rewrites.ts";
import type { Env } from "../env.ts";
import { withDataset } from "../store/dataset.ts";
import type { DatasetState } from "../store/dotWinnow.ts";
import { applyBatch, planBatch, type BatchFile, type BatchNote } from "../write/captionBatch.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { readFollowers } from "./followers.ts";
import { planAside } from "./planAside.ts";
import type { RewriteItem } from "./rewriteItems.ts";

/** A caption that is to be written, as another in its place or beside it; `author` is undefined for a person. */
export interface CaptionToWrite {
  readonly id: string;
  readonly item: RewriteItem;
  readonly after: string;
  readonly author?: string;
}

/** How captions are written. `describe` makes the words for the ledger from what is written, such as "3 captions in 2 files". */
export interface WriteChoice {
  readonly strategy: RewriteStrategy;
  readonly describe: (counts: string) => string;
  readonly signal: AbortSignal;
  readonly onProgress?: ((progress: RewriteProgress) => void) | undefined;
}

/** What was written, and why the others were not; the operation is null where nothing was. */
export interface WrittenCaptions {
  readonly operation: string | null;
  readonly written: readonly CaptionToWrite[];
  readonly left: AcceptedRewrites["left"];
}

/** Writes captions into their files, all that can be or none, as one operation that can be undone. Throws `ConflictError` where a file was changed meanwhile. */
export async function writeCaptions(
  env: Env,
  dataset: AnalysedDataset,
  captions: readonly CaptionToWrite[],
  { strategy, describe, signal, onProgress }: WriteChoice,
): Promise<WrittenCaptions> {
  const plan = await planBatch(env, filesOf(captions, strategy), planAside, { signal });
  const read = plan.files.flatMap((file) => file.captions.map(({ pair, caption }) => ({ ...captions[pair]!, after: caption })));
  const summary = describe(`${countOf(read.length, "caption")} in ${countOf(plan.files.length, "file")}`);
  const operation = await withDataset(env, dataset.root, async (open, state) => {
    const note = { summary, ...(strategy === "add" ? addedOf(read) : await followersOf(dataset, state, read)) };
    const watch = { signal, onProgress: (done: number, total: number) => onProgress?.({ done, total }) };
    return await applyBatch(open, state, { plan, note, ...watch });
  });
  const left = plan.left.map(({ pair, reason }) => ({ id: captions[pair]!.id, sample: captions[pair]!.item.sample, reason }));
  return { operation, written: read, left };
}

/** Changes by their files, each caption under its place in the list. */
function filesOf(captions: readonly CaptionToWrite[], strategy: RewriteStrategy): BatchFile[] {
  const files = new Map<string, BatchFile["changes"][number][]>();
  for (const [at, { item, after }] of captions.entries()) {
    const own = files.get(item.file) ?? [];
    files.set(item.file, own);
    own.push({ pair: at, place: item.place, before: item.text, after, ...(strategy === "add" ? { adds: true } : {}) });
  }
  return [...files].map(([file, changes]) => ({ file, changes }));
}

async function followersOf(
  dataset: AnalysedDataset,
  state: DatasetState,
  written: readonly CaptionToWrite[],
): Promise<Pick<BatchNote, "edited" | "samples">> {
  const texts = written.map(({ item, after, author }) => ({
    ...{ pair: item.pair, before: item.text, after },
    ...(author === undefined ? {} : { author }),
  }));
  return await readFollowers(dataset, state, texts);
}

/** Where added captions will stand: behind all that their pictures have. */
function addedOf(written: readonly CaptionToWrite[]): Pick<BatchNote, "edited" | "samples"> {
  const added = new Map<string, number>();
  const edited = written.map(({ item, author }) => {
    const before = added.get(item.sample) ?? 0;
    added.set(item.sample, before + 1);
    const captionIndex = item.others.length + 1 + before;
    return { sample: item.sample, captionIndex, ...(author === undefined ? {} : { author }) };
  });
  return { edited, samples: new Map() };
}

function countOf(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}
