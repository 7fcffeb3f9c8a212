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

/** Adds `count` rows (257 at most, for they are added as uint16 first) of `rowLength` bytes, `weight` times each, to `rowLength` sums of uint32. */
export function addRows(source: usize, rowLength: usize, count: i32, weight: i32, sums: usize): void {
  const times = i32x4.splat(weight);
  for (let x: usize = 0; x < rowLength; x += 32) {
    let a = i16x8.splat(0);
    let b = a;
    let c = a;
    let d = a;
    let from = source + x;
    for (let row = 0; row < count; row += 1) {
      const left = v128.load(from);
      const right = v128.load(from, 16);
      a = i16x8.add(a, i16x8.extend_low_i8x16_u(left));
      b = i16x8.add(b, i16x8.extend_high_i8x16_u(left));
      c = i16x8.add(c, i16x8.extend_low_i8x16_u(right));
      d = i16x8.add(d, i16x8.extend_high_i8x16_u(right));
      from += rowLength;
    }
    addEight(sums, a, times);
    addEight(sums + 32, b, times);
    addEight(sums + 64, c, times);
    addEight(sums + 96, d, times);
    sums += 128;
  }
}

/** greyCells.ts' grey of `width` sums of red, green and blue: float64. */
export function readGreySums(sums: usize, width: i32, target: usize): void {
  for (let x = 0; x < width; x += 1) {
    const warm = 299.0 * <f64>load<u32>(sums) + 587.0 * <f64>load<u32>(sums, 4);
    store<f64>(target, warm + 114.0 * <f64>load<u32>(sums, 8));
    sums += 12;
    target += 8;
  }
}

/** pixelHash.ts' plainHashStripes. */
export function hashStripes(lanes: usize, source: usize, length: usize): void {
  let a = load<u64>(lanes);
  let b = load<u64>(lanes, 8);
  let c = load<u64>(lanes, 16);
  let d = load<u64>(lanes, 24);
  for (const end = source + length; source < end; source += 32) {
    a = takeIn(a, load<u64>(source));
    b = takeIn(b, load<u64>(source, 8));
    c = takeIn(c, load<u64>(source, 16));
    d = takeIn(d, load<u64>(source, 24));
  }
  store<u64>(lanes, a);
  store<u64>(lanes, b, 8);
  store<u64>(lanes, c, 16);
  store<u64>(lanes, d, 24);
}

@inline
function takeIn(lane: u64, input: u64): u64 {
  return rotl<u64>(lane + input * 0xc2b2ae3d27d4eb4f, 31) * 0x9e3779b185ebca87;
}

/** Adds eight values of uint16, `times` each, to as many sums. */
@inline
function addEight(sums: usize, values: v128, times: v128): void {
  const low = i32x4.mul(i32x4.extend_low_i16x8_u(values), times);
  const high = i32x4.mul(i32x4.extend_high_i16x8_u(values), times);
  v128.store(sums, i32x4.add(v128.load(sums), low));
  v128.store(sums, i32x4.add(v128.load(sums, 16), high), 16);
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

/** Sixteen sums, rounded down and clipped to bytes. */
@inline
function clipToBytes(a: v128, b: v128, c: v128, d: v128): v128 {
  const low = i16x8.narrow_i32x4_s(i32x4.shr_s(a, fractionBits), i32x4.shr_s(b, fractionBits));
  const high = i16x8.narrow_i32x4_s(i32x4.shr_s(c, fractionBits), i32x4.shr_s(d, fractionBits));
  return i8x16.narrow_i16x8_u(low, high);
}
