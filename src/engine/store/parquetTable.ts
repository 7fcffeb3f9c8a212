import { open, type FileHandle } from "node:fs/promises";
import type { TextShape } from "./parquetPages.ts";
import { integerOf, parseThrift, structIn, structsIn, textIn, type ThriftStruct } from "./thrift.ts";

/** A Parquet file as its footer tells it; `footer` is `FileMetaData`, which lies between the bytes `from` and `to` (its length and the mark at the end are not in it). */
export interface ParquetTable {
  readonly path: string;
  readonly footer: ThriftStruct;
  readonly from: number;
  readonly to: number;
}

/** A column of texts among the leaves of a table's schema. */
export interface TextColumn {
  readonly leaf: number;
  readonly shape: TextShape;
}

/** Why a Parquet file can't be changed in place, in a sentence that goes on behind the file's name. */
export class ParquetError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ParquetError";
  }
}

/** What a Parquet file begins and ends with. */
export const parquetMark = "PAR1";

/** Why an encrypted table stays. */
export const encryptedTable = "is encrypted: write the table again without encryption";

/** A footer longer than this is damage and not read. */
const mostFooterBytes = 1 << 28;

/** Fields of structs by their numbers in parquet-format's parquet.thrift. */
export const fileFields = { schema: 2, groups: 4, encryption: 8 } as const;

export const elementFields = { type: 1, repetition: 3, name: 4, children: 5 } as const;

export const groupFields = { columns: 1, totalBytes: 2, rows: 3, sorting: 4, fileOffset: 5, compressedBytes: 6 } as const;

export const columnFields = {
  ...{ otherFile: 1, fileOffset: 2, meta: 3, offsetIndex: 4, offsetIndexLength: 5 },
  ...{ columnIndex: 6, columnIndexLength: 7, crypto: 8, encryptedMeta: 9 },
} as const;

export const metaFields = {
  ...{ type: 1, encodings: 2, path: 3, codec: 4, values: 5, uncompressed: 6, compressed: 7, told: 8 },
  ...{ dataPage: 9, indexPage: 10, dictionaryPage: 11, bloomFilter: 14, bloomFilterLength: 15 },
} as const;

const byteArray = 6;
const [required, optional, repeated] = [0, 1, 2];

/** Reads a Parquet file's footer. Throws a `ParquetError` for a file that is none, or is encrypted. */
export async function openParquetTable(path: string): Promise<ParquetTable> {
  const handle = await open(path, "r");
  try {
    const { size } = await handle.stat();
    const tail = await readAt(handle, Math.max(0, size - 8), 8);
    const end = tail.subarray(4).toString("latin1");
    if (end === "PARE") throw new ParquetError(encryptedTable);
    const length = tail.length === 8 ? tail.readUInt32LE(0) : 0;
    if (end !== parquetMark || length > size - 12 || length > mostFooterBytes)
      throw new ParquetError("is no whole Parquet file: download or write it again");
    const [from, to] = [size - 8 - length, size - 8];
    const footer = parseThrift(await readAt(handle, from, length));
    if (footer.has(fileFields.encryption)) throw new ParquetError(encryptedTable);
    return { path, footer, from, to };
  } finally {
    await handle.close();
  }
}

/** Some bytes of an open file; fewer at its end. */
export async function readAt(handle: FileHandle, from: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  const { bytesRead } = await handle.read(buffer, 0, length, from);
  return buffer.subarray(0, bytesRead);
}

/** The rows of each row group, half-open. */
export function rowGroups({ footer }: ParquetTable): { readonly from: number; readonly to: number }[] {
  let from = 0;
  return structsIn(footer, fileFields.groups).map((own) => {
    const to = from + (integerOf(own, groupFields.rows) ?? 0);
    const rows = { from, to };
    from = to;
    return rows;
  });
}

/** The codec of a column of a row group, by parquet-format's number. */
export function codecOf(table: ParquetTable, groupIndex: number, leaf: number): number {
  return integerOf(metaOf(table, groupIndex, leaf), metaFields.codec) ?? 0;
}

function metaOf({ footer }: ParquetTable, groupIndex: number, leaf: number): ThriftStruct | undefined {
  return structIn(structsIn(structsIn(footer, fileFields.groups)[groupIndex], groupFields.columns)[leaf], columnFields.meta);
}

/** A column at the table's top that holds a text or a list of texts a row, as Parquet's three-level and two-level lists are; undefined where it holds anything else. */
export function findTextColumn({ footer }: ParquetTable, name: string): TextColumn | undefined {
  const schema = structsIn(footer, fileFields.schema);
  let leaf = 0;
  for (let at = 1; at < schema.length;) {
    const end = subtreeEnd(schema, at);
    const nodes = schema.slice(at, end);
    if (textIn(nodes[0], elementFields.name) === name) {
      const shape = shapeOf(nodes);
      return shape && { leaf, shape };
    }
    leaf += nodes.filter((node) => childrenOf(node) === 0).length;
    at = end;
  }
  return undefined;
}

function childrenOf(node: ThriftStruct | undefined): number {
  return integerOf(node, elementFields.children) ?? 0;
}

/** The place behind an element of the schema and all below it. */
function subtreeEnd(schema: readonly ThriftStruct[], at: number): number {
  let end = at + 1;
  for (let child = 0; child < childrenOf(schema[at]); child += 1) end = subtreeEnd(schema, end);
  return end;
}

/** A chain of elements that ends with bytes; which of them may be missing tells the levels. */
function shapeOf(nodes: readonly ThriftStruct[]): TextShape | undefined {
  const isChain = nodes.every((node, at) => childrenOf(node) === (at === nodes.length - 1 ? 0 : 1));
  if (!isChain || integerOf(nodes.at(-1), elementFields.type) !== byteArray) return undefined;
  const kinds = nodes.map((node) => integerOf(node, elementFields.repetition) ?? required).join("");
  if (kinds === `${required}` || kinds === `${optional}`) return { isNullable: kinds === `${optional}` };
  const found = new RegExp(`^(${required}|${optional})?${repeated}(${required}|${optional})?$`).exec(kinds);
  if (found === null) return undefined;
  return { isNullable: found[1] === `${optional}`, list: { hasNulls: found[2] === `${optional}` } };
}
