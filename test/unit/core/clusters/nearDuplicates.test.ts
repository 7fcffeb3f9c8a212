import { describe, expect, it } from "vitest";
import { findNearDuplicates } from "../../../../src/core/clusters/nearDuplicates.ts";
import { matrixFromArray } from "../../../../src/core/matrix.ts";
import { createPlainGemm } from "../../../../src/core/neighbours/plainGemm.ts";
import { computeLooks } from "../../../../src/core/pixels/looks.ts";
import type { Picture } from "../../../../src/core/pixels/picture.ts";
import { cropPicture } from "../../../../src/core/pixels/picture.ts";
import { madeRows } from "../neighbours/made.ts";
import { madePicture, mirrored, tinted } from "./madePictures.ts";

const dim = 16;

interface Made {
  readonly picture: Picture;
  /** Samples of one `look` have a cosine near 0.95. */
  readonly look: number;
  /** The same of a companion's vectors, where there is one. */
  readonly other?: number;
}

type Words = Pick<Parameters<typeof findNearDuplicates>[0], "stated" | "apart">;

/** Vectors of length 1, whose cosine is near 0.95 within a look. */
function vectorsOf(lookOf: readonly number[], seed: number): Float32Array {
  const [looks, noise] = [madeRows(50, dim, { seed }), madeRows(lookOf.length, dim, { seed: seed + 1 })];
  return Float32Array.from(
    lookOf.flatMap((look, row) => {
      const vector = Array.from({ length: dim }, (_, at) => looks[look * dim + at]! + 0.2 * noise[row * dim + at]!);
      return vector.map((value) => value / Math.hypot(...vector));
    }),
  );
}

type FindOptions = Words & {
  onProgress?: (done: number, total: number) => void;
  luma?: boolean;
  cosine?: number | undefined;
  companion?: number | undefined;
};

async function find(made: readonly Made[], options: FindOptions = {}) {
  const values = vectorsOf(
    made.map(({ look }) => look),
    1,
  );
  const others = vectorsOf(
    made.map(({ look, other }) => other ?? look),
    5,
  );
  const hashes = made.map(({ picture }) => computeLooks(picture));
  const lumas = made.map(({ picture }) => computeLooks(picture).luma);
  const groups = await findNearDuplicates(
    {
      images: matrixFromArray(values, dim),
      rows: Int32Array.from(made.keys()),
      facts: {
        ids: made.map((_, row) => `s${String(row).padStart(3, "0")}`),
        pixelCount: Float64Array.from(made, ({ picture }) => picture.width * picture.height),
        sizeBytes: new Float64Array(made.length),
      },
      hashes: {
        straight: Uint8Array.from(hashes.flatMap(({ perceptualHash }) => [...perceptualHash])),
        mirrored: Uint8Array.from(hashes.flatMap(({ mirroredHash }) => [...mirroredHash])),
        known: new Uint8Array(made.length).fill(1),
      },
      readLumas: options.luma === false ? undefined : () => Promise.resolve((row: number) => lumas[row]),
      cosine: "cosine" in options ? options.cosine : 0.9,
      ...("companion" in options && {
        companion: { images: matrixFromArray(others, dim), cosine: options.companion, names: ["first", "second"] as const },
      }),
      gemm: createPlainGemm(),
      ...(options.stated && { stated: options.stated }),
      ...(options.apart && { apart: options.apart }),
    },
    { onProgress: options.onProgress },
  );
  return { groups, rows: groups.map(({ members }) => members.map(({ row }) => row)) };
}

const photo = (seed: number) => madePicture(seed, { width: 160, height: 120 });
const foreign = (from: number): Made[] => Array.from({ length: 20 }, (_, at) => ({ picture: photo(from + at), look: 10 + at }));

describe("near-duplicates", () => {
  it("are what a person said to be one picture, and not what a person told apart", async () => {
    const original = photo(1);
    const crop = cropPicture(original, { left: 0.05, top: 0.1, width: 0.85, height: 0.85 });
    const made = [{ picture: crop, look: 0 }, { picture: original, look: 0 }, { picture: tinted(original, 0.15), look: 0 }, ...foreign(50)];
    expect((await find(made)).rows).toEqual([[1, 2, 0]]);
    expect((await find(made, { stated: [[9, 2]] })).rows).toEqual([[1, 2, 9, 0]]);
    expect((await find(made, { stated: [[9, 12]] })).rows).toEqual([
      [1, 2, 0],
      [9, 12],
    ]);
    expect((await find(made, { apart: [[0, 1]] })).rows).toEqual([[1, 2]]);
    // Both are near the original, but must not be in one group with each other.
    expect((await find(made, { apart: [[2, 0]] })).rows).toEqual([[1, 2]]);
  });

  it("are never in doubt where a person alone said it", async () => {
    const made = foreign(80);
    const stated = Array.from({ length: 10 }, (_, at) => [at, at + 10] as const);
    const { groups } = await find(made, { stated });
    expect(groups).toHaveLength(10);
    expect(groups.filter(({ review }) => review !== undefined)).toEqual([]);
    expect(groups[0]!.scores!.flat().every((score) => Number.isFinite(score))).toBe(true);
  });

  it("are also those that a companion sees, by its own limit, and tell who saw them", async () => {
    const original = photo(1);
    const crop = cropPicture(original, { left: 0.2, top: 0.15, width: 0.72, height: 0.78 });
    const made: Made[] = [
      { picture: original, look: 0, other: 0 },
      { picture: crop, look: 1, other: 0 },
      { picture: photo(2), look: 2, other: 1 },
      { picture: tinted(photo(2), 0.15), look: 2, other: 2 },
      { picture: photo(3), look: 3, other: 3 },
      { picture: photo(4), look: 4, other: 3 },
      ...foreign(50),
    ];
    expect((await find(made)).rows).toEqual([[2, 3]]);
    const { groups, rows } = await find(made, { companion: 0.9 });
    // Two pictures that the companion alone takes for one thing are none: each candidate is confirmed by its pixels.
    expect(rows).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expect(groups.map(({ name, seenBy }) => [name, seenBy])).toEqual([
      ["2 versions of one picture, seen by second", ["second"]],
      ["2 versions of one picture, seen by first", ["first"]],
    ]);
    // The scores of a group stay the first encoder's.
    expect(groups[0]!.scores![0]![1]).toBeLessThan(0.9);
    expect((await find(made, { companion: undefined })).rows).toEqual([[2, 3]]);
  });

  it("seen by two encoders count their progress once, never backwards", async () => {
    const made = foreign(50);
    const told: number[] = [];
    await find(made, { companion: 0.9, onProgress: (done, total) => told.push(done / total) });
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(told.at(-1)).toBe(1);
  });

  it("are a picture with its crops, mirror images and tints, the largest first", async () => {
    const original = photo(1);
    const crop = cropPicture(original, { left: 0.05, top: 0.1, width: 0.85, height: 0.85 });
    const made = [
      { picture: crop, look: 0 },
      { picture: original, look: 0 },
      { picture: mirrored(original), look: 1 },
      { picture: tinted(original, 0.15), look: 0 },
      ...foreign(100),
    ];
    const { groups, rows } = await find(made);
    expect(rows).toEqual([[1, 2, 3, 0]]);
    expect(groups[0]?.name).toBe("4 versions of one picture");
    expect(groups[0]?.scores?.[0]?.[0]).toBeCloseTo(1, 5);
    expect(groups[0]?.review).toBeUndefined();
  });

  it("are not two pictures that the encoder takes for the same thing", async () => {
    const made = [{ picture: photo(1), look: 0 }, { picture: photo(2), look: 0 }, ...foreign(100)];
    expect((await find(made)).rows).toEqual([]);
    expect((await find(made, { luma: false })).rows).toEqual([[0, 1]]);
  });

  it("make no chains: who is like a member but not like the keeper stays out", async () => {
    const original = photo(1);
    const left = cropPicture(original, { left: 0, top: 0, width: 0.8, height: 1 });
    const leftOfLeft = cropPicture(original, { left: 0, top: 0, width: 0.58, height: 1 });
    const { rows } = await find([
      { picture: original, look: 0 },
      { picture: left, look: 0 },
      { picture: leftOfLeft, look: 0 },
      ...foreign(100),
    ]);
    expect(rows).toEqual([[0, 1]]);
  });

  it("go by the hashes alone where there is no threshold", async () => {
    const made = [{ picture: photo(1), look: 0 }, { picture: tinted(photo(1), 0.1), look: 1 }, ...foreign(100)];
    expect((await find(made, { cosine: undefined })).rows).toEqual([[0, 1]]);
  });

  it("are for a person to look at where more than half of the images would go", async () => {
    const versions = (at: number) => [photo(at), tinted(photo(at), 0.1), mirrored(photo(at))];
    const made = Array.from({ length: 12 }, (_, at) => versions(at).map((picture) => ({ picture, look: at }))).flat();
    const { groups } = await find(made);
    expect(groups.length).toBe(12);
    expect(groups[0]?.review).toBe("24 of 36 images (67 %) would go as near-duplicates: the dataset may be made of similar pictures");
  });

  it("are the same groups in another order of the samples", async () => {
    const made = [
      { picture: photo(1), look: 0 },
      { picture: mirrored(photo(1)), look: 0 },
      { picture: photo(5), look: 1 },
      { picture: tinted(photo(5), 0.1), look: 1 },
      ...foreign(100),
    ];
    const { rows } = await find(made);
    const turned = await find(made.toReversed());
    const groups = (found: number[][], turn: (row: number) => number) =>
      found
        .map((group) =>
          group
            .map(turn)
            .sort((a, b) => a - b)
            .join(),
        )
        .sort();
    expect(groups(turned.rows, (row) => made.length - 1 - row)).toEqual(groups(rows, (row) => row));
  });
});
