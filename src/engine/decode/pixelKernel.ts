import { partsOfStrip, sumGreyStrip as plainSumGreyStrip, type SumGreyStrip } from "../../core/pixels/greyCells.ts";
import type { Picture } from "../../core/pixels/picture.ts";
import { plainHashStripes, type HashStripes } from "../../core/pixels/pixelHash.ts";
import { type Pass, plainPasses, type Range, rangeOf, type ResizePasses, type Weights } from "../../core/pixels/resample.ts";
import { pixelKernelBytes } from "./pixelKernelBytes.ts";

/** The loops over all pixels of a picture in WebAssembly with SIMD: to the bit what core's own give, several times faster. */
export interface PixelKernel extends ResizePasses {
  readonly sumGreyStrip: SumGreyStrip;
  readonly hashStripes: HashStripes;
}

/**
 * Makes a kernel of a thread's own. It works on strips of a picture that it copies into its memory, which is therefore some megabytes whatever the
 * picture's size: a strip is a row at least, and for `resizeRows` the rows of one output. Where the processor has no SIMD it is core's JavaScript.
 */
export function createPixelKernel(): PixelKernel {
  const bytes = Buffer.from(pixelKernelBytes, "base64");
  if (!WebAssembly.validate(bytes)) return { ...plainPasses, sumGreyStrip: plainSumGreyStrip, hashStripes: plainHashStripes };
  const memory = new WebAssembly.Memory({ initial: Math.ceil(stripBytes / pageBytes) });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  const kernel: Kernel = { memory, loops: exports as unknown as Loops };
  return {
    resizeColumns: (source, weights, pass) => resizeColumns(kernel, source, weights, pass),
    resizeRows: (source, weights, pass) => resizeRows(kernel, source, weights, pass),
    sumGreyStrip: (picture, strip) => sumGreyStrip(kernel, picture, strip),
    hashStripes: (lanes, bytes) => hashStripes(kernel, lanes, bytes),
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
  addRows(source: number, rowLength: number, count: number, weight: number, sums: number): void;
  readGreySums(sums: number, width: number, target: number): void;
  hashStripes(lanes: number, source: number, length: number): void;
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
/** So many rows of bytes have sums below 2¹⁶. */
const mostRowsToAdd = 257;
/** Of a taller picture a strip's sums need more than 32 bits. */
const mostHeight = Math.floor(2 ** 32 / 255) - 1;

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

function sumGreyStrip(kernel: Kernel, picture: Picture, strip: number): Float64Array {
  const { width, height } = picture;
  const rowLength = width * 3;
  const mostRows = Math.min(mostRowsToAdd, rowsInStrip(rowLength));
  const sumBytes = rowLength * Uint32Array.BYTES_PER_ELEMENT;
  // The loop adds 32 bytes at a time, which are 128 of sums.
  const places = layOut(kernel, [width * Float64Array.BYTES_PER_ELEMENT, sumBytes + 128, mostRows * rowLength]);
  if (places === undefined || height > mostHeight) return plainSumGreyStrip(picture, strip);
  const [target, sums, from] = places as [number, number, number];
  const bytes = new Uint8Array(kernel.memory.buffer);
  bytes.fill(0, sums, sums + sumBytes);
  for (const part of partsOfStrip(height, strip)) {
    for (const rows of stripsOf(part, mostRows)) {
      copyIn(bytes, from, picture, { rows, columns: { from: 0, to: width } });
      kernel.loops.addRows(from, rowLength, rows.to - rows.from, part.weight, sums);
    }
  }
  kernel.loops.readGreySums(sums, width, target);
  return new Float64Array(kernel.memory.buffer, target, width).slice();
}

function hashStripes(kernel: Kernel, lanes: BigUint64Array, source: Uint8Array): void {
  const [place, from] = layOut(kernel, [lanes.byteLength, stripBytes]) as [number, number];
  const bytes = new Uint8Array(kernel.memory.buffer);
  const held = new BigUint64Array(kernel.memory.buffer, place, lanes.length);
  held.set(lanes);
  for (const { from: start, to } of stripsOf({ from: 0, to: source.length }, stripBytes)) {
    bytes.set(source.subarray(start, to), from);
    kernel.loops.hashStripes(place, from, to - start);
  }
  lanes.set(held);
}
