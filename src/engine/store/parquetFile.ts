import { DuckDBInstance } from "@duckdb/node-api";
import type { DuckDBConnection } from "@duckdb/node-api";
import type { Env } from "../env.ts";
import { parquetTable, quoteName } from "./tables.ts";

/** What a column holds, as far as readers of datasets ask; `picture` is Hugging Face's struct of `bytes` and `path`. */
export type ParquetColumnKind = "text" | "texts" | "number" | "bytes" | "picture" | "other";

/** A column of a person's Parquet file. */
export interface ParquetColumn {
  readonly name: string;
  readonly kind: ParquetColumnKind;
}

/** A row of a person's Parquet file; `row` counts from 0 over the whole file. Integers of 64 bits come as bigint. */
export interface ParquetRow {
  readonly row: number;
  readonly cells: Readonly<Record<string, unknown>>;
}

/** Bytes of a cell, or only their number where they are more than was allowed. */
export interface ParquetBytes {
  readonly sizeBytes: number;
  readonly bytes?: Buffer;
}

/** Columns of a Parquet file, from its footer alone. Rejects where the file is none. */
export async function listParquetColumns(env: Env, path: string): Promise<ParquetColumn[]> {
  return withConnection(async (connection) => {
    env.counters.filesRead += 1;
    return describe(connection, path);
  });
}

/**
 * Rows of a Parquet file with the named columns only, in the file's order, all or those of a half-open range; other columns are not read from the disk. DuckDB reads by
 * itself: the file is counted, its bytes are not.
 */
export async function* eachParquetRow(
  env: Env,
  path: string,
  columns: readonly string[],
  range?: { readonly from: number; readonly to: number },
): AsyncGenerator<ParquetRow> {
  const instance = await DuckDBInstance.create(":memory:");
  try {
    const connection = await instance.connect();
    env.counters.filesRead += 1;
    const selected = ["file_row_number", ...columns.map(quoteName)].join(", ");
    const where = range === undefined ? "" : ` WHERE file_row_number >= ${range.from} AND file_row_number < ${range.to}`;
    const result = await connection.stream(`SELECT ${selected} FROM ${tableOf(path)}${where}`);
    for await (const rows of result.yieldRowsJs()) {
      for (const [row, ...cells] of rows) {
        yield { row: Number(row), cells: Object.fromEntries(columns.map((name, index) => [name, cells[index]])) };
      }
    }
  } finally {
    instance.closeSync();
  }
}

/**
 * Pictures in a column of bytes (or of Hugging Face's struct) by row; rows that hold none are left out. Whole row groups are read, so ask
 * for many rows at once.
 */
export async function readParquetBytes(
  env: Env,
  { path, column }: { readonly path: string; readonly column: string },
  rows: readonly number[],
  maximumBytes: number,
): Promise<Map<number, ParquetBytes>> {
  const asked = rows.filter(Number.isSafeInteger).join(", ");
  if (asked === "") return new Map();
  return withConnection(async (connection) => {
    env.counters.filesRead += 1;
    const kind = (await describe(connection, path)).find(({ name }) => name === column)?.kind;
    const cell = kind === "picture" ? `${quoteName(column)}.bytes` : quoteName(column);
    const wanted = `SELECT file_row_number AS row, ${cell} AS cell FROM ${tableOf(path)} WHERE file_row_number IN (${asked})`;
    const bounded = `CASE WHEN octet_length(cell) <= ${maximumBytes} THEN cell END`;
    const reader = await connection.runAndReadAll(`SELECT row, octet_length(cell), ${bounded} FROM (${wanted}) WHERE cell IS NOT NULL`);
    const found = reader.getRowsJS().map(([row, size, bytes]): [number, ParquetBytes] => [Number(row), parquetBytes(Number(size), bytes)]);
    for (const [, { bytes }] of found) env.counters.bytesRead += bytes?.length ?? 0;
    return new Map(found);
  });
}

function parquetBytes(sizeBytes: number, bytes: unknown): ParquetBytes {
  return bytes instanceof Uint8Array ? { sizeBytes, bytes: Buffer.from(bytes) } : { sizeBytes };
}

async function withConnection<T>(use: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  const instance = await DuckDBInstance.create(":memory:");
  try {
    return await use(await instance.connect());
  } finally {
    instance.closeSync();
  }
}

async function describe(connection: DuckDBConnection, path: string): Promise<ParquetColumn[]> {
  const reader = await connection.runAndReadAll(`DESCRIBE SELECT * EXCLUDE (file_row_number) FROM ${tableOf(path)}`);
  return reader.getRowsJS().map(([name, type]) => ({ name: name as string, kind: columnKind(type as string) }));
}

/** The file as a table of SQL, with the numbers of its rows. */
function tableOf(path: string): string {
  return parquetTable(path, "file_row_number = true");
}

function columnKind(type: string): ParquetColumnKind {
  if (type === "VARCHAR") return "text";
  if (type === "VARCHAR[]") return "texts";
  if (type === "BLOB") return "bytes";
  if (/^(?:U?(?:TINY|SMALL|BIG)?INT(?:EGER)?|FLOAT|DOUBLE|BOOLEAN)$/.test(type)) return "number";
  return /^STRUCT\((.*, )?"?bytes"? BLOB[,)]/.test(type) ? "picture" : "other";
}
