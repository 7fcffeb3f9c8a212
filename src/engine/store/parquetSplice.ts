import { open } from "node:fs/promises";
import type { TextChunk } from "./parquetPages.ts";
import { textEncodings } from "./parquetPages.ts";
import type { ParquetTable } from "./parquetTable.ts";
import { columnFields, encryptedTable, fileFields, groupFields, metaFields, ParquetError, parquetMark, readAt } from "./parquetTable.ts";
import type { ByteReplacement } from "./replacedFile.ts";
import {
  formatThrift,
  int32,
  int32List,
  int64,
  integerOf,
  parseThrift,
  structIn,
  structList,
  structOf,
  structsIn,
  type ThriftStruct,
} from "./thrift.ts";

/** New pages for a column of a row group, compressed with the codec of that number. */
export interface NewChunk {
  readonly group: number;
  readonly leaf: number;
  readonly chunk: TextChunk;
  readonly codec: number;
}

/**
 * Puts new pages in the place of a column's in some row groups: what is to be spliced into the file, ascending and apart. Every other byte stays: other columns, their indexes and filters move as
 * they are, and the schema, the row groups and what the file tells under keys are kept. Of the column itself statistics, indexes and filters are gone in those groups, for they would
 * tell of what it held. Throws a `ParquetError`.
 */
export async function spliceChunks(table: ParquetTable, chunks: readonly NewChunk[]): Promise<ByteReplacement[]> {
  const groups = structsIn(table.footer, fileFields.groups);
  const known = new Map(chunks.map((chunk) => [keyOf(chunk.group, chunk.leaf), chunk]));
  const splices = chunks.flatMap(({ group: at, leaf, chunk }) => {
    const own = structsIn(groups[at], groupFields.columns)[leaf];
    return [{ ...pagesOf(own), inserted: chunk.bytes }, ...indexesOf(own)];
  });
  splices.sort((left, right) => left.from - right.from);
  if (splices.some(({ from, to }, at) => from < (splices[at - 1]?.to ?? parquetMark.length) || from > to || to > table.from))
    throw new ParquetError("has pages that lie over each other: write the table again");
  const indexes = await moveOffsetIndexes(table, known, splices);
  const moved = moverOf([...splices, ...indexes]);
  const own = new Map(indexes.map(({ from, inserted }) => [from, inserted.length]));
  const next = groups.map((one, at) => movedGroup(one, { at, known, moved, indexLengths: own }));
  const footer = formatThrift(new Map([...table.footer, [fileFields.groups, structList(next)]]));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.length);
  const end = { from: table.from, to: table.to + length.length, inserted: Buffer.concat([footer, length]) };
  return [...splices, ...indexes, end].filter(({ from, to }) => to > from).toSorted((left, right) => left.from - right.from);
}

// Fields of `OffsetIndex`, `PageLocation` and `SortingColumn`.
const [pageListField, pageOffsetField, sortedLeafField] = [1, 1, 1];

function keyOf(groupIndex: number, leaf: number): string {
  return `${groupIndex} ${leaf}`;
}

/** Where a column's pages lie in a row group, its dictionary first. */
function pagesOf(chunk: ThriftStruct | undefined): { readonly from: number; readonly to: number } {
  const own = structIn(chunk, columnFields.meta);
  const size = integerOf(own, metaFields.compressed);
  const pages = [metaFields.dictionaryPage, metaFields.indexPage, metaFields.dataPage].flatMap((field) => integerOf(own, field) ?? []);
  const from = Math.min(...pages.filter((offset) => offset > 0));
  if (chunk === undefined || own === undefined || size === undefined || !Number.isFinite(from) || chunk.has(columnFields.otherFile))
    throw new ParquetError("doesn't say where its pages lie: write the table again");
  if (chunk.has(columnFields.crypto) || chunk.has(columnFields.encryptedMeta)) throw new ParquetError(encryptedTable);
  return { from, to: from + size };
}

/** What tells of a column's values beside its pages, to be taken out. */
function indexesOf(chunk: ThriftStruct | undefined): ByteReplacement[] {
  const own = structIn(chunk, columnFields.meta);
  const ranges = [
    [integerOf(chunk, columnFields.offsetIndex), integerOf(chunk, columnFields.offsetIndexLength)],
    [integerOf(chunk, columnFields.columnIndex), integerOf(chunk, columnFields.columnIndexLength)],
    [integerOf(own, metaFields.bloomFilter), integerOf(own, metaFields.bloomFilterLength)],
  ];
  return ranges.flatMap(([from, length]) =>
    from === undefined || length === undefined ? [] : [{ from, to: from + length, inserted: new Uint8Array() }],
  );
}

/** The indexes of pages that stay but move: they name places in the file. They lie behind the pages that they are about. */
async function moveOffsetIndexes(
  table: ParquetTable,
  known: ReadonlyMap<string, NewChunk>,
  splices: readonly ByteReplacement[],
): Promise<ByteReplacement[]> {
  const ranges = structsIn(table.footer, fileFields.groups).flatMap((one, at) =>
    structsIn(one, groupFields.columns).flatMap((chunk, leaf) => {
      const [from, length] = [integerOf(chunk, columnFields.offsetIndex), integerOf(chunk, columnFields.offsetIndexLength)];
      return known.has(keyOf(at, leaf)) || from === undefined || length === undefined ? [] : [{ from, to: from + length }];
    }),
  );
  const moved = moverOf(splices);
  const handle = await open(table.path, "r");
  try {
    const indexes: ByteReplacement[] = [];
    for (const { from, to } of ranges) {
      const index = parseThrift(await readAt(handle, from, to - from));
      const pages = structsIn(index, pageListField).map((page) => withMoved(page, [pageOffsetField], moved));
      indexes.push({ from, to, inserted: formatThrift(new Map([...index, [pageListField, structList(pages)]])) });
    }
    return indexes;
  } finally {
    await handle.close();
  }
}

type Mover = (offset: number) => number;

/** Where a byte comes to lie: behind every splice that ends before it. */
function moverOf(splices: readonly ByteReplacement[]): Mover {
  const sorted = splices.toSorted((left, right) => left.from - right.from);
  const shifts: number[] = [];
  for (const { from, to, inserted } of sorted) shifts.push((shifts.at(-1) ?? 0) + inserted.length - (to - from));
  return (offset) => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle]!.to <= offset) low = middle + 1;
      else high = middle;
    }
    return offset + (shifts[low - 1] ?? 0);
  };
}

/** A struct with some of its fields, where they are there, moved. */
function withMoved(struct: ThriftStruct, fields: readonly number[], moved: Mover): ThriftStruct {
  const next = new Map(struct);
  for (const field of fields) {
    const offset = integerOf(struct, field);
    if (offset !== undefined) next.set(field, int64(moved(offset)));
  }
  return next;
}

interface Moving {
  readonly at: number;
  readonly known: ReadonlyMap<string, NewChunk>;
  readonly moved: Mover;
  readonly indexLengths: ReadonlyMap<number, number>;
}

function movedGroup(one: ThriftStruct, { at, known, moved, indexLengths }: Moving): ThriftStruct {
  let [compressed, uncompressed] = [0, 0];
  const columns = structsIn(one, groupFields.columns).map((chunk, leaf): ThriftStruct => {
    const next = known.get(keyOf(at, leaf));
    if (next === undefined) return movedColumn(chunk, moved, indexLengths);
    const before = structIn(chunk, columnFields.meta);
    compressed += next.chunk.bytes.length - (integerOf(before, metaFields.compressed) ?? 0);
    uncompressed += next.chunk.uncompressedBytes - (integerOf(before, metaFields.uncompressed) ?? 0);
    return newColumn(chunk, next, moved);
  });
  const fields = new Map([...withMoved(one, [groupFields.fileOffset], moved), [groupFields.columns, structList(columns)]]);
  const add = (field: number, more: number): void => {
    const size = integerOf(one, field);
    if (size !== undefined) fields.set(field, int64(size + more));
  };
  add(groupFields.totalBytes, uncompressed);
  add(groupFields.compressedBytes, compressed);
  const isSorted = structsIn(one, groupFields.sorting).some((sorting) => known.has(keyOf(at, integerOf(sorting, sortedLeafField) ?? -1)));
  if (isSorted) fields.delete(groupFields.sorting);
  return fields;
}

function movedColumn(chunk: ThriftStruct, moved: Mover, indexLengths: ReadonlyMap<number, number>): ThriftStruct {
  const fields = new Map(withMoved(chunk, [columnFields.fileOffset, columnFields.offsetIndex, columnFields.columnIndex], moved));
  const own = structIn(chunk, columnFields.meta);
  const pages = [metaFields.dataPage, metaFields.indexPage, metaFields.dictionaryPage, metaFields.bloomFilter];
  if (own !== undefined) fields.set(columnFields.meta, { kind: "struct", fields: withMoved(own, pages, moved) });
  const length = indexLengths.get(integerOf(chunk, columnFields.offsetIndex) ?? -1);
  if (length !== undefined) fields.set(columnFields.offsetIndexLength, int32(length));
  return fields;
}

function newColumn(chunk: ThriftStruct, { chunk: next, codec }: NewChunk, moved: Mover): ThriftStruct {
  const before = structIn(chunk, columnFields.meta);
  const start = moved(pagesOf(chunk).from);
  const fields = structOf([
    [metaFields.type, before?.get(metaFields.type)],
    [metaFields.encodings, int32List([textEncodings.plain, textEncodings.runs])],
    [metaFields.path, before?.get(metaFields.path)],
    [metaFields.codec, int32(codec)],
    [metaFields.values, int64(next.values)],
    [metaFields.uncompressed, int64(next.uncompressedBytes)],
    [metaFields.compressed, int64(next.bytes.length)],
    [metaFields.told, before?.get(metaFields.told)],
    [metaFields.dataPage, int64(start)],
  ]);
  const offset = integerOf(chunk, columnFields.fileOffset) === 0 ? 0 : start;
  return structOf([
    [columnFields.fileOffset, int64(offset)],
    [columnFields.meta, { kind: "struct", fields }],
  ]);
}
