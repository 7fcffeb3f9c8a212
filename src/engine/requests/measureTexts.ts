import { leaveOneWordOut } from "../../core/captions/leaveOneOut.ts";
import { noRelations } from "../../core/relations.ts";
import type { RewriteMeasure } from "../../core/rewriters/accept.ts";
import { compareCaptions } from "../../core/rewriters/comparison.ts";
import { rankOf, type RankedAmong } from "../../core/rewriters/rank.ts";
import { findFits, fitsOf, type Fits } from "../../core/signals/fits.ts";
import type { MeasureRequest } from "../../protocol/rewrites.ts";
import type { Env } from "../env.ts";
import { placeStated } from "../run/statedRelations.ts";
import { readDataset } from "../store/dataset.ts";
import type { CaptionVectors } from "./captionVectors.ts";
import { cosine, pictureOf } from "./pictureCosine.ts";
import { cosinesOf } from "./placedVectors.ts";
import { withTables, type Searcher } from "./searcher.ts";

/** Texts and their pictures, and how the work is stopped. */
type Asked = Omit<MeasureRequest, "root"> & { readonly signal: AbortSignal };

/**
 * What the encoder says of texts in the place of others: exact ranks among all captions of the dataset, as the analysis would count them. The new texts' vectors go into
 * the cache. What is unknown of a picture or a text is NaN.
 */
export async function measureTexts(env: Env, searcher: Searcher, { items, provider, signal }: Asked): Promise<RewriteMeasure[]> {
  const captions = await searcher.captions();
  const world: World = {
    searcher,
    captions,
    rows: new Map((await searcher.names()).map((name, row) => [name, row])),
    fits: await readFits(env, searcher, captions),
    textOf: await findTexts(searcher, captions, new Set(items.flatMap(({ before, after }) => [before, after]))),
  };
  const [before, after] = [items.map((item) => item.before), items.map((item) => item.after)];
  const vectors = await searcher.textVectors([...before, ...after], { provider, keep: true, signal });
  const tokens = searcher.countTokens([...before, ...after]);
  const suspects = items.map((item) => suspectsOf(item.before, item.after));
  const without = await searcher.textVectors(
    suspects.flat().map(({ text }) => text),
    { provider, keep: false, signal },
  );
  const dim = vectors.length / Math.max(1, 2 * items.length);
  const measures: RewriteMeasure[] = [];
  let passed = 0;
  for (const [at, item] of items.entries()) {
    signal.throwIfAborted();
    const own = suspects[at]!;
    const rowsOf = (rows: Float32Array, row: number, count = 1): Float32Array => rows.subarray(row * dim, (row + count) * dim);
    measures.push({
      ...(await measureOne(world, item, {
        before: rowsOf(vectors, at),
        after: rowsOf(vectors, items.length + at),
        suspects: own.map(({ word }, index) => ({ word, vector: rowsOf(without, passed + index) })),
        signal,
      })),
      tokensBefore: tokens.counts[at]!,
      tokensAfter: tokens.counts[items.length + at]!,
      tokenLimit: tokens.limit,
    });
    passed += own.length;
  }
  return measures;
}

interface World {
  readonly searcher: Searcher;
  readonly captions: CaptionVectors;
  readonly rows: ReadonlyMap<string, number>;
  readonly fits: Fits;
  readonly textOf: ReadonlyMap<string, number>;
}

interface Vectors {
  readonly before: Float32Array;
  readonly after: Float32Array;
  /** The new text without one of its added words each. */
  readonly suspects: readonly { readonly word: string; readonly vector: Float32Array }[];
  readonly signal: AbortSignal;
}

type Scored = Omit<RewriteMeasure, "tokensBefore" | "tokensAfter" | "tokenLimit">;

async function measureOne(
  { searcher, captions, rows, fits, textOf }: World,
  { sample, before, after }: MeasureRequest["items"][number],
  { signal, ...vectors }: Vectors,
): Promise<Scored> {
  const row = rows.get(sample);
  const picture = row === undefined ? undefined : await pictureOf(searcher, sample);
  if (row === undefined || picture === undefined) return unknown;
  const scores = await cosinesOf(captions.vectors, picture, { gemm: searcher.gemm, signal });
  const among: RankedAmong = { scores, foreign: foreignCaptions(captions, fits, row) };
  const [scoreBefore, scoreAfter] = [cosine(picture, vectors.before), cosine(picture, vectors.after)];
  const { rank: rankAfter, candidates } = rankOf(scoreAfter, among, textOf.get(after));
  return {
    scoreBefore,
    scoreAfter,
    rankBefore: rankOf(scoreBefore, among, textOf.get(before)).rank,
    rankAfter,
    candidates,
    unsupported: vectors.suspects.filter(({ vector }) => cosine(picture, vector) > scoreAfter).map(({ word }) => word),
  };
}

const unknown: Scored = {
  scoreBefore: Number.NaN,
  scoreAfter: Number.NaN,
  rankBefore: Number.NaN,
  rankAfter: Number.NaN,
  candidates: Number.NaN,
  unsupported: [],
};

/** The new text without each of the content words that it adds. */
function suspectsOf(before: string, after: string): ReturnType<typeof leaveOneWordOut> {
  const added = new Set(compareCaptions(before, after).added);
  return leaveOneWordOut(after).filter(({ word, text }) => added.has(word.toLowerCase()) && text !== "");
}

/** How many captions of other pictures each text stands for, as a picture's ranks count them. */
function foreignCaptions({ textOfPair, imageOfPair, duplicateOf, firstPair }: CaptionVectors, fits: Fits, row: number): Int32Array {
  const foreign = new Int32Array(firstPair.length);
  textOfPair.forEach((text, pair) => {
    if (text >= 0 && duplicateOf[imageOfPair[pair]!] !== duplicateOf[row]) foreign[text] = foreign[text]! + 1;
  });
  const { first, end } = fitsOf(fits, row);
  for (let at = first; at < end; at += 1) foreign[fits.texts[at]!] = 0;
  return foreign;
}

/** Captions that a person said to fit other pictures. */
async function readFits(env: Env, { generation }: Searcher, { textOfPair, imageOfPair, duplicateOf }: CaptionVectors): Promise<Fits> {
  const { falseNegatives } = await withTables(generation, async (analysis) => {
    const { state } = await readDataset(env, analysis.summary.root);
    return state.relations.length === 0 ? noRelations : placeStated(await analysis.samples(), state.relations);
  });
  return findFits({ pairs: { image: imageOfPair, text: textOfPair }, duplicateOf, falseNegatives });
}

/** The numbers of texts that the dataset has. */
async function findTexts(
  { generation }: Searcher,
  { textOfPair }: CaptionVectors,
  texts: ReadonlySet<string>,
): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  await withTables(generation, async ({ tables }) => {
    await tables.load("asked", [{ name: "caption", type: "text", values: [...texts] }]);
    const sql = "SELECT caption, min(pair) AS pair FROM pairs SEMI JOIN asked USING (caption) GROUP BY caption";
    for (const { caption, pair } of await tables.query(sql)) found.set(String(caption), textOfPair[Number(pair)]!);
  });
  return found;
}
