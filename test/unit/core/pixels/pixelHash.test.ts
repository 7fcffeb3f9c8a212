import { describe, expect, it } from "vitest";
import { hashPixels } from "../../../../src/core/pixels/pixelHash.ts";
import { patternPixels } from "../../../golden/pixels/golden.ts";

describe("hashPixels", () => {
  // xxhash.xxh64_hexdigest(pixels, seed=width) of Python's xxhash 4.1.0, over the pattern of make.py.
  it.each([
    [1, 1, "5b7346834938bf40"],
    [2, 1, "be351389e984503b"],
    [3, 1, "1bd8489860cbc55f"],
    [1, 7, "f7d002d5a0b5f2d7"],
    [5, 2, "dc80298c934a9cfe"],
    [32, 1, "ddea6910f0abf0bb"],
    [13, 11, "b6ee2f67037b9532"],
    [97, 61, "0bfb077b9c8a77fc"],
  ])("is XXH64 with the width as its seed: %i × %i", (width, height, expected) => {
    expect(hashPixels({ width, height, pixels: patternPixels(width, height) })).toBe(expected);
  });

  it("tells pictures apart whose bytes are the same", () => {
    const pixels = patternPixels(6, 4);
    const hashes = [hashPixels({ width: 6, height: 4, pixels }), hashPixels({ width: 4, height: 6, pixels })];
    expect(hashes[0]).not.toBe(hashes[1]);
  });
});
