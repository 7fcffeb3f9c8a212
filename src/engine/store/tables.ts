import { mkdir, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { BOOLEAN, DOUBLE, DuckDBDataChunk, DuckDBInstance, FLOAT, INTEGER, VARCHAR } from "@duckdb/node-api";
import type { DuckDBConnection, DuckDBType, DuckDBValue } from "@duckdb/node-api";

/** The types that our tables have; a NaN in a number column is stored as unknown (NULL). */
export type ColumnType = "text" | "integer" | "float" | "double" | "boolean";

/** A column of a table: `values` has one entry a row; undefined, null and NaN are unknown. */
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly values: ArrayLike<string | number | boolean | null | undefined>;
}

/** A value in a row that was read; null is unknown. */
export type Cell = string | number | boolean | null;

/** Parquet files opened as views in an in-memory DuckDB of this process (a DuckDB file can't be shared by two). */
export interface Tables {
  /** Rows of a query, each by column name. Parameters stand as `$1`, `$2` … in the text. */
  query(sql: string, parameters?: readonly Cell[]): Promise<Record<string, Cell>[]>;
  /** Rows of a query in batches, so that all of them are never in memory at once. */
  stream(sql: string, parameters?: readonly Cell[]): AsyncIterable<Record<string, Cell>[]>;
  /** Makes a temporary table of columns in memory, in the place of one of the same name. */
  load(name: string, columns: readonly Column[]): Promise<void>;
  /** Writes the rows of a query to a Parquet file, whole or not at all. */
  save(sql: string, path: string, parameters?: readonly Cell[]): Promise<void>;
  close(): void;
}

const duckTypes: Readonly<Record<ColumnType, DuckDBType>> = {
  text: VARCHAR,
  integer: INTEGER,
  float: FLOAT,
  double: DOUBLE,
  boolean: BOOLEAN,
};
const sqlTypes: Readonly<Record<ColumnType, string>> = {
  text: "VARCHAR",
  integer: "INTEGER",
  float: "FLOAT",
  double: "DOUBLE",
  boolean: "BOOLEAN",
};
const chunkRows = 2048;

/** Opens Parquet files as views named by the keys of `files`. */
export async function openTables(files: Readonly<Record<string, string>>): Promise<Tables> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  for (const [name, path] of Object.entries(files)) {
    await connection.run(`CREATE VIEW ${quoteName(name)} AS SELECT * FROM read_parquet(${quoteText(path)})`);
  }
  return {
    query: (sql, parameters = []) => readRows(connection, sql, parameters),
    stream: (sql, parameters = []) => streamRows(connection, sql, parameters),
    load: (name, columns) => loadColumns(connection, name, columns),
    save: (sql, path, parameters = []) => saveParquet(connection, sql, { path, parameters }),
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** Writes columns of equal length to a Parquet file, whole or not at all. */
export async function writeTable(path: string, columns: readonly Column[]): Promise<void> {
  const tables = await openTables({});
  try {
    await tables.load("written", columns);
    await tables.save("SELECT * FROM written", path);
  } finally {
    tables.close();
  }
}

/** A name as an SQL identifier. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text as an SQL literal. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

async function readRows(connection: DuckDBConnection, sql: string, parameters: readonly Cell[]): Promise<Record<string, Cell>[]> {
  const reader = await connection.runAndReadAll(sql, [...parameters]);
  return reader.getRowObjectsJS().map(rowFromObject);
}

async function* streamRows(connection: DuckDBConnection, sql: string, parameters: readonly Cell[]): AsyncIterable<Record<string, Cell>[]> {
  const result = await connection.stream(sql, [...parameters]);
  for await (const rows of result.yieldRowObjectJs()) yield rows.map(rowFromObject);
}

function rowFromObject(row: Readonly<Record<string, unknown>>): Record<string, Cell> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, cellFromValue(value)]));
}

function cellFromValue(value: unknown): Cell {
  if (typeof value === "bigint") return Number(value);
  if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  throw new TypeError(`Expected a plain value from a table but received ${typeof value}`);
}

async function loadColumns(connection: DuckDBConnection, name: string, columns: readonly Column[]): Promise<void> {
  const rowCount = columns[0]?.values.length ?? 0;
  const uneven = columns.find((column) => column.values.length !== rowCount);
  if (uneven !== undefined) throw new RangeError(`Expected ${rowCount} rows for ${uneven.name} but received ${uneven.values.length}`);
  const definitions = columns.map((column) => `${quoteName(column.name)} ${sqlTypes[column.type]}`).join(", ");
  await connection.run(`CREATE OR REPLACE TEMP TABLE ${quoteName(name)} (${definitions})`);
  const appender = await connection.createAppender(name);
  const types = columns.map((column) => duckTypes[column.type]);
  for (let from = 0; from < rowCount; from += chunkRows) {
    const count = Math.min(chunkRows, rowCount - from);
    const chunk = DuckDBDataChunk.create(types, count);
    columns.forEach((column, index) => chunk.setColumnValues(index, sliceColumn(column, from, count)));
    appender.appendDataChunk(chunk);
  }
  appender.closeSync();
}

function sliceColumn({ values }: Column, from: number, count: number): DuckDBValue[] {
  const slice: DuckDBValue[] = new Array<DuckDBValue>(count);
  for (let row = 0; row < count; row += 1) {
    const value = values[from + row];
    slice[row] = value === undefined || value === null || Number.isNaN(value) ? null : value;
  }
  return slice;
}

async function saveParquet(
  connection: DuckDBConnection,
  sql: string,
  { path, parameters }: { path: string; parameters: readonly Cell[] },
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.winnow-tmp`;
  await connection.run(`COPY (${sql}) TO ${quoteText(temporary)} (FORMAT parquet, COMPRESSION zstd)`, [...parameters]);
  await rename(temporary, path);
}
