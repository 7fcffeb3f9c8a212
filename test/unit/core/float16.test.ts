import { expect, test } from "vitest";
import { float16FromFloat32, float32FromFloat16 } from "../../../src/core/float16.ts";
import { createRandom } from "../../../src/core/random.ts";

const allHalves = Uint16Array.from({ length: 65_536 }, (_, i) => i);

test("all 65,536 float16 values come back from float32 with the same bits", () => {
  const values = float32FromFloat16(allHalves);
  const back = float16FromFloat32(values);
  for (let half = 0; half < 65_536; half++) {
    const isNaN16 = (half & 0x7c00) === 0x7c00 && (half & 0x3ff) !== 0;
    if (isNaN16) {
      expect(values[half]).toBeNaN();
      expect(back[half]! & 0x7c00).toBe(0x7c00);
      expect(back[half]! & 0x3ff).not.toBe(0);
    } else if (back[half] !== half) expect.fail(`0x${half.toString(16)} came back as 0x${back[half]!.toString(16)}`);
  }
});

test("known values widen exactly", () => {
  const widened = float32FromFloat16(Uint16Array.of(0x0001, 0x03ff, 0x0400, 0x3555, 0x3c00, 0x7bff, 0x7c00, 0xfc00));
  expect([...widened]).toEqual([2 ** -24, 1023 * 2 ** -24, 2 ** -14, 0.333251953125, 1, 65_504, Infinity, -Infinity]);
  expect(Object.is(float32FromFloat16(Uint16Array.of(0x8000))[0], -0)).toBe(true);
});

test("the middle between two neighbours rounds to the even one, and its float32 neighbours to their own side", () => {
  const word = new Uint32Array(1);
  const float = new Float32Array(word.buffer);
  for (let half = 0; half < 0x7c00; half++) {
    const [low, high] = float32FromFloat16(Uint16Array.of(half, half + 1));
    float[0] = half === 0x7bff ? 65_520 : (low! + high!) / 2;
    const middle = word[0]!;
    const rounded = [middle - 1, middle, middle + 1].map((bits) => {
      word[0] = bits;
      return float16FromFloat32(float)[0];
    });
    const even = half % 2 === 0 ? half : half + 1;
    if (rounded[0] !== half || rounded[1] !== even || rounded[2] !== half + 1)
      expect.fail(`after 0x${half.toString(16)}: ${rounded.join(" ")}`);
  }
});

test("random float32 values round as the platform's own Float16Array does", () => {
  const native = (globalThis as { Float16Array?: new (values: Float32Array) => { buffer: ArrayBuffer } }).Float16Array;
  if (native === undefined) return;
  const random = createRandom(1);
  const words = Uint32Array.from({ length: 200_000 }, () => Math.floor(random() * 2 ** 32));
  const floats = new Float32Array(words.buffer).map((value) => (Number.isNaN(value) ? 0 : value));
  expect(float16FromFloat32(floats)).toEqual(new Uint16Array(new native(floats).buffer));
});

test("a view into a larger array is converted alone, into the target that is given", () => {
  const source = Float32Array.of(9, 1, 2, 9).subarray(1, 3);
  const target = new Uint16Array(2);
  expect(float16FromFloat32(source, target)).toBe(target);
  expect([...target]).toEqual([0x3c00, 0x4000]);
});
