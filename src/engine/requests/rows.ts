import type { Row, RowsRequest } from "../../protocol/engineApi.ts";
import { parseWhere } from "../../core/where.ts";
import type { Decision } from "../../core/verdict.ts";
import type { Env } from "../env.ts";
import type { Fields } from "../store/filters.ts";
import { column, conditionFromWhere } from "../store/filters.ts";
import type { Cell, ColumnType, Tables } from "../store/tables.ts";
import { quoteName } from "../store/tables.ts";
import { openAnalysed } from "./analysedDataset.ts";

interface Query {
  readonly sql: string;
  readonly parameters: readonly Cell[];
}

/** Columns of the pairs' view that are no signals: what a pair is, and what was decided of it. */
const plainColumns: ReadonlySet<string> = new Set(
  "pair sampleRow sample captionIndex captionId captionHash caption captionOrigin author folder split verdict actor reason contentHash pictureFormat".split(
    " ",
  ),
);

/** Each pair with what is known of it and what was decided; its columns are the fields that filters and orders may name. */
const curatedPairs = `(
  SELECT p.*, s.* EXCLUDE (sampleRow, sample, folder, split, locator, captionCount, sizeBytes, mtimeMs, inode),
    coalesce(v.verdict, 'keep') AS verdict, v.actor, v.reason
  FROM pairs p JOIN samples s ON s.sampleRow = p.sampleRow
  LEFT JOIN verdicts v ON v.sample = p.sample AND v.captionIndex = p.captionIndex
)`;

/** Pairs of a dataset's current analysis that fit the request, in batches. Throws `WhereError`, `FieldError`, `NotAnalysedError`. */
export async function* eachRow(env: Env, request: RowsRequest): AsyncIterable<Row[]> {
  const dataset = await openAnalysed(env, request.root);
  try {
    const fields = await readFields(dataset.tables);
    const { sql, parameters } = selectRows(request, fields);
    for await (const rows of dataset.tables.stream(sql, parameters)) yield rows.map((row) => rowFromCells(row, fields));
  } finally {
    dataset.close();
  }
}

/** Writes the pairs that fit the request, with all their signals, to a Parquet file; gives their number. */
export async function saveRows(env: Env, request: RowsRequest, path: string): Promise<number> {
  const dataset = await openAnalysed(env, request.root);
  try {
    const { sql, parameters } = selectRows(request, await readFields(dataset.tables));
    await dataset.tables.save(sql, path, parameters);
    const [counted] = await dataset.tables.query(`SELECT count(*) AS rows FROM (${sql})`, parameters);
    return Number(counted?.["rows"] ?? 0);
  } finally {
    dataset.close();
  }
}

/** Counts the pairs that fit a filter. Throws as `eachRow` does. */
export async function countRows(env: Env, { root, where }: Pick<RowsRequest, "root" | "where">): Promise<number> {
  const dataset = await openAnalysed(env, root);
  try {
    const { sql, parameters } = selectRows({ root, ...(where === undefined ? {} : { where }) }, await readFields(dataset.tables));
    const [counted] = await dataset.tables.query(`SELECT count(*) AS rows FROM (${sql})`, parameters);
    return Number(counted?.["rows"] ?? 0);
  } finally {
    dataset.close();
  }
}

/** The fields of a dataset's pairs that filters and orders may name. */
export async function readFields(tables: Tables): Promise<Fields> {
  const described = await tables.query(`SELECT column_name AS name, column_type AS type FROM (DESCRIBE SELECT * FROM ${curatedPairs})`);
  return Object.fromEntries(described.map(({ name, type }) => [String(name), columnType(String(type))]));
}

function columnType(sqlType: string): ColumnType {
  switch (sqlType) {
    case "INTEGER":
      return "integer";
    case "FLOAT":
      return "float";
    case "DOUBLE":
      return "double";
    case "BOOLEAN":
      return "boolean";
    default:
      return "text";
  }
}

function selectRows({ where, sort, from = 0, limit }: RowsRequest, fields: Fields): Query {
  const condition = where === undefined ? { sql: "true", parameters: [] } : conditionFromWhere(parseWhere(where), fields);
  const page = limit === undefined ? `OFFSET ${from}` : `LIMIT ${limit} OFFSET ${from}`;
  const sql = `SELECT * FROM ${curatedPairs} AS pairs WHERE ${condition.sql} ORDER BY ${formatOrder(sort, fields)} ${page}`;
  return { sql, parameters: condition.parameters };
}

/** `clipScore,-captionRank`: several fields, `-` for downwards; what is left is the dataset's own order. */
function formatOrder(sort: string | undefined, fields: Fields): string {
  const parts = (sort ?? "")
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
  const orders = parts.map((part) =>
    part.startsWith("-") ? `${column(part.slice(1), fields)} DESC NULLS LAST` : `${column(part, fields)} ASC NULLS LAST`,
  );
  return [...orders, `pairs.${quoteName("pair")}`].join(", ");
}

function rowFromCells(cells: Readonly<Record<string, Cell>>, fields: Fields): Row {
  const signals = Object.keys(fields).filter((name) => !plainColumns.has(name));
  return {
    sample: String(cells["sample"]),
    caption: String(cells["caption"]),
    captionIndex: Number(cells["captionIndex"]),
    split: textOrNull(cells["split"]),
    signals: Object.fromEntries(signals.map((name) => [name, (cells[name] ?? null) as number | boolean | null])),
    verdict: String(cells["verdict"]) as Decision,
    reason: textOrNull(cells["reason"]),
  };
}

function textOrNull(cell: Cell | undefined): string | null {
  return cell === null || cell === undefined ? null : String(cell);
}
