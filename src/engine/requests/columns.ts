import type { Bins, ColumnRequest, SortedColumn } from "../../protocol/gallery.ts";
import { column, FieldError } from "../store/filters.ts";
import type { Cell } from "../store/tables.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import type { Fitting } from "./fitting.ts";
import { prepareFitting } from "./fitting.ts";

/** Bins of a histogram at most. */
const mostBins = 256;

/**
 * Counts of a field's values over the pairs that fit, in equal steps; whole numbers of which there are at most 256 have a bin each, and so have true and
 * false (1 and 0). Where no value is known the ends are NaN and there are no bins. Throws `WhereError`, `FieldError`, `SetGoneError`.
 */
export async function readBins(dataset: AnalysedDataset, request: Omit<ColumnRequest, "root">): Promise<Bins> {
  const { field } = request;
  const { value, from, condition, parameters } = prepareColumn(dataset, request);
  const values = `SELECT ${value}::DOUBLE AS value FROM ${from} WHERE ${condition}`;
  const [range] = await dataset.tables.query(
    `SELECT min(value) AS least, max(value) AS greatest, count(*) - count(value) AS unknown FROM (${values})`,
    parameters,
  );
  const [least, greatest] = [numberOrNaN(range?.["least"]), numberOrNaN(range?.["greatest"])];
  const counts = new Uint32Array(binCount(dataset.fields[field] === "integer" || dataset.fields[field] === "boolean", least, greatest));
  const bin = placed("least(floor((value - $1) / $2 * $3), $3 - 1)", parameters.length);
  const rows = await dataset.tables.query(`SELECT ${bin} AS bin, count(*) AS pairs FROM (${values}) WHERE value IS NOT NULL GROUP BY bin`, [
    ...parameters,
    least,
    greatest > least ? greatest - least : 1,
    counts.length,
  ]);
  for (const row of rows) counts[Number(row["bin"])] = Number(row["pairs"]);
  return { field, generation: dataset.generation, least, greatest, counts, unknown: Number(range?.["unknown"] ?? 0) };
}

/** A field's known values over the pairs that fit, ascending, true as 1. Throws as `readBins` does. */
export async function readSortedColumn(dataset: AnalysedDataset, request: Omit<ColumnRequest, "root">): Promise<SortedColumn> {
  const { value, from, condition, parameters } = prepareColumn(dataset, request);
  const [values = new Float32Array()] = await dataset.tables.floats(
    `SELECT ${value}::FLOAT FROM ${from} WHERE ${condition} AND ${value} IS NOT NULL ORDER BY ${value}`,
    parameters,
  );
  const [row] = await dataset.tables.query(`SELECT count(*) AS fitting FROM ${from} WHERE ${condition}`, parameters);
  return { field: request.field, generation: dataset.generation, values, unknown: Number(row?.["fitting"] ?? 0) - values.length };
}

/** The query of a column of numbers; of a dataset without any caption it is about the samples. */
function prepareColumn(dataset: AnalysedDataset, { field, where }: Omit<ColumnRequest, "root">): Fitting & { readonly value: string } {
  const value = column(field, dataset.fields);
  if (dataset.fields[field] === "text") throw new FieldError(`Expected a field of numbers but received ${field}, which has texts`);
  return { value, ...prepareFitting(dataset, { where, fields: [field], unit: dataset.summary.captions === 0 ? "sample" : "pair" }) };
}

function binCount(isWhole: boolean, least: number, greatest: number): number {
  if (Number.isNaN(least)) return 0;
  if (greatest === least) return 1;
  return isWhole ? Math.min(mostBins, greatest - least + 1) : mostBins;
}

/** Moves the places of parameters behind those that are there already. */
function placed(sql: string, before: number): string {
  return sql.replaceAll(/\$(\d)/g, (_, place: string) => `$${before + Number(place)}::DOUBLE`);
}

function numberOrNaN(cell: Cell | undefined): number {
  return typeof cell === "number" ? cell : Number.NaN;
}
