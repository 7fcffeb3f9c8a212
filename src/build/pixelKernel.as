// AssemblyScript: TypeScript's grammar with WebAssembly's types. kernel.ts compiles it to src/engine/decode/pixelKernelBytes.ts, and
// src/engine/decode/pixelKernel.ts lays out the one memory that all of it works in. Parameters that end nowhere else are places in bytes; rows are RGB
// bytes. Loads and stores go in steps of 16 bytes, so behind everything that many must be free. Each function gives to the bit what its namesake in
// src/core/pixels does, where it says why.

/** Fixed-point weights have 22 fractional bits (resample.ts). */
const fractionBits = 22;
const half = 1 << (fractionBits - 1);

/**
 * Two rows of resample.ts' resizeColumns, one behind the other. `table` begins with the bytes of such a row, those of a row of outputs and those of a
 * record; then comes a record an output: its first input in bytes from the row's start, the number of its groups of four inputs, and for each two inputs
 * their weights' high parts and their low 15 bits, as int16, so that one instruction multiplies two inputs and adds them.
 */
export function resizeColumns(source: usize, table: usize, target: usize): void {
  const rowLength = <usize>load<i32>(table);
  const outLength = <usize>load<i32>(table, 4);
  const recordBytes = <usize>load<i32>(table, 8);
  const end = target + outLength;
  for (let record = table + 12; target < end; record += recordBytes) {
    let from = source + <usize>load<i32>(record);
    let high = i32x4.splat(0);
    let low = i32x4.splat(half);
    let high2 = i32x4.splat(0);
    let low2 = i32x4.splat(half);
    let weights = record + 8;
    for (let group = load<i32>(record, 4); group > 0; group -= 1) {
      const pixels = v128.load(from);
      const pixels2 = v128.load(from + rowLength);
      const a = firstTwo(pixels);
      const a2 = firstTwo(pixels2);
      const highA = v128.load32_splat(weights);
      const lowA = v128.load32_splat(weights, 4);
      high = i32x4.add(high, i32x4.dot_i16x8_s(a, highA));
      low = i32x4.add(low, i32x4.dot_i16x8_s(a, lowA));
      high2 = i32x4.add(high2, i32x4.dot_i16x8_s(a2, highA));
      low2 = i32x4.add(low2, i32x4.dot_i16x8_s(a2, lowA));
      const b = nextTwo(pixels);
      const b2 = nextTwo(pixels2);
      const highB = v128.load32_splat(weights, 8);
      const lowB = v128.load32_splat(weights, 12);
      high = i32x4.add(high, i32x4.dot_i16x8_s(b, highB));
      low = i32x4.add(low, i32x4.dot_i16x8_s(b, lowB));
      high2 = i32x4.add(high2, i32x4.dot_i16x8_s(b2, highB));
      low2 = i32x4.add(low2, i32x4.dot_i16x8_s(b2, lowB));
      from += 12;
      weights += 16;
    }
    const bytes = clipToBytes(i32x4.add(i32x4.shl(high, 15), low), i32x4.add(i32x4.shl(high2, 15), low2), low, low);
    v128.store16_lane(target, bytes, 0);
    v128.store8_lane(target, bytes, 2, 2);
    v128.store16_lane(target + outLength, bytes, 2);
    v128.store8_lane(target + outLength, bytes, 6, 2);
    target += 3;
  }
}

/** One output row of resample.ts' resizeRows. `source` is the first of its inputs, which are rows of `rowLength` bytes; `record` has their number and weights. */
export function resizeRow(source: usize, rowLength: usize, record: usize, target: usize): void {
  const count = load<i32>(record);
  for (let x: usize = 0; x < rowLength; x += 16) {
    let a = i32x4.splat(half);
    let b = a;
    let c = a;
    let d = a;
    let from = source + x;
    for (let tap = 1; tap <= count; tap += 1) {
      const weight = v128.load32_splat(record + (<usize>tap << 2));
      const bytes = v128.load(from);
      const low = i16x8.extend_low_i8x16_u(bytes);
      const high = i16x8.extend_high_i8x16_u(bytes);
      a = i32x4.add(a, i32x4.mul(i32x4.extend_low_i16x8_u(low), weight));
      b = i32x4.add(b, i32x4.mul(i32x4.extend_high_i16x8_u(low), weight));
      c = i32x4.add(c, i32x4.mul(i32x4.extend_low_i16x8_u(high), weight));
      d = i32x4.add(d, i32x4.mul(i32x4.extend_high_i16x8_u(high), weight));
      from += rowLength;
    }
    v128.store(target + x, clipToBytes(a, b, c, d));
  }
}

/** luma.ts' readGreyRow: float64, two pixels at a time. */
export function readLumaRow(source: usize, width: i32, target: usize): void {
  for (let x = 0; x < width; x += 2) {
    const pixels = v128.load64_zero(source);
    const red = f64x2.convert_low_i32x4_u(pick(pixels, 0));
    const green = f64x2.convert_low_i32x4_u(pick(pixels, 1));
    const blue = f64x2.convert_low_i32x4_u(pick(pixels, 2));
    const warm = f64x2.add(f64x2.mul(f64x2.splat(0.299), red), f64x2.mul(f64x2.splat(0.587), green));
    v128.store(target, f64x2.add(warm, f64x2.mul(f64x2.splat(0.114), blue)));
    source += 6;
    target += 16;
  }
}

/**
 * luma.ts' squash of four rows of float64, each an even number of them long, to rows of `cells`: an addition waits for the one before it, and those of
 * other rows fill the time.
 */
export function squashRows(source: usize, width: i32, target: usize, cells: i32): void {
  const row = <usize>(width + (width & 1)) << 3;
  const stride = <usize>cells << 3;
  const length = <f64>width / <f64>cells;
  for (let cell = 0; cell < cells; cell += 1) {
    const from = <f64>cell * length;
    const to = <f64>(cell + 1) * length;
    const first = <i32>Math.floor(from);
    const last = <i32>Math.min(Math.ceil(to), <f64>width) - 1;
    const firstShare = Math.min(<f64>(first + 1), to) - from;
    let at = source + (<usize>first << 3);
    let a = load<f64>(at) * firstShare;
    let b = load<f64>(at + row) * firstShare;
    let c = load<f64>(at + 2 * row) * firstShare;
    let d = load<f64>(at + 3 * row) * firstShare;
    for (let x = first + 1; x < last; x += 1) {
      at += 8;
      a += load<f64>(at);
      b += load<f64>(at + row);
      c += load<f64>(at + 2 * row);
      d += load<f64>(at + 3 * row);
    }
    if (last > first) {
      const lastShare = Math.min(<f64>(last + 1), to) - <f64>last;
      at = source + (<usize>last << 3);
      a += load<f64>(at) * lastShare;
      b += load<f64>(at + row) * lastShare;
      c += load<f64>(at + 2 * row) * lastShare;
      d += load<f64>(at + 3 * row) * lastShare;
    }
    store<f64>(target, a / length);
    store<f64>(target + stride, b / length);
    store<f64>(target + 2 * stride, c / length);
    store<f64>(target + 3 * stride, d / length);
    target += 8;
  }
}

/** hash.ts' grey of a row: int32, four pixels at a time. */
export function readGreyRow(source: usize, width: i32, target: usize): void {
  for (let x = 0; x < width; x += 4) {
    const pixels = v128.load(source);
    const warm = i32x4.add(i32x4.mul(pick(pixels, 0), i32x4.splat(19595)), i32x4.mul(pick(pixels, 1), i32x4.splat(38470)));
    const grey = i32x4.add(i32x4.add(warm, i32x4.mul(pick(pixels, 2), i32x4.splat(7471))), i32x4.splat(0x8000));
    v128.store(target, i32x4.shr_s(grey, 16));
    source += 12;
    target += 16;
  }
}

/** hash.ts' sumRowCells of a row of int32 greys, as float64. */
export function sumRowCells(source: usize, width: i32, target: usize, cells: i32): void {
  let whole: i64 = 0;
  let before: i64 = 0;
  let x = 0;
  for (let cell = 1; cell <= cells; cell += 1) {
    const end = <i64>cell * <i64>width;
    const until = <i32>(end / cells);
    let four = i32x4.splat(0);
    for (; x + 4 <= until; x += 4) four = i32x4.add(four, v128.load(source + (<usize>x << 2)));
    // No lane overflows: a picture that is decoded has fewer than 2²⁸ pixels, and a lane gets a 68th of a row's.
    whole += <i64>(i32x4.extract_lane(four, 0) + i32x4.extract_lane(four, 1));
    whole += <i64>(i32x4.extract_lane(four, 2) + i32x4.extract_lane(four, 3));
    for (; x < until; x += 1) whole += <i64>load<i32>(source + (<usize>x << 2));
    const part = end - <i64>until * cells;
    let sum = whole * cells;
    if (part > 0) sum += part * <i64>load<i32>(source + (<usize>until << 2));
    store<f64>(target, <f64>(sum - before));
    before = sum;
    target += 8;
  }
}

/** Red, green and blue of two pixels, each channel's beside each other as int16, and four lanes of nothing. A negative place gives a zero. */
@inline
function firstTwo(bytes: v128): v128 {
  return i8x16.swizzle(bytes, i8x16(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1));
}

@inline
function nextTwo(bytes: v128): v128 {
  return i8x16.swizzle(bytes, i8x16(6, -1, 9, -1, 7, -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1));
}

/** One channel of four pixels as int32. */
@inline
function pick(pixels: v128, channel: i8): v128 {
  if (channel == 0) return i8x16.swizzle(pixels, i8x16(0, -1, -1, -1, 3, -1, -1, -1, 6, -1, -1, -1, 9, -1, -1, -1));
  if (channel == 1) return i8x16.swizzle(pixels, i8x16(1, -1, -1, -1, 4, -1, -1, -1, 7, -1, -1, -1, 10, -1, -1, -1));
  return i8x16.swizzle(pixels, i8x16(2, -1, -1, -1, 5, -1, -1, -1, 8, -1, -1, -1, 11, -1, -1, -1));
}

/** Sixteen sums, rounded down and clipped to bytes. */
@inline
function clipToBytes(a: v128, b: v128, c: v128, d: v128): v128 {
  const low = i16x8.narrow_i32x4_s(i32x4.shr_s(a, fractionBits), i32x4.shr_s(b, fractionBits));
  const high = i16x8.narrow_i32x4_s(i32x4.shr_s(c, fractionBits), i32x4.shr_s(d, fractionBits));
  return i8x16.narrow_i16x8_u(low, high);
}
