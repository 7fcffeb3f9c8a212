import { setImmediate as nextTurn } from "node:timers/promises";
import { promisify } from "node:util";
import * as zlib from "node:zlib";
import { captionInCell, editCell, type CellOutcome, type TextCell } from "../../core/captions/cellEdit.ts";
import type { PlacedChange, WantedCaption } from "../../core/captions/edit.ts";
import { positionsOf } from "../../core/captions/found.ts";
import { refuseUnfit } from "../../core/captions/replacement.ts";
import type { Env } from "../env.ts";
import { eachParquetRow, listParquetColumns, type ParquetRow } from "../store/parquetFile.ts";
import { encodeTextChunk } from "../store/parquetPages.ts";
import { spliceChunks, type NewChunk } from "../store/parquetSplice.ts";
import {
  codecOf,
  findTextColumn,
  openParquetTable,
  ParquetError,
  rowGroups,
  type ParquetTable,
  type TextColumn,
} from "../store/parquetTable.ts";
import type { ByteReplacement } from "../store/replacedFile.ts";
import { ThriftError } from "../store/thrift.ts";

/** What changes of captions are to a Parquet table: what replaces parts of its bytes, and what becomes of each change, in their order. */
export interface ParquetPlan {
  readonly replacements: readonly ByteReplacement[];
  readonly outcomes: readonly CellOutcome[];
}

/**
 * Plans changes of captions in a Parquet table. In the row groups that hold them the captions' column is written anew, as plain pages with the codec that it had (gzip where that is one which Node
 * doesn't write, as Snappy); all other bytes of columns, pictures among them, stay as they are, and so do the schema, the row groups and the metadata under keys. Of the
 * column itself its dictionary, statistics, indexes and filters are not made again. Cells of one row group are in memory at once.
 */
export async function planParquet(
  env: Env,
  { file, changes }: { readonly file: string; readonly changes: readonly PlacedChange[] },
  signal?: AbortSignal,
): Promise<ParquetPlan> {
  const outcomes = new Array<CellOutcome>(changes.length).fill(refuseUnfit("it has no place in a Parquet table: run the analysis again"));
  const columns = positionsOf(changes.map(({ place }) => (place.kind === "tableCell" ? place.column : undefined)));
  try {
    const table = await openParquetTable(file);
    const chunks: NewChunk[] = [];
    for (const [name, positions] of columns) {
      const column = name === undefined ? undefined : findTextColumn(table, name);
      if (name === undefined || column === undefined) continue;
      const edit: ColumnEdit = { table, name, column, changes, positions, outcomes };
      for await (const chunk of editColumn(env, edit, signal)) chunks.push(chunk);
    }
    return { replacements: chunks.length === 0 ? [] : await spliceChunks(table, chunks), outcomes };
  } catch (error) {
    signal?.throwIfAborted();
    const why = reasonOf(error);
    return { replacements: [], outcomes: changes.map(() => refuseUnfit(why)) };
  }
}

/** Errors of ours go on behind the file's name; DuckDB's tell a line of what they met. */
function reasonOf(error: unknown): string {
  if (error instanceof ParquetError) return `it ${error.message}`;
  if (error instanceof ThriftError) return "its footer can't be read: write the table again";
  if (error instanceof Error && "code" in error) throw error;
  return `it can't be read as Parquet (${String(error).split("\n")[0]}): write the table again`;
}

interface ColumnEdit {
  readonly table: ParquetTable;
  readonly name: string;
  readonly column: TextColumn;
  readonly changes: readonly PlacedChange[];
  /** Those of the changes that are of this column. */
  readonly positions: readonly number[];
  readonly outcomes: CellOutcome[];
}

/** The row groups whose cells change, one after the other: the column is read once, from the first of them to the last. */
async function* editColumn(env: Env, edit: ColumnEdit, signal?: AbortSignal): AsyncGenerator<NewChunk> {
  const { table, name, column, changes, positions } = edit;
  const byRow = new Map<number, number[]>();
  for (const position of positions) {
    const { place } = changes[position]!;
    if (place.kind !== "tableCell") continue;
    const known = byRow.get(place.row);
    if (known === undefined) byRow.set(place.row, [position]);
    else known.push(position);
  }
  const rows = Float64Array.from(byRow.keys()).sort();
  const groups = rowGroups(table).map((own, group) => ({ ...own, group }));
  const touched = groups.filter(({ from, to }) => {
    const next = firstFrom(rows, from);
    return next < rows.length && rows[next]! < to;
  });
  const [first, last] = [touched[0], touched.at(-1)];
  if (first === undefined || last === undefined) return;
  const cells = eachParquetRow(env, table.path, [name], { from: first.from, to: last.to });
  for await (const { from, to, group, own } of cellsOfGroups(cells, { name, touched }, signal)) {
    let isChanged = false;
    for (let next = firstFrom(rows, from); next < rows.length && rows[next]! < to; next += 1) {
      const row = rows[next]!;
      isChanged = editRow(edit, own, { at: row - from, positions: byRow.get(row)! }) || isChanged;
    }
    if (!isChanged) continue;
    const { codec, compress } = writtenCodec(codecOf(table, group, column.leaf));
    yield { group, leaf: column.leaf, codec, chunk: await encodeTextChunk(own, column.shape, compress) };
  }
}

/** The place of the first row that is not before `from`. */
function firstFrom(rows: Float64Array, from: number): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle]! < from) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Changes a cell among those of its group, and tells whether it is another then. */
function editRow(
  { changes, outcomes }: ColumnEdit,
  cells: TextCell[],
  { at, positions }: { readonly at: number; readonly positions: readonly number[] },
): boolean {
  const edited = editCell(
    cells[at],
    positions.map((position) => changes[position]!),
  );
  for (const [index, position] of positions.entries()) outcomes[position] = edited.outcomes[index]!;
  cells[at] = edited.cell;
  return edited.outcomes.some((outcome) => outcome.kind === "caption" && !outcome.isSame);
}

interface RowGroup {
  readonly group: number;
  readonly from: number;
  readonly to: number;
}

/** The cells of some row groups, ascending, from rows that may hold others between. */
async function* cellsOfGroups(
  rows: AsyncIterable<ParquetRow>,
  { name, touched }: { readonly name: string; readonly touched: readonly RowGroup[] },
  signal?: AbortSignal,
): AsyncGenerator<RowGroup & { readonly own: TextCell[] }> {
  let [at, own]: [number, TextCell[]] = [0, []];
  for await (const { row, cells } of rows) {
    const group = touched[at];
    if (group === undefined) break;
    if (row < group.from) continue;
    if (row !== group.from + own.length) throw new ParquetError("was read out of its order: try again");
    own.push(cells[name] as TextCell);
    if (row < group.to - 1) continue;
    signal?.throwIfAborted();
    yield { ...group, own };
    [at, own] = [at + 1, []];
  }
  if (at < touched.length) throw new ParquetError("has fewer rows than it says: download or write it again");
}

const [uncompressed, gzip, brotli, zstd] = [0, 2, 4, 6];

/** How new pages are compressed, by parquet-format's numbers of codecs. */
function writtenCodec(codec: number): { readonly codec: number; readonly compress: (bytes: Uint8Array) => Promise<Uint8Array> } {
  if (codec === uncompressed) return { codec, compress: async (bytes) => (await nextTurn(), bytes) };
  if (codec === brotli) return { codec, compress: (bytes) => promisify(zlib.brotliCompress)(bytes, brotliOptions) };
  // Node 20 has none.
  if (codec === zstd && "zstdCompress" in zlib) return { codec, compress: promisify<Uint8Array, Buffer>(zlib.zstdCompress) };
  return { codec: gzip, compress: promisify<Uint8Array, Buffer>(zlib.gzip) };
}

/** The library's own choice, the most that it can, takes a second for each megabyte. */
const brotliOptions: zlib.BrotliOptions = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 5 } };

/** What captions say in their table now; with `withColumns` also the other texts and numbers of their rows. Undefined where there is none any more. */
export async function readParquetCaptions(
  env: Env,
  file: string,
  wanted: readonly WantedCaption[],
  withColumns: boolean,
): Promise<({ readonly text: string; readonly columns: Readonly<Record<string, string>> } | undefined)[]> {
  const kinds = await listParquetColumns(env, file);
  const others = withColumns ? kinds.filter(({ kind }) => kind === "text" || kind === "number").map(({ name }) => name) : [];
  const places = wanted.map(({ place }) => (place.kind === "tableCell" ? place : undefined));
  const own = places.flatMap((place) => place?.column ?? []);
  const known = new Set(kinds.filter(({ kind }) => kind === "text" || kind === "texts").map(({ name }) => name));
  const columns = [...new Set([...own, ...others])].filter((name) => known.has(name) || others.includes(name));
  const byRow = positionsOf(places.map((place) => place?.row));
  const rows = [...byRow.keys()].filter((row) => row !== undefined);
  const found = new Array<{ text: string; columns: Record<string, string> } | undefined>(wanted.length).fill(undefined);
  if (rows.length === 0) return found;
  const range = { from: rows.reduce((least, row) => Math.min(least, row)), to: rows.reduce((most, row) => Math.max(most, row)) + 1 };
  for await (const { row, cells } of eachParquetRow(env, file, columns, range)) {
    for (const position of byRow.get(row) ?? []) {
      const place = places[position]!;
      const text = captionInCell(cells[place.column] as TextCell | undefined, place.position);
      const told = others.filter((name) => cells[name] !== null).map((name) => [name, String(cells[name])]);
      found[position] = text === undefined ? undefined : { text, columns: Object.fromEntries(told) as Record<string, string> };
    }
  }
  return found;
}
