import { duplicateClasses } from "../../core/clusters/duplicates.ts";
import { matrixFromArray } from "../../core/matrix.ts";
import { measureForeignSpread } from "../../core/negatives/margin.ts";
import type { CancelSignal } from "../../core/neighbours/blocks.ts";
import type { Gemm } from "../../core/neighbours/gemm.ts";
import type { ContentHash, Sample } from "../../core/sample.ts";
import type { Pairs } from "../../core/signals/pairs.ts";
import type { HeadPlan, TowerName } from "../../core/tune/headModel.ts";
import { tuneRows } from "../../core/tune/headModel.ts";
import type { Rows, Tensors } from "../../core/tune/rows.ts";
import { rowsBetween, zeroRows } from "../../core/tune/rows.ts";
import { unitRows } from "../../core/tune/unit.ts";
import { textKey } from "../encode/encodeTexts.ts";
import type { VectorStore } from "../store/vectors.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { readDuplicates } from "./captionVectors.ts";
import { placeVectors } from "./placedVectors.ts";
import { readContentHashes } from "./searcher.ts";

/** The pairs of an analysis: samples in their order, the different texts, and where each sample's first pair stands. */
export interface ListedPairs {
  readonly samples: readonly Sample[];
  readonly texts: readonly string[];
  readonly pairs: Pairs;
  readonly firstPair: Int32Array;
  /** Samples that any kind of duplicate joins are of one class. */
  readonly duplicateOf: Int32Array;
}

/** Vectors of all samples and of all texts, of length 1; a row of zeros is unknown. */
export interface BothSides {
  readonly images: Rows;
  readonly texts: Rows;
}

const rowsAtOnce = 4096;

/** Lists the pairs of an analysis. */
export async function listPairs(dataset: AnalysedDataset): Promise<ListedPairs> {
  const samples = await dataset.samples();
  const rowOfText = new Map<string, number>();
  const textRow = (text: string): number => {
    if (text.trim() === "") return -1;
    if (!rowOfText.has(text)) rowOfText.set(text, rowOfText.size);
    return rowOfText.get(text)!;
  };
  const listed = samples.flatMap(({ captions }, image) =>
    captions.map(({ text }, captionIndex) => ({ image, captionIndex, text: textRow(text) })),
  );
  const firstPair = new Int32Array(samples.length);
  for (let row = 1; row < samples.length; row += 1) firstPair[row] = firstPair[row - 1]! + samples[row - 1]!.captions.length;
  const duplicateOf = duplicateClasses(samples.length, await readDuplicates(dataset.tables));
  return {
    ...{ samples, texts: [...rowOfText.keys()], firstPair, duplicateOf },
    pairs: {
      count: listed.length,
      image: Int32Array.from(listed, ({ image }) => image),
      text: Int32Array.from(listed, ({ text }) => text),
      captionIndex: Int32Array.from(listed, ({ captionIndex }) => captionIndex),
    },
  };
}

/** Reads what the cache has of the vectors of listed pairs. */
export async function readSides(
  dataset: AnalysedDataset,
  { texts }: ListedPairs,
  stores: { readonly images: VectorStore; readonly texts: VectorStore },
): Promise<BothSides> {
  return {
    images: await readPlaced(stores.images, await readContentHashes(dataset)),
    texts: await readPlaced(stores.texts, texts.map(textKey)),
  };
}

async function readPlaced(store: VectorStore, keys: readonly (ContentHash | undefined)[]): Promise<Rows> {
  const { places, matrix } = await placeVectors(store, keys, Infinity);
  const all = zeroRows(keys.length, store.dim);
  try {
    const found = unitRows({ rows: places.length, columns: store.dim, values: await matrix.read(0, places.length) }).units;
    places.forEach((place, at) => all.values.set(rowsBetween(found, at, at + 1).values, place * store.dim));
    return all;
  } finally {
    await matrix.dispose();
  }
}

/** What was learned: the heads and their weights. */
export interface LearnedHeads {
  readonly plan: HeadPlan;
  readonly weights: Tensors;
}

/** Sends vectors through the heads, in blocks; a row of zeros stays one. */
export async function tuneSides(gemm: Gemm, { plan, weights }: LearnedHeads, sides: BothSides, signal: CancelSignal): Promise<BothSides> {
  const through = async (tower: TowerName, rows: Rows): Promise<Rows> => {
    const tuned = zeroRows(rows.rows, rows.columns);
    for (let from = 0; from < rows.rows; from += rowsAtOnce) {
      signal.throwIfAborted();
      const block = rowsBetween(rows, from, Math.min(rows.rows, from + rowsAtOnce));
      tuned.values.set((await tuneRows(gemm, plan, weights, { tower, rows: block })).units.values, from * rows.columns);
    }
    return tuned;
  };
  return { images: await through("image", sides.images), texts: await through("text", sides.texts) };
}

/** The cosine of an image and a text by their rows; NaN where either is unknown. */
export function cosineOf({ images, texts }: BothSides, image: number, text: number): number {
  if (text < 0 || !isKnown(images, image) || !isKnown(texts, text)) return NaN;
  let sum = 0;
  for (let at = 0; at < images.columns; at += 1)
    sum += images.values[image * images.columns + at]! * texts.values[text * texts.columns + at]!;
  return sum;
}

/** Whether a row is a vector, and not the zeros that stand for none. */
export function isKnown({ values, columns }: Rows, row: number): boolean {
  return values.subarray(row * columns, (row + 1) * columns).some((value) => value !== 0);
}

/** The cosine of every pair; NaN is unknown. */
export function scorePairs(sides: BothSides, { pairs }: ListedPairs): Float32Array {
  return Float32Array.from(pairs.image, (image, pair) => cosineOf(sides, image, pairs.text[pair]!));
}

/** The standard deviation of foreign cosines, as the margin of confusable groups is measured by; undefined where there are too few. */
export async function measureSigma(
  gemm: Gemm,
  { images, texts }: BothSides,
  { listed, scores, seed }: { readonly listed: ListedPairs; readonly scores: Float32Array; readonly seed: number },
): Promise<number | undefined> {
  const { pairs, samples, duplicateOf, texts: textOf } = listed;
  const spread = await measureForeignSpread(
    {
      ...{ pairs, duplicateOf, textOf, gemm, clipScore: scores },
      ids: samples.map(({ id }) => id),
      images: matrixFromArray(images.values, images.columns),
      texts: matrixFromArray(texts.values, texts.columns),
    },
    seed,
  );
  return spread?.sigma;
}
