import { makeSplits } from "../../core/splits.ts";
import type { Group } from "../../core/group.ts";
import type { ContentHash, Sample } from "../../core/sample.ts";
import { makeTextNegatives } from "../../core/tune/textNegatives.ts";
import type { Rows } from "../../core/tune/rows.ts";
import type { TuneSet } from "../../core/tune/tuneSet.ts";
import { unitRows } from "../../core/tune/unit.ts";
import { textKey } from "../encode/encodeTexts.ts";
import type { VectorStore } from "../store/vectors.ts";
import type { ExportItem } from "../write/exportItems.ts";
import { exportItemsOf } from "../write/exportItems.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { readDuplicates } from "./captionVectors.ts";
import { duplicateClasses } from "../../core/clusters/duplicates.ts";
import { readContentHashes } from "./searcher.ts";

/** How a set is taken from a dataset; `textVectors` gives a row of float32 for each text that is nobody's caption, where a loss asks for such. */
export interface TuneSetOptions {
  readonly images: VectorStore;
  readonly texts: VectorStore;
  readonly seed: number;
  readonly heldOut: string;
  readonly textVectors?: ((texts: readonly string[]) => Promise<Float32Array>) | undefined;
}

/** A set with what was left out of it, and a word for its contents: the same for the same data. */
export interface GatheredSet {
  readonly set: TuneSet;
  readonly withoutVectors: number;
  readonly contents: readonly string[];
}

interface Item {
  readonly row: number;
  readonly item: ExportItem;
  readonly hash: ContentHash;
  readonly captions: readonly string[];
}

/** Which pairs are tuned on, before any vector is read: the deck that batches are dealt from, which items (1) are held out, how many pairs and different captions there are. */
export interface TuneItems {
  readonly deck: Pick<TuneSet, "classOf" | "together">;
  readonly heldOut: Uint8Array;
  readonly pairs: number;
  readonly captions: number;
}

/** Counts what `gatherTuneSet` would gather. */
export async function chooseTuneItems(dataset: AnalysedDataset, options: TuneSetOptions): Promise<TuneItems> {
  const { items, captions, deck, heldOut } = await chooseItems(dataset, options);
  return { deck, heldOut, pairs: items.reduce((sum, item) => sum + item.captions.length, 0), captions: captions.length };
}

/**
 * The kept pairs of a dataset as frozen vectors. Held out is its validation split, or a share of what is in no split, by groups of duplicates; the test split takes no part. Pairs
 * whose vectors are not in the cache are left out and counted.
 */
export async function gatherTuneSet(dataset: AnalysedDataset, options: TuneSetOptions): Promise<GatheredSet> {
  const { items, captions, deck, heldOut, withoutVectors } = await chooseItems(dataset, options);
  const placeOfText = new Map(captions.map((text, place) => [text, place]));
  const set: TuneSet = {
    images: await readRows(
      options.images,
      items.map(({ hash }) => hash),
    ),
    texts: await readRows(options.texts, captions.map(textKey)),
    textsOf: items.map((item) => Int32Array.from(item.captions, (text) => placeOfText.get(text)!)),
    ...deck,
    heldOut,
    ...(options.textVectors && (await makeExtras(captions, options.seed, options.textVectors))),
  };
  return { set, withoutVectors, contents: items.flatMap(({ hash, captions: own }) => [hash, ...own]) };
}

interface ChosenItems extends Pick<TuneItems, "deck" | "heldOut"> {
  readonly items: readonly Item[];
  readonly captions: readonly string[];
  readonly withoutVectors: number;
}

async function chooseItems(dataset: AnalysedDataset, options: TuneSetOptions): Promise<ChosenItems> {
  const samples = await dataset.samples();
  const hashes = await readContentHashes(dataset);
  const { items: kept } = exportItemsOf(samples, dataset.state);
  const rowOf = new Map(samples.map(({ id }, row) => [id as string, row]));
  const found = kept.flatMap((item) => findVectors(item, { row: rowOf.get(item.sample)!, hashes, options }) ?? []);
  const duplicates = await readDuplicates(dataset.tables);
  const held = holdOut(samples, found, { duplicates, ...options });
  const items = found.filter(({ item, row }) => (item.split ?? held[row]) !== "test");
  const placeOfRow = new Map(items.map(({ row }, place) => [row, place]));
  const classes = duplicateClasses(samples.length, duplicates);
  const confusable = (await dataset.groups()).filter(({ kind }) => kind === "confusable");
  return {
    items,
    captions: [...new Set(items.flatMap((item) => item.captions))],
    deck: {
      classOf: Int32Array.from(items, ({ row }) => classes[row]!),
      together: confusable.map(({ members }) => [...new Set(members.flatMap(({ row }) => placeOfRow.get(row) ?? []))]),
    },
    heldOut: Uint8Array.from(items, ({ row }) => Number(held[row] === "validation")),
    withoutVectors: kept.length - found.length,
  };
}

function findVectors(
  item: ExportItem,
  { row, hashes, options }: { row: number; hashes: readonly (ContentHash | undefined)[]; options: TuneSetOptions },
): Item | undefined {
  const hash = hashes[row];
  const captions = [...new Set(item.captions.map(({ text }) => text))].filter((text) => options.texts.has(textKey(text)));
  if (hash === undefined || !options.images.has(hash) || captions.length === 0) return undefined;
  return { row, item, hash, captions };
}

/** The split of each sample by its row: the dataset's own where it has a validation split, else a share is drawn from what is not in test. */
function holdOut(
  samples: readonly Sample[],
  found: readonly Item[],
  { duplicates, seed, heldOut }: { duplicates: readonly Group[]; seed: number; heldOut: string },
): readonly (string | undefined)[] {
  const splits: (string | undefined)[] = new Array<undefined>(samples.length).fill(undefined);
  for (const { row, item } of found) splits[row] = item.split;
  if (splits.includes("validation")) return splits;
  const drawn = found.filter(({ item }) => item.split !== "test");
  const placeOf = new Map(drawn.map(({ row }, place) => [row, place]));
  const groups = duplicates.map((group) => ({
    ...group,
    members: group.members.flatMap(({ row }) => (placeOf.has(row) ? [{ row: placeOf.get(row)! }] : [])),
  }));
  const made = makeSplits({
    samples: drawn.map(({ item }) => ({ id: item.sample })),
    groups: groups.filter(({ members }) => members.length > 1),
    seed,
    validation: heldOut,
    test: "0",
  });
  drawn.forEach(({ row }, place) => (splits[row] = made.splits[place]!));
  return splits;
}

/** Stored as float16, vectors are of length 1 only nearly. */
async function readRows(store: VectorStore, keys: readonly ContentHash[]): Promise<Rows> {
  const matrix = await store.matrixOf(keys, { memoryBytes: Infinity });
  try {
    return unitRows({ rows: keys.length, columns: store.dim, values: await matrix.read(0, keys.length) }).units;
  } finally {
    await matrix.dispose();
  }
}

async function makeExtras(
  captions: readonly string[],
  seed: number,
  textVectors: (texts: readonly string[]) => Promise<Float32Array>,
): Promise<Pick<Required<TuneSet>, "extras" | "extrasOf">> {
  const made = captions.map((text, place) => makeTextNegatives(text, seed + place));
  const texts = [...new Set(made.flat())];
  const placeOf = new Map(texts.map((text, place) => [text, place]));
  const values = await textVectors(texts);
  const extras = { rows: texts.length, columns: texts.length === 0 ? 0 : values.length / texts.length, values };
  return { extras: unitRows(extras).units, extrasOf: made.map((own) => Int32Array.from(own, (text) => placeOf.get(text)!)) };
}
