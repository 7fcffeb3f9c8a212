const bitsPerHalf = 16;
const infinity16 = 0x7c00;
const quietNaN16 = 0x7e00;
/** Bits of float32: infinity, 2^16 (nothing finite of float16 reaches it), 2^-14 (the smallest normal float16), 2^-25 (half the smallest subnormal). */
const infinity32 = 0x7f800000;
const overflow32 = 0x47800000;
const smallestNormal32 = 0x38800000;
const halfSmallest32 = 0x33000000;
/** Difference of the two formats' exponent biases (127 and 15), in place in a float32. */
const rebias32 = (127 - 15) << 23;

/**
 * Rounds float32 values to IEEE 754 binary16, to nearest and ties to even as numpy's astype does, subnormals and infinities included.
 * NaN becomes a quiet NaN. Writes into `target` where one is given, as long as `source`.
 */
export function float16FromFloat32(source: Float32Array, target: Uint16Array = new Uint16Array(source.length)): Uint16Array {
  const bits = new Uint32Array(source.buffer, source.byteOffset, source.length);
  for (let i = 0; i < bits.length; i++) target[i] = halfFromBits(bits[i]!);
  return target;
}

/** Widens IEEE 754 binary16 bit patterns to float32, which is exact. Writes into `target` where one is given, as long as `source`. */
export function float32FromFloat16(source: Uint16Array, target: Float32Array = new Float32Array(source.length)): Float32Array {
  const values = (widened ??= widenAll());
  for (let i = 0; i < source.length; i++) target[i] = values[source[i]!]!;
  return target;
}

/** Every float16 as float32, made on first use: a look-up is faster than taking the bits apart. */
let widened: Float32Array | undefined;

function widenAll(): Float32Array {
  return Float32Array.from({ length: 2 ** bitsPerHalf }, (_, half) => floatFromHalf(half));
}

function floatFromHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function halfFromBits(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude >= overflow32) return sign | (magnitude > infinity32 ? quietNaN16 : infinity16);
  // A carry out of the fraction raises the exponent, up to infinity: what rounding asks for.
  if (magnitude >= smallestNormal32) return sign | roundShift(magnitude - rebias32, 13);
  if (magnitude <= halfSmallest32) return sign;
  const fraction = (magnitude & 0x7fffff) | 0x800000;
  return sign | roundShift(fraction, 126 - (magnitude >>> 23));
}

/** Shifts right by `places`, rounding to nearest with ties to even. */
function roundShift(value: number, places: number): number {
  const odd = (value >>> places) & 1;
  return (value + (1 << (places - 1)) - 1 + odd) >>> places;
}
