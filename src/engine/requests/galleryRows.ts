import type { Actor, Decision } from "../../core/verdict.ts";
import type { GalleryCaption, GalleryRow } from "../../protocol/gallery.ts";
import { pairsRelation } from "../store/curated.ts";
import { column } from "../store/filters.ts";
import type { Cell } from "../store/tables.ts";
import { quoteName } from "../store/tables.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { itemsOfSample } from "./shape.ts";

/** Samples that are shown, each with some of its items, and the fields that are told of each pair. */
export interface ShownRows {
  readonly rows: readonly { readonly sampleRow: number; readonly items: readonly number[] }[];
  readonly fields: readonly string[];
  readonly similarity?: Float32Array | undefined;
}

/** All that is shown of samples and their pairs, in the order given, with the verdicts as they are now. Throws `FieldError`. */
export async function readGalleryRows(dataset: AnalysedDataset, { rows, fields, similarity }: ShownRows): Promise<GalleryRow[]> {
  for (const field of fields) column(field, dataset.fields);
  const sampleRows = [...new Set(rows.map(({ sampleRow }) => sampleRow))];
  const [cells, decisions, problems] = await Promise.all([
    readItems(dataset, [...new Set(rows.flatMap(({ items }) => items))], fields),
    readDecisions(dataset, sampleRows),
    readProblems(dataset, sampleRows),
  ]);
  return rows.map(({ sampleRow, items }): GalleryRow => {
    const own = items.map((item) => cells.get(item)!);
    const [first] = own;
    const value = similarity?.[sampleRow];
    return {
      sample: String(first?.["sample"]),
      sampleRow,
      width: numberOrNull(first?.["width"]),
      height: numberOrNull(first?.["height"]),
      split: textOrNull(first?.["split"]),
      verdict: decisions.get(sampleRow) ?? "keep",
      captions: own.filter((cell) => cell["pair"] !== null).map((cell) => captionOf(cell, fields)),
      problems: problems.get(sampleRow) ?? [],
      similarity: value === undefined || Number.isNaN(value) ? null : value,
    };
  });
}

type Cells = Readonly<Record<string, Cell>>;

const shown = ["sample", "pair", "captionIndex", "caption", "width", "height", "split", "verdict", "actor", "reason"];

async function readItems(
  { tables }: AnalysedDataset,
  items: readonly number[],
  fields: readonly string[],
): Promise<ReadonlyMap<number, Cells>> {
  const asked = fields.map((field, index) => `pairs.${quoteName(field)} AS "field ${index}"`);
  const columns = ["pairs.item", ...shown.map((name) => `pairs.${quoteName(name)}`), ...asked].join(", ");
  const rows = await tables.query(`SELECT ${columns} FROM ${pairsRelation({ fields: [...shown, ...fields], items })}`);
  return new Map(rows.map((row) => [Number(row["item"]), row]));
}

function captionOf(cells: Cells, fields: readonly string[]): GalleryCaption {
  return {
    pair: Number(cells["pair"]),
    captionIndex: Number(cells["captionIndex"]),
    text: String(cells["caption"]),
    signals: Object.fromEntries(fields.map((field, index) => [field, cells[`field ${index}`] as number | boolean | null])),
    verdict: cells["verdict"] as Decision,
    actor: cells["actor"] as Actor | null,
    reason: textOrNull(cells["reason"]),
  };
}

/** What becomes of samples that are not kept: dropped where all of their pairs are, in review where none is kept and not all are dropped. */
async function readDecisions(dataset: AnalysedDataset, sampleRows: readonly number[]): Promise<ReadonlyMap<number, Decision>> {
  const shape = await dataset.shape();
  const items = sampleRows.flatMap((row) => itemsOfSample(shape, row));
  const rows = await dataset.tables.query(
    `SELECT sampleRow, count(*) AS judged, bool_or(verdict = 'review') AS inReview FROM verdicts WHERE verdict <> 'keep' AND item IN (${listOf(items)}) GROUP BY sampleRow`,
  );
  const decided = rows.filter(({ sampleRow, judged }) => judged === itemsOfSample(shape, Number(sampleRow)).length);
  return new Map(decided.map(({ sampleRow, inReview }) => [Number(sampleRow), inReview === true ? "review" : "drop"]));
}

async function readProblems({ tables }: AnalysedDataset, sampleRows: readonly number[]): Promise<ReadonlyMap<number, string[]>> {
  const codes = new Map<number, string[]>();
  const rows = await tables.query(
    `SELECT DISTINCT sampleRow, code FROM flaws WHERE sampleRow IN (${listOf(sampleRows)}) ORDER BY sampleRow, code`,
  );
  for (const { sampleRow, code } of rows) codes.set(Number(sampleRow), [...(codes.get(Number(sampleRow)) ?? []), String(code)]);
  return codes;
}

function listOf(numbers: readonly number[]): string {
  return numbers.length === 0 ? "NULL" : numbers.join(", ");
}

function textOrNull(cell: Cell | undefined): string | null {
  return cell === null || cell === undefined ? null : String(cell);
}

function numberOrNull(cell: Cell | undefined): number | null {
  return typeof cell === "number" ? cell : null;
}
