import type { Where } from "../../core/where.ts";
import { fieldsOfWhere, parseWhere, valuesOfWhere } from "../../core/where.ts";
import { pairsRelation } from "../store/curated.ts";
import type { Fields } from "../store/filters.ts";
import { column, conditionFromWhere } from "../store/filters.ts";
import type { Cell } from "../store/tables.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";

/** Pairs that are asked for, or with `unit` sample also samples without captions; see `RowsRequest` for `where` and `sort`. */
export interface FittingRequest {
  readonly where?: string | undefined;
  readonly sort?: string | undefined;
  readonly unit?: "pair" | "sample";
  /** Fields that the query itself names beside those of the filter and the order. */
  readonly fields?: readonly string[];
  /** A table (sampleRow, similarity) that makes the field `similarity`. */
  readonly similarity?: string | undefined;
}

/** The parts of a query over what fits: `SELECT … FROM from WHERE condition ORDER BY order`. Columns are `pairs.item` and `pairs."field"`. */
export interface Fitting {
  readonly from: string;
  readonly condition: string;
  readonly order: string;
  readonly parameters: readonly Cell[];
}

/** A filter names a set that is not kept any more. */
export class SetGoneError extends Error {
  constructor(set: string) {
    super(`The set ${set} is not kept any more, as after a new analysis or a restart: choose its members again`);
    this.name = "SetGoneError";
  }
}

/**
 * Makes ready a query over what fits a filter. A sample without captions fits only where the filter says nothing of captions and their signals. Throws
 * `WhereError`, `FieldError`, `SetGoneError`.
 */
export function prepareFitting(dataset: AnalysedDataset, { where, sort, unit = "pair", fields = [], similarity }: FittingRequest): Fitting {
  const tree = where === undefined || where.trim() === "" ? undefined : parseWhere(where);
  const known: Fields = similarity === undefined ? dataset.fields : { ...dataset.fields, similarity: "float" };
  const inFilter = tree === undefined ? new Set<string>() : fieldsOfWhere(tree);
  if (tree !== undefined) requireSets(dataset, tree);
  const condition = tree === undefined ? { sql: "true", parameters: [] } : conditionFromWhere(tree, known);
  const orders = parseOrder(sort);
  const pairsAlone = unit === "pair" || [...inFilter].some((field) => dataset.pairFields.has(field));
  return {
    from: pairsRelation({ fields: [...inFilter, ...orders.map(({ field }) => field), ...fields], similarity }),
    condition: pairsAlone ? `pairs.pair IS NOT NULL AND ${condition.sql}` : condition.sql,
    order: [...orders.map((order) => formatOrder(order, known)), ...(pairsAlone ? [] : ["pairs.sampleRow"]), "pairs.item"].join(", "),
    parameters: condition.parameters,
  };
}

/** The items that fit, in the order asked for. */
export async function readFittingItems(dataset: AnalysedDataset, request: FittingRequest): Promise<Int32Array> {
  const { from, condition, order, parameters } = prepareFitting(dataset, request);
  const [items = new Int32Array()] = await dataset.tables.integers(
    `SELECT pairs.item FROM ${from} WHERE ${condition} ORDER BY ${order}`,
    parameters,
  );
  return items;
}

/** How many items fit; samples for the unit of that name. */
export async function countFitting(dataset: AnalysedDataset, request: FittingRequest): Promise<number> {
  const { from, condition, parameters } = prepareFitting(dataset, request);
  const counted = request.unit === "sample" ? "count(DISTINCT pairs.sampleRow)" : "count(*)";
  const [row] = await dataset.tables.query(`SELECT ${counted} AS fitting FROM ${from} WHERE ${condition}`, parameters);
  return Number(row?.["fitting"] ?? 0);
}

interface Order {
  readonly field: string;
  readonly isDownwards: boolean;
}

/** `clipScore,-captionRank`: several fields, `-` for downwards; what is left is the dataset's own order. */
function parseOrder(sort = ""): Order[] {
  const parts = sort.split(",").map((part) => part.trim());
  return parts.filter((part) => part !== "").map((part) => ({ field: part.replace(/^-/, ""), isDownwards: part.startsWith("-") }));
}

function formatOrder({ field, isDownwards }: Order, fields: Fields): string {
  return `${column(field, fields)} ${isDownwards ? "DESC" : "ASC"} NULLS LAST`;
}

function requireSets({ shelf }: AnalysedDataset, tree: Where): void {
  for (const set of valuesOfWhere(tree, "set")) if (!shelf.sets.has(String(set))) throw new SetGoneError(String(set));
}
