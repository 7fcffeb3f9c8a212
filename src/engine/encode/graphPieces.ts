import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { PbfWriter } from "pbf";
import { EncoderError } from "./encoderError.ts";
import type { FileRange } from "./modelFile.ts";

/** How a rewriting is stopped and followed, in bytes read; `total` is known before the first report. */
export interface RewriteWatch {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: { readonly done: number; readonly total: number }) => void;
}

/** Something to write into a graph: its bytes are made when their turn comes, so that one tensor at a time is in memory. */
export interface Piece {
  readonly sizeBytes: number;
  readonly sourceBytes: number;
  bytes(): Promise<readonly Uint8Array[]>;
}

// Field numbers of onnx.proto (github.com/onnx/onnx, Apache-2.0).
const graphWeights = 5;
const tensorField = { dims: 1, type: 2, name: 8, raw: 9 } as const;
const copyBytes = 1 << 23;

/** A part of a tensor's raw bytes; `sourceBytes` are read for it. */
export interface Part {
  readonly sizeBytes: number;
  readonly sourceBytes?: number;
  readonly bytes: () => Uint8Array | Promise<Uint8Array>;
}

/** A tensor among the weights of a graph, whose raw bytes come in parts. */
export function tensorPieces(tensor: { name: string; type: number; dims: readonly number[] }, parts: readonly Part[]): readonly Piece[] {
  const writer = new PbfWriter();
  for (const dim of tensor.dims) writer.writeVarintField(tensorField.dims, dim);
  writer.writeVarintField(tensorField.type, tensor.type);
  writer.writeStringField(tensorField.name, tensor.name);
  const rawBytes = parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const head = Buffer.concat([writer.finish(), tagBytes(tensorField.raw, rawBytes)]);
  return [
    tagged(graphWeights, head.length + rawBytes),
    { sizeBytes: head.length, sourceBytes: 0, bytes: () => Promise.resolve([head]) },
    ...parts.map(({ sizeBytes, sourceBytes = 0, bytes }) => ({ sizeBytes, sourceBytes, bytes: async () => [await bytes()] })),
  ];
}

/** A message within another. */
export function messagePiece(field: number, message: Uint8Array): Piece {
  const tag = tagBytes(field, message.length);
  return { sizeBytes: tag.length + message.length, sourceBytes: 0, bytes: () => Promise.resolve([tag, message]) };
}

/** The tag and length of a message that follows. */
export function tagged(field: number, length: number): Piece {
  const tag = tagBytes(field, length);
  return { sizeBytes: tag.length, sourceBytes: 0, bytes: () => Promise.resolve([tag]) };
}

function tagBytes(field: number, length: number): Uint8Array {
  const writer = new PbfWriter();
  writer.writeVarint(field * 8 + 2);
  writer.writeVarint(length);
  return writer.finish();
}

/** Bytes of a file as they are, some megabytes at a time. */
export function copiesOf(range: FileRange): readonly Piece[] {
  return splitRange(range).map((part) => {
    const { sizeBytes, bytes } = partOf(part);
    return { sizeBytes, sourceBytes: sizeBytes, bytes: async () => [await bytes()] };
  });
}

/** Bytes of a file as parts of a tensor. */
export function partsOf(range: FileRange): readonly Part[] {
  return splitRange(range).map(partOf);
}

function partOf(range: FileRange): Part {
  const sizeBytes = range.to - range.from;
  return { sizeBytes, sourceBytes: sizeBytes, bytes: () => readRange(range) };
}

function splitRange({ path, from, to }: FileRange): readonly FileRange[] {
  return Array.from({ length: Math.ceil((to - from) / copyBytes) }, (_, i) => {
    const start = from + i * copyBytes;
    return { path, from: start, to: Math.min(to, start + copyBytes) };
  });
}

/** Writes pieces one after the other. */
export async function writePieces(file: FileHandle, pieces: readonly Piece[], { signal, onProgress }: RewriteWatch): Promise<void> {
  const total = pieces.reduce((sum, { sourceBytes }) => sum + sourceBytes, 0);
  let done = 0;
  onProgress({ done, total });
  for (const piece of pieces) {
    signal.throwIfAborted();
    for (const bytes of await piece.bytes()) await file.writeFile(bytes);
    done += piece.sourceBytes;
    if (piece.sourceBytes > 0) onProgress({ done, total });
  }
}

/** Reads bytes that must be there. */
export async function readRange({ path, from, to }: FileRange): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const bytes = new Uint8Array(to - from);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, from);
    if (bytesRead === bytes.length) return bytes;
    throw new EncoderError(`${path} ended at byte ${from + bytesRead} while it was read: download it again`);
  } finally {
    await file.close();
  }
}
