import { describe, expect, it } from "vitest";
import { hammingDistance } from "../../../../src/core/pixels/hash.ts";
import { computeLooks } from "../../../../src/core/pixels/looks.ts";
import type { Picture } from "../../../../src/core/pixels/picture.ts";
import { resizePicture } from "../../../../src/core/pixels/resample.ts";
import { patternPixels } from "../../../golden/pixels/golden.ts";

function flip({ width, height, pixels }: Picture): Picture {
  const flipped = new Uint8Array(pixels.length);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const from = (y * width + x) * 3;
      flipped.set(pixels.subarray(from, from + 3), (y * width + width - 1 - x) * 3);
    }
  }
  return { width, height, pixels: flipped };
}

/** Blobs: a small pattern enlarged. */
function makePicture(width: number, height: number): Picture {
  return resizePicture({ width: 9, height: 7, pixels: patternPixels(9, 7) }, { width, height, filter: "bicubic" });
}

describe("perceptual hashes", () => {
  it.each([
    [17, 16],
    [64, 48],
    [100, 31],
    [5, 3],
    [1, 1],
    [1, 40],
    [16, 1],
  ])("of a flipped picture are the mirrored ones to the bit: %i × %i", (width, height) => {
    const picture = { width, height, pixels: patternPixels(width, height) };
    const hashes = computeLooks(picture);
    const flipped = computeLooks(flip(picture));
    expect(flipped.perceptualHash).toEqual(hashes.mirroredHash);
    expect(flipped.mirroredHash).toEqual(hashes.perceptualHash);
  });

  it("have a bit where a cell is brighter than its right neighbour", () => {
    const pixels = new Uint8Array(17 * 16 * 3);
    pixels.fill(200, 0, 3);
    pixels.fill(100, (15 * 17 + 16) * 3);
    const { perceptualHash, mirroredHash } = computeLooks({ width: 17, height: 16, pixels });
    expect([perceptualHash[0], perceptualHash.slice(1).some((byte) => byte !== 0)]).toEqual([0x80, false]);
    expect([mirroredHash[30], mirroredHash.filter((byte) => byte !== 0).length]).toEqual([0x80, 1]);
  });

  it("hardly change with the size, and much with the picture", () => {
    const large = computeLooks(makePicture(300, 200)).perceptualHash;
    const small = computeLooks(makePicture(90, 60)).perceptualHash;
    const other = computeLooks(flip(makePicture(300, 200))).perceptualHash;
    expect(hammingDistance(large, small)).toBeLessThanOrEqual(8);
    expect(hammingDistance(large, other)).toBeGreaterThan(60);
  });
});

describe("hammingDistance", () => {
  it("counts differing bits", () => {
    expect(hammingDistance(Uint8Array.of(0xff, 0), Uint8Array.of(0x0f, 1))).toBe(5);
  });
});
