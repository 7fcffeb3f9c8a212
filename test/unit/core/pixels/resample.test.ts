import { describe, expect, it } from "vitest";
import { resizePicture } from "../../../../src/core/pixels/resample.ts";
import { golden, hashOf, patternPixels } from "../../../golden/pixels/golden.ts";

describe("resizePicture", () => {
  it.each(golden.resize)("gives Pillow's bytes: $filter of $kind, $width × $height to $outWidth × $outHeight", (given) => {
    const source = { width: given.width, height: given.height, pixels: patternPixels(given.width, given.height, given.kind) };
    const resized = resizePicture(source, { width: given.outWidth, height: given.outHeight, filter: given.filter });
    expect(hashOf(resized.pixels)).toBe(given.sha256);
  });

  it.each([
    { name: "columns first", width: 61, height: 47, outWidth: 30, outHeight: 22 },
    { name: "rows first", width: 30, height: 90, outWidth: 22, outHeight: 33 },
    { name: "rows alone", width: 30, height: 90, outWidth: 30, outHeight: 33 },
    { name: "enlarging", width: 9, height: 7, outWidth: 40, outHeight: 33 },
  ])("gives a region the values that it has in the whole: $name", ({ width, height, outWidth, outHeight }) => {
    const source = { width, height, pixels: patternPixels(width, height) };
    for (const filter of ["nearest", "bilinear", "bicubic", "lanczos"] as const) {
      const whole = resizePicture(source, { width: outWidth, height: outHeight, filter });
      const region = { left: 5, top: 3, width: 11, height: 17 };
      const part = resizePicture(source, { width: outWidth, height: outHeight, filter, region });
      const expected = new Uint8Array(11 * 17 * 3);
      for (let y = 0; y < 17; y += 1) {
        const from = ((y + 3) * outWidth + 5) * 3;
        expected.set(whole.pixels.subarray(from, from + 33), y * 33);
      }
      expect(part).toEqual({ width: 11, height: 17, pixels: expected });
    }
  });

  it("leaves a picture of the wanted size as it is", () => {
    const source = { width: 8, height: 5, pixels: patternPixels(8, 5) };
    expect(resizePicture(source, { width: 8, height: 5, filter: "bicubic" })).toBe(source);
  });
});
