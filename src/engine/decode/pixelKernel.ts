import { sumGreyRows as plainSum, type SumGreyRows } from "../../core/pixels/hash.ts";
import { squashLumaRows as plainSquash, type SquashLumaRows } from "../../core/pixels/luma.ts";
import type { Picture } from "../../core/pixels/picture.ts";
import { type Pass, plainPasses, type Range, rangeOf, type ResizePasses, type Weights } from "../../core/pixels/resample.ts";
import { pixelKernelBytes } from "./pixelKernelBytes.ts";

/** The loops over all pixels of a picture in WebAssembly with SIMD: to the bit what core's own give, several times faster. */
export interface PixelKernel extends ResizePasses {
  readonly squashLumaRows: SquashLumaRows;
  readonly sumGreyRows: SumGreyRows;
}

/**
 * Makes a kernel of a thread's own. It works on strips of a picture that it copies into its memory, which is therefore some megabytes whatever the
 * picture's size: a strip is a row at least, and for `resizeRows` the rows of one output. Where the processor has no SIMD it is core's JavaScript.
 */
export function createPixelKernel(): PixelKernel {
  const bytes = Buffer.from(pixelKernelBytes, "base64");
  if (!WebAssembly.validate(bytes)) return { ...plainPasses, squashLumaRows: plainSquash, sumGreyRows: plainSum };
  const memory = new WebAssembly.Memory({ initial: Math.ceil(stripBytes / pageBytes) });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  const kernel: Kernel = { memory, loops: exports as unknown as Loops };
  return {
    resizeColumns: (source, weights, pass) => resizeColumns(kernel, source, weights, pass),
    resizeRows: (source, weights, pass) => resizeRows(kernel, source, weights, pass),
    squashLumaRows: (picture, rows, cells) => squashLumaRows(kernel, picture, rows, cells),
    sumGreyRows: (picture, rows, cells) => sumGreyRows(kernel, picture, rows, cells),
  };
}

// Node has it; its types come with those of browsers, which nothing here may use.
declare const WebAssembly: {
  validate(bytes: Uint8Array): boolean;
  readonly Memory: new (size: { initial: number }) => Memory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: { env: { memory: Memory } }) => { readonly exports: object };
};

interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** What src/build/pixelKernel.as exports. */
interface Loops {
  resizeColumns(source: number, table: number, target: number): void;
  resizeRow(source: number, rowLength: number, record: number, target: number): void;
  readLumaRow(source: number, width: number, target: number): void;
  squashRows(source: number, width: number, target: number, cells: number): void;
  readGreyRow(source: number, width: number, target: number): void;
  sumRowCells(source: number, width: number, target: number, cells: number): void;
}

interface Kernel {
  readonly memory: Memory;
  readonly loops: Loops;
}

const pageBytes = 65_536;
/** What is copied at once: little enough to be still in a core's cache when the loop reads it. */
const stripBytes = 256 << 10;
/** Where even one row or one output would need more memory than this, JavaScript does it. */
const largestBytes = 64 << 20;
/** Free bytes behind each part of the memory, for loops that go in larger steps than pixels. */
const slack = 64;

/**
 * Lays out parts of the memory one behind the other; gives their places, undefined where they are too large. The memory grows to hold them, which
 * empties older views of it.
 */
function layOut({ memory }: Kernel, sizes: readonly number[]): number[] | undefined {
  let end = 0;
  const places = sizes.map((size) => {
    const place = end;
    end += Math.ceil((size + slack) / 16) * 16;
    return place;
  });
  if (end > largestBytes) return undefined;
  const missing = end - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
  return places;
}

/** Half-open ranges that make up `range`, each of `count` or, at the end, fewer. */
function* stripsOf({ from, to }: Range, count: number): Generator<Range> {
  for (let start = from; start < to; start += count) yield { from: start, to: Math.min(to, start + count) };
}

function rowsInStrip(rowLength: number): number {
  return Math.max(1, Math.floor(stripBytes / rowLength));
}

/** Copies some columns of some rows of a picture into the memory. */
function copyIn(bytes: Uint8Array, place: number, { width, pixels }: Picture, { rows, columns }: { rows: Range; columns: Range }): void {
  const length = (columns.to - columns.from) * 3;
  if (length === width * 3) {
    bytes.set(pixels.subarray(rows.from * length, rows.to * length), place);
    return;
  }
  for (let y = rows.from, to = place; y < rows.to; y += 1, to += length) {
    const from = (y * width + columns.from) * 3;
    bytes.set(pixels.subarray(from, from + length), to);
  }
}

function resizeColumns(kernel: Kernel, source: Picture, weights: Weights, pass: Pass): Picture {
  const { out, across, shift } = pass;
  const width = out.to - out.from;
  const inputs = rangeOf(weights, out);
  const columns = { from: inputs.from - shift, to: inputs.to - shift };
  const [rowLength, outLength] = [(columns.to - columns.from) * 3, width * 3];
  const count = 2 * Math.ceil(rowsInStrip(rowLength) / 2);
  const records = tableOf(weights, out, { rowLength, outLength });
  const places = layOut(kernel, [records.byteLength, count * rowLength, count * outLength]);
  if (places === undefined) return plainPasses.resizeColumns(source, weights, pass);
  const [table, from, target] = places as [number, number, number];
  const bytes = new Uint8Array(kernel.memory.buffer);
  const resized = new Uint8Array((across.to - across.from) * outLength);
  bytes.set(new Uint8Array(records.buffer), table);
  for (const rows of stripsOf(across, count)) {
    copyIn(bytes, from, source, { rows, columns });
    const height = rows.to - rows.from;
    for (let y = 0; y < height; y += 2) kernel.loops.resizeColumns(from + y * rowLength, table, target + y * outLength);
    resized.set(bytes.subarray(target, target + height * outLength), (rows.from - across.from) * outLength);
  }
  return { width, height: across.to - across.from, pixels: resized };
}

/** What pixelKernel.as' resizeColumns asks for. */
function tableOf(weights: Weights, out: Range, { rowLength, outLength }: { rowLength: number; outLength: number }): Int32Array {
  const { starts, counts, stride, fixed } = weights;
  const recordLength = 2 + 4 * Math.ceil(stride / 4);
  const table = new Int32Array(3 + (out.to - out.from) * recordLength);
  table.set([rowLength, outLength, recordLength * Int32Array.BYTES_PER_ELEMENT]);
  const halves = new Int16Array(table.buffer);
  for (let index = out.from, at = 3; index < out.to; index += 1, at += recordLength) {
    table[at] = (starts[index]! - starts[out.from]!) * 3;
    table[at + 1] = Math.ceil(counts[index]! / 4);
    for (let tap = 0; tap < counts[index]!; tap += 1) {
      const weight = fixed[index * stride + tap]!;
      const pair = (at + 2) * 2 + (tap >> 1) * 4 + (tap & 1);
      halves[pair] = weight >> 15;
      halves[pair + 2] = weight & 0x7fff;
    }
  }
  return table;
}

function resizeRows(kernel: Kernel, source: Picture, weights: Weights, pass: Pass): Picture {
  const { out, across, shift } = pass;
  const { starts, counts, stride, fixed } = weights;
  const width = across.to - across.from;
  const rowLength = width * 3;
  const mostRows = Math.max(stride, rowsInStrip(rowLength));
  const places = layOut(kernel, [(1 + stride) * Int32Array.BYTES_PER_ELEMENT, mostRows * rowLength, rowLength]);
  if (places === undefined) return plainPasses.resizeRows(source, weights, pass);
  const [record, from, target] = places as [number, number, number];
  const bytes = new Uint8Array(kernel.memory.buffer);
  const words = new Int32Array(kernel.memory.buffer, record, 1 + stride);
  const resized = new Uint8Array((out.to - out.from) * rowLength);
  let held: Range = { from: 0, to: 0 };
  for (let y = out.from; y < out.to; y += 1) {
    const needed = { from: starts[y]! - shift, to: starts[y]! + counts[y]! - shift };
    if (needed.from < held.from || needed.to > held.to) {
      held = { from: needed.from, to: Math.min(source.height, needed.from + mostRows) };
      copyIn(bytes, from, source, { rows: held, columns: across });
    }
    words[0] = counts[y]!;
    words.set(fixed.subarray(y * stride, y * stride + counts[y]!), 1);
    kernel.loops.resizeRow(from + (needed.from - held.from) * rowLength, rowLength, record, target);
    resized.set(bytes.subarray(target, target + rowLength), (y - out.from) * rowLength);
  }
  return { width, height: out.to - out.from, pixels: resized };
}

function squashLumaRows(kernel: Kernel, picture: Picture, rows: Range, cells: number): Float64Array {
  const { width } = picture;
  const together = 4;
  const rowBytes = (width + (width & 1)) * Float64Array.BYTES_PER_ELEMENT;
  const outBytes = cells * Float64Array.BYTES_PER_ELEMENT;
  const places = layOut(kernel, [together * width * 3, together * rowBytes, together * outBytes]);
  if (places === undefined) return plainSquash(picture, rows, cells);
  const [from, luma, target] = places as [number, number, number];
  const bytes = new Uint8Array(kernel.memory.buffer);
  const squashed = new Float64Array((rows.to - rows.from) * cells);
  for (const strip of stripsOf(rows, together)) {
    copyIn(bytes, from, picture, { rows: strip, columns: { from: 0, to: width } });
    const height = strip.to - strip.from;
    for (let y = 0; y < height; y += 1) kernel.loops.readLumaRow(from + y * width * 3, width, luma + y * rowBytes);
    kernel.loops.squashRows(luma, width, target, cells);
    squashed.set(new Float64Array(kernel.memory.buffer, target, height * cells), (strip.from - rows.from) * cells);
  }
  return squashed;
}

function sumGreyRows(kernel: Kernel, picture: Picture, rows: Range, cells: number): Float64Array {
  const { width } = picture;
  const rowLength = width * 3;
  const outBytes = cells * Float64Array.BYTES_PER_ELEMENT;
  const count = rowsInStrip(rowLength);
  const places = layOut(kernel, [count * rowLength, width * Int32Array.BYTES_PER_ELEMENT, count * outBytes]);
  if (places === undefined) return plainSum(picture, rows, cells);
  const [from, grey, target] = places as [number, number, number];
  const bytes = new Uint8Array(kernel.memory.buffer);
  const sums = new Float64Array((rows.to - rows.from) * cells);
  for (const strip of stripsOf(rows, count)) {
    copyIn(bytes, from, picture, { rows: strip, columns: { from: 0, to: width } });
    const height = strip.to - strip.from;
    for (let y = 0; y < height; y += 1) {
      kernel.loops.readGreyRow(from + y * rowLength, width, grey);
      kernel.loops.sumRowCells(grey, width, target + y * outBytes, cells);
    }
    sums.set(new Float64Array(kernel.memory.buffer, target, height * cells), (strip.from - rows.from) * cells);
  }
  return sums;
}
