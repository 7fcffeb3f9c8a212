import { describe, expect, it } from "vitest";
import { findNearHashes, isTelling } from "../../../../src/core/clusters/hashNeighbours.ts";
import { hammingDistance } from "../../../../src/core/pixels/hash.ts";
import { computeLooks } from "../../../../src/core/pixels/looks.ts";
import { createRandom, drawInteger } from "../../../../src/core/random.ts";
import { madePicture, mirrored, paint } from "./madePictures.ts";

/** Random hashes, of which every third is a copy of the one before with `turned` bits turned, half of them in its mirrored hash. */
function madeHashes(rows: number, seed: number) {
  const random = createRandom(seed);
  const draw = () => Uint8Array.from({ length: rows * 32 }, () => drawInteger(random, 256));
  const hashes = { straight: draw(), mirrored: draw(), known: new Uint8Array(rows).fill(1) };
  for (let row = 2; row < rows; row += 3) {
    const from = row % 2 === 0 ? hashes.straight : hashes.mirrored;
    hashes.straight.set(from.subarray((row - 1) * 32, row * 32), row * 32);
    for (let turned = drawInteger(random, 45); turned > 0; turned -= 1)
      hashes.straight[row * 32 + drawInteger(random, 32)]! ^= 1 << drawInteger(random, 8);
  }
  return hashes;
}

describe("hash neighbours", () => {
  it.each([1, 2, 3])("are exactly those within the distance, one way round or mirrored (seed %i)", (seed) => {
    const rows = 300;
    const hashes = madeHashes(rows, seed);
    hashes.known[10] = 0;
    const expected: [number, number, number][] = [];
    const row = (bytes: Uint8Array, at: number) => bytes.subarray(at * 32, (at + 1) * 32);
    for (let a = 0; a < rows; a += 1) {
      for (let b = a + 1; b < rows; b += 1) {
        if (a === 10 || b === 10) continue;
        const [here, there] = [row(hashes.straight, a), row(hashes.straight, b)];
        const distance = Math.min(
          hammingDistance(here, there),
          hammingDistance(row(hashes.mirrored, a), there),
          hammingDistance(here, row(hashes.mirrored, b)),
        );
        if (distance <= 31) expected.push([a, b, distance]);
      }
    }
    expect(expected.length).toBeGreaterThan(20);
    const found = findNearHashes(
      hashes,
      Int32Array.from({ length: rows }, (_, at) => at),
      31,
    );
    expect(found.map(({ from, to, distance }) => [from, to, distance])).toEqual(expected);
  });

  it("see a picture and its mirror image as the same", () => {
    const [one, other] = [madePicture(3), mirrored(madePicture(3))].map((picture) => computeLooks(picture));
    const hashes = {
      straight: new Uint8Array([...one!.perceptualHash, ...other!.perceptualHash]),
      mirrored: new Uint8Array([...one!.mirroredHash, ...other!.mirroredHash]),
      known: Uint8Array.of(1, 1),
    };
    expect(findNearHashes(hashes, Int32Array.of(0, 1), 31)[0]?.distance).toBeLessThan(8);
  });

  it("say nothing of a blank picture", () => {
    const { perceptualHash, mirroredHash } = computeLooks(paint(64, 64, () => [255, 255, 255]));
    expect(isTelling({ straight: perceptualHash, mirrored: mirroredHash, known: Uint8Array.of(1) }, 0)).toBe(false);
    const telling = computeLooks(madePicture(1));
    expect(isTelling({ straight: telling.perceptualHash, mirrored: telling.mirroredHash, known: Uint8Array.of(1) }, 0)).toBe(true);
  });

  it("don't take a common blank margin for likeness, and don't take forever over it", () => {
    const rows = 3000;
    const hashes = madeHashes(rows, 5);
    for (let row = 0; row < rows; row += 1) for (const bytes of [hashes.straight, hashes.mirrored]) bytes.fill(0, row * 32, row * 32 + 20);
    expect(
      findNearHashes(
        hashes,
        Int32Array.from({ length: rows }, (_, at) => at),
        10,
      ).length,
    ).toBeLessThan(rows);
  });
});
