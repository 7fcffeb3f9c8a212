import { readFile } from "node:fs/promises";
import { z } from "zod";
import { writeAtomically } from "../store/files.ts";
import { TuneError } from "./tuneError.ts";

/** A tensor of float32 or float64, row-major. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array | Float64Array;
}

/** Tensors by name and words beside them. */
export interface Safetensors {
  readonly tensors: Readonly<Record<string, StoredTensor>>;
  readonly metadata: Readonly<Record<string, string>>;
}

const entry = z.object({
  dtype: z.enum(["F32", "F64"]),
  shape: z.array(z.number().int().nonnegative()),
  data_offsets: z.tuple([z.number(), z.number()]),
});
const headerShape = z.object({ __metadata__: z.record(z.string(), z.string()).optional() }).catchall(entry);
/** The length of the header comes first, as a 64-bit number. */
const lengthBytes = 8;

/** Writes a file in the format of huggingface/safetensors: a JSON header, then the bytes of the tensors, the larger numbers first so that all lie even. */
export async function writeSafetensors(path: string, { tensors, metadata }: Safetensors): Promise<void> {
  const entries = Object.entries(tensors).sort(([, a], [, b]) => b.values.BYTES_PER_ELEMENT - a.values.BYTES_PER_ELEMENT);
  const header: Record<string, unknown> = { __metadata__: metadata };
  let at = 0;
  for (const [name, { shape, values }] of entries) {
    header[name] = { dtype: values instanceof Float32Array ? "F32" : "F64", shape, data_offsets: [at, at + values.byteLength] };
    at += values.byteLength;
  }
  const text = JSON.stringify(header);
  const padded = Buffer.from(
    text.padEnd(Math.ceil(Buffer.byteLength(text) / lengthBytes) * lengthBytes + text.length - Buffer.byteLength(text)),
  );
  const length = Buffer.alloc(lengthBytes);
  length.writeBigUInt64LE(BigInt(padded.length));
  const data = entries.map(([, { values }]) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  await writeAtomically(path, Buffer.concat([length, padded, ...data]));
}

/** Reads such a file. Throws a TuneError where it is none, or has tensors of other kinds. */
export async function readSafetensors(path: string): Promise<Safetensors> {
  try {
    return parse(await readFile(path));
  } catch (error) {
    throw new TuneError(`${path} can't be read as safetensors (${(error as Error).message}): delete it, and the run begins anew`, {
      cause: error,
    });
  }
}

function parse(bytes: Buffer): Safetensors {
  const length = Number(bytes.readBigUInt64LE(0));
  const json: unknown = JSON.parse(bytes.toString("utf8", lengthBytes, lengthBytes + length));
  const { __metadata__: metadata = {}, ...entries } = headerShape.parse(json);
  const start = lengthBytes + length;
  const tensors = Object.entries(entries).map(([name, told]) => {
    const { dtype, shape, data_offsets: offsets } = entry.parse(told);
    // A copy of its own lies even whatever the place in the file.
    const part = Uint8Array.from(bytes.subarray(start + offsets[0], start + offsets[1]));
    const values = dtype === "F32" ? new Float32Array(part.buffer) : new Float64Array(part.buffer);
    if (values.length !== shape.reduce((product, size) => product * size, 1)) throw new RangeError(`${name} is not of its shape`);
    return [name, { shape, values }] as const;
  });
  return { metadata, tensors: Object.fromEntries(tensors) };
}
