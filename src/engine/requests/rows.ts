import type { Row, RowsRequest } from "../../protocol/engineApi.ts";
import type { Decision } from "../../core/verdict.ts";
import type { Env } from "../env.ts";
import type { Cell } from "../store/tables.ts";
import { quoteName } from "../store/tables.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { openAnalysed } from "./analysedDataset.ts";
import { countFitting, prepareFitting } from "./fitting.ts";

interface Query {
  readonly sql: string;
  readonly parameters: readonly Cell[];
}

/** Fields of pairs that are no signals: what a pair is, and what was decided of it. */
const plainFields: ReadonlySet<string> = new Set(
  "pair sampleRow sample captionIndex captionId captionHash caption captionOrigin author folder split verdict actor reason contentHash pictureFormat captionCount edited".split(
    " ",
  ),
);

/** Pairs of a dataset's current analysis that fit the request, in batches. Throws `WhereError`, `FieldError`, `NotAnalysedError`. */
export async function* eachRow(env: Env, request: RowsRequest): AsyncIterable<Row[]> {
  const dataset = await openAnalysed(env, request.root);
  try {
    const signals = Object.keys(dataset.fields).filter((name) => !plainFields.has(name));
    const told = ["sample", "caption", "captionIndex", "split", "verdict", "reason", ...signals];
    const { sql, parameters } = selectRows(dataset, request, told);
    for await (const rows of dataset.tables.stream(sql, parameters)) yield rows.map((row) => rowFromCells(row, signals));
  } finally {
    dataset.close();
  }
}

/** Writes the pairs that fit the request, with all their fields, to a Parquet file; gives their number. Throws as `eachRow` does. */
export async function saveRows(env: Env, request: RowsRequest, path: string): Promise<number> {
  const dataset = await openAnalysed(env, request.root);
  try {
    const { sql, parameters } = selectRows(dataset, request, Object.keys(dataset.fields));
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
    return await countFitting(dataset, { where });
  } finally {
    dataset.close();
  }
}

function selectRows(dataset: AnalysedDataset, { where, sort, from = 0, limit }: RowsRequest, fields: readonly string[]): Query {
  const fitting = prepareFitting(dataset, { where, sort, fields });
  const page = limit === undefined ? `OFFSET ${from}` : `LIMIT ${limit} OFFSET ${from}`;
  const columns = fields.map((name) => `pairs.${quoteName(name)}`).join(", ");
  const sql = `SELECT ${columns} FROM ${fitting.from} WHERE ${fitting.condition} ORDER BY ${fitting.order} ${page}`;
  return { sql, parameters: fitting.parameters };
}

function rowFromCells(cells: Readonly<Record<string, Cell>>, signals: readonly string[]): Row {
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
