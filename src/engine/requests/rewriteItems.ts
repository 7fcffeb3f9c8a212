import type { RewriteExample, RewriteNeed, RewriteSubject } from "../../core/rewriters/rewriter.ts";
import { chooseExamples, type ExampleCandidate } from "../../core/rewriters/examples.ts";
import type { Env } from "../env.ts";
import { createPause } from "../store/inTurns.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { readCurrentTexts } from "./currentTexts.ts";
import { readEditItems, type EditItem } from "./editItems.ts";
import { withNumbers } from "./targets.ts";

/** A caption that may be rewritten, as it stands in its file; `author` wrote it, `others` are the other captions of its picture. */
export interface RewriteItem extends Omit<EditItem, "captionIndex"> {
  readonly captionIndex: number;
  readonly author: string;
  readonly others: readonly string[];
}

/** Reads captions by their pairs, as they are now, those of the evaluation split too (`isFrozen`). */
export async function readRewriteItems(env: Env, dataset: AnalysedDataset, pairs: Int32Array, signal: AbortSignal): Promise<RewriteItem[]> {
  const read = await readEditItems(dataset, pairs, signal);
  const current = await readCurrentTexts(env, dataset, read, { all: false, signal });
  const authors = await readAuthors(dataset, pairs);
  const pause = createPause(env, signal);
  const items: RewriteItem[] = [];
  // The captions of a sample lie side by side.
  for (let from = 0; from < current.length;) {
    let to = from + 1;
    while (to < current.length && current[to]!.sample === current[from]!.sample) to += 1;
    items.push(...itemsOfSample(current.slice(from, to), authors));
    from = to;
    const pausing = pause();
    if (pausing !== undefined) await pausing;
  }
  return items;
}

function itemsOfSample(captions: readonly EditItem[], authors: ReadonlyMap<number, string>): RewriteItem[] {
  return captions.flatMap((item) => {
    const { captionIndex, isChosen, pair } = item;
    if (!isChosen || captionIndex === null) return [];
    const others = captions.flatMap((other) => (other === item ? [] : [other.text]));
    return [{ ...item, captionIndex, author: authors.get(pair) ?? "import", others }];
  });
}

/** Who wrote captions: the last standing edit's author, else who the dataset says. */
async function readAuthors(dataset: AnalysedDataset, pairs: Int32Array): Promise<Map<number, string>> {
  const authors = new Map<number, string>();
  await withNumbers(dataset, pairs, async (scope) => {
    const sql = `SELECT p.pair, coalesce(e.author, p.author) AS author FROM ${scope} t JOIN pairs p ON p.pair = t.number LEFT JOIN edits e ON e.item = p.pair`;
    for await (const rows of dataset.tables.stream(sql)) for (const { pair, author } of rows) authors.set(Number(pair), String(author));
  });
  return authors;
}

/** Whether a caption's author is neither a person nor unknown: it was written by a model or a rule of ours. */
export function isMachine(author: string): boolean {
  return author !== "human" && author !== "import";
}

/** What a job's rewriter needs of the whole dataset, looked up once. */
export interface RewriteContext {
  readonly examples: readonly RewriteExample[];
  readonly lookalikes: ReadonlyMap<string, readonly string[]>;
}

/** Looks up what a rewriter needs. The evaluation split gives no examples: its captions would come back in training. */
export async function readRewriteContext(
  dataset: AnalysedDataset,
  needs: readonly RewriteNeed[],
  { count, seed }: { readonly count: number; readonly seed: number },
): Promise<RewriteContext> {
  return {
    // One or two more than are shown: a caption is no example of itself.
    examples: needs.includes("examples") ? chooseExamples(await readCandidates(dataset), { count: count + 2, seed }) : [],
    lookalikes: needs.includes("group") ? await readLookalikes(dataset) : new Map(),
  };
}

/** The subject of a caption; evidence is added where it was asked for. */
export function subjectOf(
  { text, others, context: { folder } }: RewriteItem,
  { examples, lookalikes }: RewriteContext,
  { sample, evidence }: { readonly sample: string; readonly evidence?: Pick<RewriteSubject, "nearestWrong" | "weakWords"> | undefined },
): RewriteSubject {
  const name = folder
    .slice(folder.lastIndexOf("/") + 1)
    .replaceAll(/[_-]+/g, " ")
    .trim();
  return {
    caption: text,
    others,
    label: name === "" ? undefined : name,
    examples: examples.filter(({ target, source }) => target !== text && source !== text),
    nearestWrong: evidence?.nearestWrong,
    weakWords: evidence?.weakWords ?? [],
    lookalikes: lookalikes.get(sample) ?? [],
  };
}

/** Pairs that examples are drawn from: the best by score. */
const mostCandidates = 2000;

async function readCandidates({ tables, fields }: AnalysedDataset): Promise<ExampleCandidate[]> {
  if (!Object.hasOwn(fields, "clipScore")) return [];
  const best =
    await tables.query(`SELECT p.sampleRow, p.caption, p.clipScore FROM pairs p LEFT JOIN decidedSplits d ON d.sampleRow = p.sampleRow
    WHERE p.clipScore IS NOT NULL AND coalesce(p.split, d.split, 'train') NOT IN ('validation', 'test')
    ORDER BY p.clipScore DESC, p.pair LIMIT ${mostCandidates}`);
  if (best.length === 0) return [];
  const captionsOf = new Map<number, string[]>();
  const ofSamples = `SELECT sampleRow, caption FROM pairs WHERE sampleRow IN (${best.map((row) => Number(row["sampleRow"])).join(", ")}) ORDER BY pair`;
  for (const { sampleRow, caption } of await tables.query(ofSamples)) {
    const own = captionsOf.get(Number(sampleRow)) ?? [];
    captionsOf.set(Number(sampleRow), own);
    own.push(String(caption));
  }
  return best.map(({ sampleRow, caption, clipScore }) => ({
    caption: String(caption),
    score: Number(clipScore),
    others: captionsOf.get(Number(sampleRow))!.filter((other) => other !== caption),
  }));
}

/** The captions of the other members of the confusable groups of each sample. */
async function readLookalikes({ tables }: AnalysedDataset): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  const sql = `SELECT s.sample, p.caption FROM members a JOIN members b ON a.id = b.id AND a.sampleRow <> b.sampleRow
    JOIN samples s ON s.sampleRow = a.sampleRow JOIN pairs p ON p.sampleRow = b.sampleRow AND p.captionIndex = coalesce(b.captionIndex, 0)
    WHERE a.kind = 'confusable' ORDER BY a.sampleRow, a.id, b.position`;
  for (const { sample, caption } of await tables.query(sql)) {
    const own = found.get(String(sample)) ?? [];
    found.set(String(sample), own);
    own.push(String(caption));
  }
  return found;
}
