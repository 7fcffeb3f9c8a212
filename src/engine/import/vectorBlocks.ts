import { float32FromFloat16 } from "../../core/float16.ts";
import type { NpyHeader } from "../store/npy.ts";
import { parseNpyHeader } from "../store/npy.ts";

/** Bytes of an array in numpy's form as they come: a `.npy` file's, or those of a member of a `.npz`. */
export type ArrayBytes = AsyncIterable<Buffer>;

/** Rows of an array in their order: `values` holds rows `from` onwards, each of `dim`. */
export interface VectorBlock {
  readonly from: number;
  readonly dim: number;
  readonly values: Float32Array;
}

/** Vectors that can't be imported; the message is a sentence. */
export class ImportError extends Error {
  override readonly name = "ImportError";
}

const itemBytes = { "<f2": 2, "<f4": 4, "<f8": 8 } as const;
type FloatType = keyof typeof itemBytes;
const rowsABlock = 2048;
/** Longer headers are no arrays of vectors. */
const longestHeader = 65_536;

/** The numbers of rows and columns of an array of vectors. Throws an ImportError that names it where it is anything else. */
export async function readShape(bytes: ArrayBytes, label: string): Promise<{ readonly rows: number; readonly dim: number }> {
  for await (const { header } of eachPiece(bytes, label)) return { rows: header.shape[0]!, dim: header.shape[1]! };
  throw new ImportError(`${label} is no array of numpy's: export the vectors again`);
}

/** Gives the rows of an array of float16, float32 or float64, some at a time. Throws an ImportError for anything else, and where it is cut off. */
export async function* eachVectorBlock(bytes: ArrayBytes, label: string): AsyncGenerator<VectorBlock> {
  let from = 0;
  let rest = Buffer.alloc(0);
  let rows = 0;
  for await (const { header, data } of eachPiece(bytes, label)) {
    const dim = header.shape[1]!;
    rows = header.shape[0]!;
    const rowBytes = dim * itemBytes[header.type as FloatType];
    rest = Buffer.concat([rest, data]);
    while (rest.length >= Math.min(rowsABlock, rows - from) * rowBytes && from < rows) {
      const count = Math.min(rowsABlock, rows - from);
      yield { from, dim, values: floatsOf(rest.subarray(0, count * rowBytes), header.type as FloatType) };
      from += count;
      rest = rest.subarray(count * rowBytes);
    }
  }
  if (from < rows) throw new ImportError(`${label} ends after ${from} of its ${rows} rows: copy it again`);
}

/** The bytes behind the header, as they come. */
async function* eachPiece(bytes: ArrayBytes, label: string): AsyncGenerator<{ header: NpyHeader; data: Buffer }> {
  let header: NpyHeader | undefined;
  let start = Buffer.alloc(0);
  for await (const chunk of bytes) {
    if (header !== undefined) yield { header, data: chunk };
    else {
      start = Buffer.concat([start, chunk]);
      header = parseNpyHeader(start);
      if (header === undefined && start.length > longestHeader)
        throw new ImportError(`${label} is no array of numpy's: export the vectors again`);
      if (header === undefined) continue;
      checkHeader(header, label);
      yield { header, data: start.subarray(header.dataOffset) };
    }
  }
}

function checkHeader({ type, shape, fortranOrder }: NpyHeader, label: string): void {
  if (shape.length !== 2 || fortranOrder || !Object.hasOwn(itemBytes, type) || !shape.every(Number.isSafeInteger) || shape[1] === 0)
    throw new ImportError(
      `${label} has ${type} of ${shape.join(" × ")}${fortranOrder ? " in Fortran's order" : ""} where rows of float16, float32 or float64 are expected`,
    );
}

/** Copies, so that the numbers are aligned. */
function floatsOf(bytes: Buffer, type: FloatType): Float32Array {
  const { buffer } = Uint8Array.from(bytes);
  switch (type) {
    case "<f2":
      return float32FromFloat16(new Uint16Array(buffer));
    case "<f4":
      return new Float32Array(buffer);
    case "<f8":
      return Float32Array.from(new Float64Array(buffer));
  }
}
