import { makeSplits } from "../../core/splits.ts";
import type { EncoderId } from "../../core/encoder.ts";
import type { Group } from "../../core/group.ts";
import type { ContentHash, Sample } from "../../core/sample.ts";
import { makeTextNegatives } from "../../core/tune/textNegatives.ts";
import type { PairFlags } from "../../core/tune/arms.ts";
import type { Rows } from "../../core/tune/rows.ts";
import type { TuneSet } from "../../core/tune/tuneSet.ts";
import { unitRows } from "../../core/tune/unit.ts";
import { textKey } from "../encode/encodeTexts.ts";
import { sha256 } from "../store/files.ts";
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
  /** The sample of each item, as its row in the analysis. */
  readonly rows: readonly number[];
  /** The captions of each item. */
  readonly captionsOf: readonly (readonly string[])[];
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
export interface TuneItems extends Pick<TuneSet, "classOf" | "together" | "heldOut"> {
  readonly pairs: number;
  readonly captions: number;
}

/** All pairs of a dataset, with flags for the captions of each item: those that are kept, and those that stand in the dataset (a keeper of duplicates takes over others'). */
export interface WholeSet extends Omit<GatheredSet, "withoutVectors"> {
  readonly kept: PairFlags;
  readonly own: PairFlags;
}

/**
 * The kept pairs of a dataset as frozen vectors. Held out is its validation split, or a share of what is in no split, by groups of duplicates; the test split takes no part. Pairs
 * whose vectors are not in the cache are left out and counted.
 */
export async function gatherTuneSet(dataset: AnalysedDataset, options: TuneSetOptions): Promise<GatheredSet> {
  const { reading, items, held, withoutVectors } = await chooseItems(dataset, options);
  return {
    set: await buildSet(reading, items, held),
    rows: items.map(({ row }) => row),
    captionsOf: items.map(({ captions }) => captions),
    withoutVectors,
    contents: items.flatMap(({ hash, captions }) => [hash, ...captions]),
  };
}

/** Stands for the pairs of a set and the encoder whose vectors it has. */
export function digestOfSet(encoder: EncoderId, { contents }: Pick<GatheredSet, "contents">): string {
  return sha256([encoder, ...contents].join("\n"));
}

/** Counts what `gatherTuneSet` would gather. */
export async function countTuneItems(dataset: AnalysedDataset, options: TuneSetOptions): Promise<TuneItems> {
  const { reading, items, held } = await chooseItems(dataset, options);
  return {
    ...(await deckOf(reading, items, held)),
    pairs: items.reduce((sum, { captions }) => sum + captions.length, 0),
    captions: new Set(items.flatMap(({ captions }) => captions)).size,
  };
}

/** The pairs that are kept together with those that are not, to train on others of them. What is held out is what `gatherTuneSet` holds out; copies of it are left out. */
export async function gatherWholeSet(dataset: AnalysedDataset, options: TuneSetOptions): Promise<WholeSet> {
  const reading = await openReading(dataset, options);
  const { found: kept } = findItems(reading, dataset.state);
  const { found: all } = findItems(reading, { ...dataset.state, selection: [], moves: [] });
  const held = holdOut(reading, kept);
  const keptOf = new Map(kept.map(({ row, captions }) => [row, captions]));
  const isHeld = (row: number): boolean => held[row] === "validation";
  const heldClasses = new Set(kept.filter(({ row }) => isHeld(row)).map(({ row }) => reading.classes[row]));
  const items = all.flatMap((item): readonly WholeItem[] => {
    const { row, captions: own } = item;
    if ((item.item.split ?? held[row]) === "test") return [];
    const wanted = keptOf.get(row) ?? [];
    if (isHeld(row)) return [{ ...item, captions: wanted, wanted, own }];
    return heldClasses.has(reading.classes[row]) ? [] : [{ ...item, captions: [...new Set([...own, ...wanted])], wanted, own }];
  });
  const flags = (of: (item: WholeItem) => readonly string[]): PairFlags =>
    items.map((item) => Uint8Array.from(item.captions, (text) => Number(of(item).includes(text))));
  return {
    set: await buildSet(reading, items, held),
    rows: items.map(({ row }) => row),
    captionsOf: items.map(({ captions }) => captions),
    kept: flags(({ wanted }) => wanted),
    own: flags(({ own }) => own),
    contents: items.flatMap(({ row, hash, wanted, own }) => [hash, held[row] ?? "", ...wanted, "", ...own]),
  };
}

async function chooseItems(dataset: AnalysedDataset, options: TuneSetOptions) {
  const reading = await openReading(dataset, options);
  const { found, withoutVectors } = findItems(reading, dataset.state);
  const held = holdOut(reading, found);
  return { reading, held, withoutVectors, items: found.filter(({ item, row }) => (item.split ?? held[row]) !== "test") };
}

interface WholeItem extends Item {
  readonly wanted: readonly string[];
  readonly own: readonly string[];
}

interface Reading {
  readonly dataset: AnalysedDataset;
  readonly options: TuneSetOptions;
  readonly samples: readonly Sample[];
  readonly rowOf: ReadonlyMap<string, number>;
  readonly hashes: readonly (ContentHash | undefined)[];
  readonly duplicates: readonly Group[];
  /** Samples that any kind of duplicate joins are of one class. */
  readonly classes: Int32Array;
}

async function openReading(dataset: AnalysedDataset, options: TuneSetOptions): Promise<Reading> {
  const samples = await dataset.samples();
  const duplicates = await readDuplicates(dataset.tables);
  return {
    ...{ dataset, options, samples, duplicates },
    rowOf: new Map(samples.map(({ id }, row) => [id as string, row])),
    hashes: await readContentHashes(dataset),
    classes: duplicateClasses(samples.length, duplicates),
  };
}

function findItems(
  reading: Reading,
  state: AnalysedDataset["state"],
): { readonly found: readonly Item[]; readonly withoutVectors: number } {
  const { items } = exportItemsOf(reading.samples, state);
  const found = items.flatMap((item) => findVectors(item, reading) ?? []);
  return { found, withoutVectors: items.length - found.length };
}

async function buildSet(reading: Reading, items: readonly Item[], held: readonly (string | undefined)[]): Promise<TuneSet> {
  const { options } = reading;
  const captions = [...new Set(items.flatMap((item) => item.captions))];
  const placeOfText = new Map(captions.map((text, place) => [text, place]));
  return {
    images: await readRows(
      options.images,
      items.map(({ hash }) => hash),
    ),
    texts: await readRows(options.texts, captions.map(textKey)),
    textsOf: items.map((item) => Int32Array.from(item.captions, (text) => placeOfText.get(text)!)),
    ...(await deckOf(reading, items, held)),
    ...(options.textVectors && (await makeExtras(captions, options.seed, options.textVectors))),
  };
}

async function deckOf(
  { dataset, classes }: Reading,
  items: readonly Item[],
  held: readonly (string | undefined)[],
): Promise<Pick<TuneSet, "classOf" | "together" | "heldOut">> {
  const placeOfRow = new Map(items.map(({ row }, place) => [row, place]));
  const confusable = (await dataset.groups()).filter(({ kind }) => kind === "confusable");
  return {
    classOf: Int32Array.from(items, ({ row }) => classes[row]!),
    together: confusable.map(({ members }) => [...new Set(members.flatMap(({ row }) => placeOfRow.get(row) ?? []))]),
    heldOut: Uint8Array.from(items, ({ row }) => Number(held[row] === "validation")),
  };
}

function findVectors(item: ExportItem, { rowOf, hashes, options }: Reading): Item | undefined {
  const row = rowOf.get(item.sample)!;
  const hash = hashes[row];
  const captions = [...new Set(item.captions.map(({ text }) => text))].filter((text) => options.texts.has(textKey(text)));
  if (hash === undefined || !options.images.has(hash) || captions.length === 0) return undefined;
  return { row, item, hash, captions };
}

/** The split of each sample by its row: the dataset's own where it has a validation split, else a share is drawn from what is not in test. */
function holdOut({ samples, duplicates, options }: Reading, found: readonly Item[]): readonly (string | undefined)[] {
  const { seed, heldOut } = options;
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
