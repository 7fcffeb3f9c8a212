import type { TextCell } from "../../core/captions/cellEdit.ts";
import { formatThrift, int32, structOf } from "./thrift.ts";

/**
 * How texts nest in a column, by the levels of Dremel's encoding: `isNullable` a text or list may be missing, `list` there where a row holds a list, with
 * whether its texts may be missing.
 */
export interface TextShape {
  readonly isNullable: boolean;
  readonly list?: { readonly hasNulls: boolean };
}

/** A column of one row group as its pages, headers included. `values` counts missing ones as well, `uncompressedBytes` has the headers. */
export interface TextChunk {
  readonly bytes: Uint8Array;
  readonly values: number;
  readonly uncompressedBytes: number;
}

/** Characters of texts in one page at least, but in the last. */
const charactersPerPage = 1 << 20;

/** The encodings of a page of ours: texts as they are, levels in runs (parquet-format, Encodings.md). */
export const textEncodings = { plain: 0, runs: 3 } as const;

/**
 * Writes the cells of one row group as data pages of the first version, texts in the plain encoding. A page begins with a row. Pauses after each page. Throws a
 * RangeError for a cell that the shape has no place for.
 */
export async function encodeTextChunk(
  cells: readonly TextCell[],
  shape: TextShape,
  compress: (bytes: Uint8Array) => Promise<Uint8Array>,
): Promise<TextChunk> {
  const parts: Uint8Array[] = [];
  let [values, uncompressedBytes] = [0, 0];
  for (let from = 0; from < cells.length;) {
    let [to, characters] = [from, 0];
    while (to < cells.length && characters < charactersPerPage) characters += lengthOf(cells[to++]!);
    const page = pageOf(cells.slice(from, to), shape);
    const body = await compress(page.body);
    const header = pageHeader(page.values, page.body.length, body.length);
    parts.push(header, body);
    values += page.values;
    uncompressedBytes += header.length + page.body.length;
    from = to;
  }
  return { bytes: Buffer.concat(parts), values, uncompressedBytes };
}

/** A row without texts takes room, too. */
function lengthOf(cell: TextCell): number {
  if (cell === null) return 1;
  return typeof cell === "string" ? cell.length + 4 : cell.reduce((sum, text) => sum + (text?.length ?? 0) + 4, 1);
}

function pageHeader(values: number, uncompressed: number, compressed: number): Uint8Array {
  const { plain, runs } = textEncodings;
  const data = structOf([
    [1, int32(values)],
    [2, int32(plain)],
    [3, int32(runs)],
    [4, int32(runs)],
  ]);
  return formatThrift(
    structOf([
      [1, int32(0)],
      [2, int32(uncompressed)],
      [3, int32(compressed)],
      [5, { kind: "struct", fields: data }],
    ]),
  );
}

interface Levels {
  readonly repetitions: number[];
  readonly definitions: number[];
  readonly texts: Uint8Array[];
}

function pageOf(cells: readonly TextCell[], shape: TextShape): { readonly body: Uint8Array; readonly values: number } {
  const levels: Levels = { repetitions: [], definitions: [], texts: [] };
  for (const cell of cells) addCell(levels, cell, shape);
  const highest = highestLevels(shape);
  const parts = [
    ...levelRuns(levels.repetitions, highest.repetition),
    ...levelRuns(levels.definitions, highest.definition),
    ...levels.texts,
  ];
  return { body: Buffer.concat(parts), values: levels.definitions.length };
}

/** The levels of a text that is there, in the deepest place. */
function highestLevels({ isNullable, list }: TextShape): { readonly repetition: number; readonly definition: number } {
  const outer = isNullable ? 1 : 0;
  return list === undefined ? { repetition: 0, definition: outer } : { repetition: 1, definition: outer + 1 + (list.hasNulls ? 1 : 0) };
}

function addCell(levels: Levels, cell: TextCell, shape: TextShape): void {
  const { isNullable, list } = shape;
  const { definition } = highestLevels(shape);
  const isList = cell !== null && typeof cell !== "string";
  if ((cell === null && !isNullable) || (cell !== null && isList !== (list !== undefined)))
    throw new RangeError("Expected a cell as its column has them but received another");
  const add = (repetition: number, defined: number, text: string | null): void => {
    levels.repetitions.push(repetition);
    levels.definitions.push(defined);
    if (text !== null) levels.texts.push(sized(Buffer.from(text, "utf8")));
  };
  if (cell === null) add(0, 0, null);
  else if (typeof cell === "string") add(0, definition, cell);
  else if (cell.length === 0) add(0, isNullable ? 1 : 0, null);
  else
    for (const [index, text] of cell.entries()) {
      if (text === null && list?.hasNulls !== true)
        throw new RangeError("Expected a text in a list that holds nothing else but received none");
      add(index === 0 ? 0 : 1, text === null ? definition - 1 : definition, text);
    }
}

/** Levels as runs of equal ones behind their length in bytes; nothing where there is but one level. */
function levelRuns(levels: readonly number[], highest: number): Uint8Array[] {
  if (highest === 0) return [];
  const bytes: number[] = [];
  for (let from = 0; from < levels.length;) {
    let to = from + 1;
    while (to < levels.length && levels[to] === levels[from]) to += 1;
    for (let rest = (to - from) * 2; ; rest = Math.floor(rest / 128)) {
      bytes.push(rest < 128 ? rest : (rest % 128) + 128);
      if (rest < 128) break;
    }
    bytes.push(levels[from]!);
    from = to;
  }
  return [sized(Uint8Array.from(bytes))];
}

/** Bytes behind their number, in four bytes with the lowest first. */
function sized(bytes: Uint8Array): Uint8Array {
  const out = Buffer.allocUnsafe(4 + bytes.length);
  out.writeUInt32LE(bytes.length);
  out.set(bytes, 4);
  return out;
}
