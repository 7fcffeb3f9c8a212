import type { NamedPair, Ranges, Targets } from "../../protocol/gallery.ts";
import { quoteName } from "../store/tables.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { findView } from "./openView.ts";
import { isFitting } from "./readPage.ts";
import { itemsOfSample } from "./shape.ts";
import type { View } from "./shelf.ts";

/** What an action is about: a caption by its place and hash, or a whole sample. */
export interface Target {
  readonly sample: string;
  readonly captionIndex?: number;
  readonly captionHash?: string;
}

/**
 * Finds what an action is about, in order. In a list of samples a row is the whole sample where all its captions are shown, else the captions that are.
 * Throws `ViewGoneError`, a RangeError for positions outside of the list, and an error for a name that the dataset hasn't.
 */
export async function readTargets(dataset: AnalysedDataset, targets: Targets): Promise<Target[]> {
  if (targets.kind === "named") return await findNamed(dataset, targets.pairs);
  return await readTable(dataset, await itemsInView(dataset, targets));
}

/** What an action is about by numbers: pairs, and whole samples by their rows. Throws as `readTargets` does. */
export interface TargetItems {
  readonly pairs: readonly number[];
  readonly wholes: readonly number[];
}

/** Finds what an action is about by numbers; see `readTargets`. */
export async function readTargetItems(dataset: AnalysedDataset, targets: Targets): Promise<TargetItems> {
  if (targets.kind === "view") return await itemsInView(dataset, targets);
  const found = await findNamed(dataset, targets.pairs);
  const [rows, shape] = [new Map<string, number>(), await dataset.shape()];
  await withNames(dataset, new Set(found.map(({ sample }) => sample)), async (table) => {
    const sql = `SELECT s.sample, s.sampleRow FROM samples s SEMI JOIN ${table} t ON t.sample = s.sample`;
    for await (const some of dataset.tables.stream(sql))
      for (const { sample, sampleRow } of some) rows.set(String(sample), Number(sampleRow));
  });
  const [pairs, wholes]: [number[], number[]] = [[], []];
  for (const { sample, captionIndex } of found) {
    const row = rows.get(sample)!;
    if (captionIndex === undefined) wholes.push(row);
    else pairs.push(itemsOfSample(shape, row)[captionIndex]!);
  }
  return { pairs, wholes };
}

async function itemsInView(dataset: AnalysedDataset, { view: id, ranges }: Extract<Targets, { kind: "view" }>): Promise<TargetItems> {
  const view = findView(dataset, id);
  const rows = rowsInRanges(view, ranges);
  if (view.unit === "pair") return { pairs: rows, wholes: [] };
  const shape = await dataset.shape();
  const [pairs, wholes]: [number[], number[]] = [[], []];
  for (const row of rows) {
    const items = itemsOfSample(shape, row);
    const shown = items.filter((item) => isFitting(view, item));
    if (shown.length === items.length) wholes.push(row);
    else for (const item of shown) pairs.push(item);
  }
  return { pairs, wholes };
}

function rowsInRanges({ rows }: View, ranges: Ranges): number[] {
  const found: number[] = [];
  let end = 0;
  for (const [from, to] of ranges) {
    if (!Number.isInteger(from) || !Number.isInteger(to) || from < end || to <= from || to > rows.length)
      throw new RangeError(`Expected ascending ranges of positions below ${rows.length} but received ${from} to ${to}`);
    for (const row of rows.subarray(from, to)) found.push(row);
    end = to;
  }
  return found;
}

/** The names of whole samples by their rows, and those of pairs by their numbers. */
async function readTable(dataset: AnalysedDataset, { pairs, wholes }: TargetItems): Promise<Target[]> {
  const { tables } = dataset;
  const found: Target[] = [];
  await withNumbers(dataset, wholes, async (table) => {
    for await (const rows of tables.stream(`SELECT s.sample FROM ${table} t JOIN samples s ON s.sampleRow = t.number ORDER BY t.position`))
      for (const { sample } of rows) found.push({ sample: String(sample) });
  });
  await withNumbers(dataset, pairs, async (table) => {
    const sql = `SELECT p.sample, p.captionIndex, p.captionHash FROM ${table} t JOIN pairs p ON p.pair = t.number ORDER BY t.position`;
    for await (const rows of tables.stream(sql))
      for (const { sample, captionIndex, captionHash } of rows)
        found.push({ sample: String(sample), captionIndex: Number(captionIndex), captionHash: String(captionHash) });
  });
  return found;
}

async function findNamed(dataset: AnalysedDataset, named: readonly NamedPair[]): Promise<Target[]> {
  const hashes = await readCaptionHashes(dataset, new Set(named.map(({ sample }) => sample)));
  return named.map(({ sample, captionIndex }): Target => {
    const own = hashes.get(sample);
    if (own === undefined) throw new Error(`The analysis of ${dataset.root} has no sample ${sample}`);
    if (captionIndex === null) return { sample };
    const captionHash = own[captionIndex];
    if (captionHash === undefined) throw new Error(`${sample} has no caption ${captionIndex}, only ${own.length} (counted from 0)`);
    return { sample, captionIndex, captionHash };
  });
}

/** The hashes of the captions of samples, in order; samples that the dataset hasn't are left out. */
export async function readCaptionHashes(dataset: AnalysedDataset, names: ReadonlySet<string>): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  await withNames(dataset, names, async (table) => {
    const sql = `SELECT s.sample, p.captionHash FROM samples s SEMI JOIN ${table} t ON t.sample = s.sample
      LEFT JOIN pairs p ON p.sampleRow = s.sampleRow ORDER BY p.pair`;
    for await (const rows of dataset.tables.stream(sql)) {
      for (const { sample, captionHash } of rows) {
        const own = found.get(String(sample)) ?? [];
        found.set(String(sample), own);
        if (captionHash !== null) own.push(String(captionHash));
      }
    }
  });
  return found;
}

/** Does work while there is a table of samples' names (sample). */
async function withNames({ tables }: AnalysedDataset, names: ReadonlySet<string>, work: (table: string) => Promise<void>): Promise<void> {
  if (names.size === 0) return;
  const table = nextTable();
  try {
    await tables.load(table, [{ name: "sample", type: "text", values: [...names] }]);
    await work(quoteName(table));
  } finally {
    await tables.run(`DROP TABLE IF EXISTS ${quoteName(table)}`);
  }
}

/** Does work while there is a table of numbers (position, number). */
export async function withNumbers(
  { tables }: AnalysedDataset,
  numbers: ArrayLike<number>,
  work: (table: string) => Promise<void>,
): Promise<void> {
  if (numbers.length === 0) return;
  const table = nextTable();
  try {
    await tables.load(table, [
      { name: "position", type: "integer", count: numbers.length, valueAt: (position) => position },
      { name: "number", type: "integer", values: numbers },
    ]);
    await work(quoteName(table));
  } finally {
    await tables.run(`DROP TABLE IF EXISTS ${quoteName(table)}`);
  }
}

let lastTable = 0;

function nextTable(): string {
  lastTable += 1;
  return `targets${lastTable}`;
}
