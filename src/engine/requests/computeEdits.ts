import type { CaptionOperation } from "../../core/captions/operations/operation.ts";
import { parseOperation, type GivenOperation } from "../../core/captions/operations/operations.ts";
import type { Options } from "../../core/prune/options.ts";
import type { EditCounts, EditFlag, EditScope } from "../../protocol/captionEdits.ts";
import type { Env } from "../env.ts";
import { createPause, mapInTurns } from "../store/inTurns.ts";
import type { Watch } from "../write/captionBatch.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { readCurrentTexts } from "./currentTexts.ts";
import { readEditItems, type EditItem } from "./editItems.ts";
import { pairsOfScope } from "./editScope.ts";
import { EditError, openEditThread, type EditedText, type EditThread } from "./editThread.ts";
import { addSentenceScores } from "./sentenceScores.ts";
import { wholeFiles } from "./wholeFiles.ts";

/** A caption that an operation changes. */
export interface EditChange extends EditedText {
  readonly item: EditItem;
  readonly flags: readonly EditFlag[];
}

/** What an operation makes of a scope; nothing is written. */
export interface ComputedEdits {
  readonly operation: CaptionOperation;
  readonly counts: EditCounts;
  readonly changes: readonly EditChange[];
}

/** An operation and the captions that it is about. */
export interface AskedEdits extends GivenOperation {
  readonly scope: EditScope;
}

/**
 * Does an operation on the captions of a scope, in memory. The evaluation split is left out; captions that Winnow changed since the analysis are taken as they stand
 * in their files. Throws `EditError` and as `pairsOfScope` does.
 */
export async function computeEdits(env: Env, dataset: AnalysedDataset, asked: AskedEdits, watch: Watch): Promise<ComputedEdits> {
  const parsed = parseOperation(asked);
  if (typeof parsed === "string") throw new EditError(parsed);
  const { operation, options } = parsed;
  const thread = await openEditThread(env, { operation: asked.operation, options, encoder: dataset.summary.encoder });
  try {
    const items = await gatherItems(env, dataset, { operation, options, scope: asked.scope }, watch.signal);
    const open = items.filter(({ isChosen, isFrozen, place }) => isChosen && !isFrozen && place.kind !== "fixed");
    const edited = await editAll(thread, open, watch);
    const changes = await flagChanges(env, items, edited);
    return { operation, changes, counts: await countsOf(env, { items, open, changes }, thread) };
  } finally {
    await thread.close();
  }
}

interface Gathered {
  readonly operation: CaptionOperation;
  readonly options: Options;
  readonly scope: EditScope;
}

async function gatherItems(
  env: Env,
  dataset: AnalysedDataset,
  { operation, options, scope }: Gathered,
  signal: AbortSignal,
): Promise<readonly EditItem[]> {
  const needs = operation.needs?.(options) ?? [];
  const pairs = await pairsOfScope(dataset, scope);
  const read = await readEditItems(dataset, pairs, signal);
  const items = operation.unit === "file" ? wholeFiles(read) : read;
  const all = needs.includes("columns") || operation.unit === "file";
  const current = await readCurrentTexts(env, dataset, items, { all, signal });
  return needs.includes("sentenceScores") ? await addSentenceScores(env, dataset, current) : current;
}

/** Captions of one task at most, and characters. */
const [captionsPerTask, charactersPerTask] = [256, 1 << 18];

async function editAll(thread: EditThread, items: readonly EditItem[], { signal, onProgress }: Watch): Promise<Map<EditItem, EditedText>> {
  const edited = new Map<EditItem, EditedText>();
  const total = items.length * (thread.surveys ? 2 : 1);
  let done = 0;
  for (const kind of thread.surveys ? (["survey", "edit"] as const) : (["edit"] as const)) {
    for (const some of cutTasks(items)) {
      signal.throwIfAborted();
      const texts = await thread.run({ kind, captions: some.map(({ text, context }) => ({ text, context })) });
      for (const [at, one] of texts.entries()) if (one.text !== some[at]!.text) edited.set(some[at]!, one);
      onProgress?.((done += some.length), total);
    }
  }
  return edited;
}

function* cutTasks(items: readonly EditItem[]): Generator<readonly EditItem[]> {
  let [some, characters]: [EditItem[], number] = [[], 0];
  for (const item of items) {
    some.push(item);
    characters += item.text.length;
    if (some.length < captionsPerTask && characters < charactersPerTask) continue;
    yield some;
    [some, characters] = [[], 0];
  }
  if (some.length > 0) yield some;
}

/** Marks what would be empty, or the same as another caption of its sample that it wasn't before. Captions of a sample lie side by side. */
async function flagChanges(env: Env, items: readonly EditItem[], edited: ReadonlyMap<EditItem, EditedText>): Promise<EditChange[]> {
  const pause = createPause(env);
  const changes: EditChange[] = [];
  for (let from = 0; from < items.length;) {
    let to = from + 1;
    while (to < items.length && items[to]!.sample === items[from]!.sample) to += 1;
    const own = items.slice(from, to);
    const after = own.map((item) => edited.get(item)?.text ?? item.text);
    for (const [at, item] of own.entries()) {
      const one = edited.get(item);
      if (one === undefined) continue;
      const isLike = own.some((other, index) => index !== at && after[index] === one.text && other.text !== item.text);
      const flags: EditFlag[] = one.text.trim() === "" ? ["empty"] : isLike ? ["likeSibling"] : [];
      changes.push({ ...one, item, flags });
    }
    from = to;
    const pausing = pause();
    if (pausing !== undefined) await pausing;
  }
  return changes;
}

interface Counted {
  readonly items: readonly EditItem[];
  readonly open: readonly EditItem[];
  readonly changes: readonly EditChange[];
}

/** Counts in one walk, in turns: a scope may be a whole dataset. */
async function countsOf(env: Env, { items, open, changes }: Counted, { tokenLimit }: EditThread): Promise<EditCounts> {
  const pause = createPause(env);
  const isOver = (tokens: number | null): boolean => tokens !== null && tokenLimit !== null && tokens > tokenLimit;
  const sums = { total: 0, frozen: 0, fixed: 0, empty: 0, likeSibling: 0, before: 0, after: 0 };
  const [reasons, files] = [new Set<string>(), new Set<string>()];
  const countItem = ({ isChosen, isFrozen, place }: EditItem): void => {
    if (!isChosen) return;
    sums.total += 1;
    if (isFrozen) sums.frozen += 1;
    else if (place.kind === "fixed") {
      sums.fixed += 1;
      reasons.add(place.why);
    }
  };
  const countChange = ({ item, flags, tokensBefore, tokensAfter }: EditChange): void => {
    files.add(item.file);
    if (flags.includes("empty")) sums.empty += 1;
    if (flags.includes("likeSibling")) sums.likeSibling += 1;
    if (isOver(tokensBefore)) sums.before += 1;
    if (isOver(tokensAfter)) sums.after += 1;
  };
  await mapInTurns(items, countItem, pause);
  await mapInTurns(changes, countChange, pause);
  const { before, after, ...counts } = sums;
  return {
    ...counts,
    fixedReasons: [...reasons],
    unchanged: open.length - changes.length,
    changed: changes.length,
    files: files.size,
    overTokens: tokenLimit === null ? null : { limit: tokenLimit, before, after },
  };
}
