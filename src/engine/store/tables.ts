import { randomBytes } from "node:crypto";
import { mkdir, rename } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { BOOLEAN, DOUBLE, DuckDBDataChunk, DuckDBInstance, FLOAT, INTEGER, VARCHAR } from "@duckdb/node-api";
import type { DuckDBConnection, DuckDBType, DuckDBValue } from "@duckdb/node-api";

/** The types that our tables have; a NaN in a number column is stored as unknown (NULL). */
export type ColumnType = "text" | "integer" | "float" | "double" | "boolean";

/** A column of a table: `values` has one entry a row; undefined, null and NaN are unknown. */
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly values: ArrayLike<MaybeCell>;
}

/** A column whose values are made as they are needed. */
export interface ComputedColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly count: number;
  readonly valueAt: (row: number) => MaybeCell;
}

type MaybeCell = Cell | undefined;

/** A value in a row that was read; null is unknown. */
export type Cell = string | number | boolean | null;

/**
 * Parquet files opened as views in an in-memory DuckDB of this process (a DuckDB file can't be shared by two). Questions may be asked at the same time:
 * each runs on a connection of its own and sees whole statements of the others only. DuckDB works on its own threads; what is copied here goes in pieces
 * that let the event loop turn.
 */
export interface Tables {
  /** Rows of a query, each by column name. Parameters stand as `$1`, `$2` … in the text. */
  query(sql: string, parameters?: readonly Cell[]): Promise<Record<string, Cell>[]>;
  /** Rows of a query in batches, so that all of them are never in memory at once. */
  stream(sql: string, parameters?: readonly Cell[]): AsyncIterable<Record<string, Cell>[]>;
  /** The columns of a query, which must be INTEGER and without unknown values. */
  integers(sql: string, parameters?: readonly Cell[]): Promise<Int32Array[]>;
  /** The columns of a query, which must be FLOAT; unknown is NaN. */
  floats(sql: string, parameters?: readonly Cell[]): Promise<Float32Array[]>;
  /** Runs a statement that gives no rows. */
  run(sql: string, parameters?: readonly Cell[]): Promise<void>;
  /** Makes a table of columns in memory, in the place of one of the same name. Readers may see it half filled: derive from it in one statement what others read. */
  load(name: string, columns: readonly (Column | ComputedColumn)[]): Promise<void>;
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

/** Chunks that are appended before the event loop turns: some 3 ms of work. */
const chunksATurn = 4;

/** Chunks of numbers that are read before the event loop turns, likewise. */
const chunksReadATurn = 32;

/** Opens Parquet files as views named by the keys of `files`. */
export async function openTables(files: Readonly<Record<string, string>>): Promise<Tables> {
  const instance = await DuckDBInstance.create(":memory:", settings());
  const connections = createConnections(instance);
  const run: Tables["run"] = (sql, parameters = []) =>
    connections.use(async (connection) => {
      await connection.run(sql, [...parameters]);
    });
  for (const [name, path] of Object.entries(files)) await run(`CREATE VIEW ${quoteName(name)} AS SELECT * FROM ${parquetTable(path)}`);
  return {
    run,
    query: (sql, parameters = []) => connections.use((connection) => readRows(connection, sql, parameters)),
    stream: (sql, parameters = []) => streamRows(connections, sql, parameters),
    integers: (sql, parameters = []) => connections.use((connection) => readNumbers(connection, { sql, parameters, empty: emptyIntegers })),
    floats: (sql, parameters = []) => {
      const known = `SELECT coalesce(COLUMNS(*), 'NaN'::FLOAT) FROM (${sql})`; // to look at each value here takes ten times as long
      return connections.use((connection) => readNumbers(connection, { sql: known, parameters, empty: emptyFloats }));
    },
    load: (name, columns) => connections.use((connection) => loadColumns(connection, name, columns)),
    save: (sql, path, parameters = []) => connections.use((connection) => saveParquet(connection, sql, { path, parameters })),
    close: () => connections.close(),
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

/**
 * A Parquet file as a table of SQL. DuckDB takes `*`, `?` and `[` in a name for a pattern, and `key=value` folders for columns: both are turned
 * off.
 */
export function parquetTable(path: string, ...options: readonly string[]): string {
  const literal = quoteText(path.replaceAll(/[*?[]/g, "[$&]"));
  return `read_parquet(${[literal, "hive_partitioning = false", ...options].join(", ")})`;
}

/**
 * What doesn't fit into memory goes to a folder of the instance's own (DuckDB's is below the working directory, and two processes would share its
 * files); nothing is fetched from the network.
 */
function settings(): Record<string, string> {
  const folder = join(tmpdir(), `winnow-duckdb-${randomBytes(6).toString("hex")}`);
  return { temp_directory: folder, autoinstall_known_extensions: "false", autoload_known_extensions: "false" };
}

/** Connections of one instance; one that is free is used again. */
interface Connections {
  use<Result>(action: (connection: DuckDBConnection) => Promise<Result>): Promise<Result>;
  take(): Promise<DuckDBConnection>;
  putBack(connection: DuckDBConnection): void;
  close(): void;
}

function createConnections(instance: DuckDBInstance): Connections {
  const free: DuckDBConnection[] = [];
  const take = async (): Promise<DuckDBConnection> => free.pop() ?? (await instance.connect());
  const putBack = (connection: DuckDBConnection): void => void free.push(connection);
  return {
    take,
    putBack,
    use: async (action) => {
      const connection = await take();
      try {
        return await action(connection);
      } finally {
        putBack(connection);
      }
    },
    close: () => {
      for (const connection of free) connection.closeSync();
      instance.closeSync();
    },
  };
}

async function readRows(connection: DuckDBConnection, sql: string, parameters: readonly Cell[]): Promise<Record<string, Cell>[]> {
  const reader = await connection.runAndReadAll(sql, [...parameters]);
  return reader.getRowObjectsJS().map(rowFromObject);
}

async function* streamRows(connections: Connections, sql: string, parameters: readonly Cell[]): AsyncIterable<Record<string, Cell>[]> {
  const connection = await connections.take();
  try {
    const result = await connection.stream(sql, [...parameters]);
    for await (const rows of result.yieldRowObjectJs()) yield rows.map(rowFromObject);
  } finally {
    connections.putBack(connection);
  }
}

const emptyIntegers = (count: number): Int32Array => new Int32Array(count);
const emptyFloats = (count: number): Float32Array => new Float32Array(count);

/** The columns of a query without unknown values as arrays. */
async function readNumbers<Numbers extends Int32Array | Float32Array>(
  connection: DuckDBConnection,
  { sql, parameters, empty }: { sql: string; parameters: readonly Cell[]; empty: (count: number) => Numbers },
): Promise<Numbers[]> {
  const result = await connection.run(sql, [...parameters]);
  const columns = Array.from({ length: result.columnCount }, () => empty(result.rowCount));
  let at = 0;
  for (let index = 0; index < result.chunkCount; index += 1) {
    if (index % chunksReadATurn === chunksReadATurn - 1) await setImmediate();
    const chunk = result.getChunk(index); // `fetchChunk` would ask another thread for each
    const { rowCount } = chunk; // a call into DuckDB
    for (const [place, column] of columns.entries()) {
      const vector = chunk.getColumnVector(place);
      for (let row = 0; row < rowCount; row += 1) column[at + row] = vector.getItem(row) as number;
    }
    at += rowCount;
  }
  return columns;
}

function rowFromObject(row: Readonly<Record<string, unknown>>): Record<string, Cell> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, cellFromValue(value)]));
}

function cellFromValue(value: unknown): Cell {
  if (typeof value === "bigint") return Number(value);
  if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  throw new TypeError(`Expected a plain value from a table but received ${typeof value}`);
}

async function loadColumns(connection: DuckDBConnection, name: string, columns: readonly (Column | ComputedColumn)[]): Promise<void> {
  const computed = columns.map(computedColumn);
  const rowCount = computed[0]?.count ?? 0;
  const uneven = computed.find(({ count }) => count !== rowCount);
  if (uneven !== undefined) throw new RangeError(`Expected ${rowCount} rows for ${uneven.name} but received ${uneven.count}`);
  const definitions = computed.map((column) => `${quoteName(column.name)} ${sqlTypes[column.type]}`).join(", ");
  await connection.run(`CREATE OR REPLACE TABLE ${quoteName(name)} (${definitions})`);
  const appender = await connection.createAppender(name);
  const types = computed.map((column) => duckTypes[column.type]);
  for (let from = 0; from < rowCount; from += chunkRows) {
    const count = Math.min(chunkRows, rowCount - from);
    const chunk = DuckDBDataChunk.create(types, count);
    computed.forEach((column, index) => chunk.setColumnValues(index, sliceColumn(column, from, count)));
    appender.appendDataChunk(chunk);
    if ((from / chunkRows) % chunksATurn !== chunksATurn - 1) continue;
    appender.flushSync();
    await setImmediate();
  }
  appender.closeSync();
}

function computedColumn(column: Column | ComputedColumn): ComputedColumn {
  if ("valueAt" in column) return column;
  const { name, type, values } = column;
  return { name, type, count: values.length, valueAt: (row) => values[row] };
}

function sliceColumn({ valueAt }: ComputedColumn, from: number, count: number): DuckDBValue[] {
  const slice: DuckDBValue[] = new Array<DuckDBValue>(count);
  for (let row = 0; row < count; row += 1) {
    const value = valueAt(from + row);
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
