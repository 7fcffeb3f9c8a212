import { describe, expect, it } from "vitest";
import { calibrationCrop, drawCalibrationRows, thresholdFromCrops } from "../../../../src/core/clusters/cropCalibration.ts";
import type { SameFacts } from "../../../../src/core/clusters/duplicates.ts";
import { duplicateClasses, findDuplicates, findPixelDuplicates, representatives } from "../../../../src/core/clusters/duplicates.ts";

function factsOf(rows: readonly { id: string; content?: string; pixels?: string; pixelCount?: number; bytes?: number }[]): SameFacts {
  return {
    ids: rows.map(({ id }) => id),
    contentHashes: rows.map(({ content }) => content),
    pixelHashes: rows.map(({ pixels }) => pixels),
    pixelCount: Float64Array.from(rows, ({ pixelCount }) => pixelCount ?? 100),
    sizeBytes: Float64Array.from(rows, ({ bytes }) => bytes ?? 10),
  };
}

describe("duplicates", () => {
  const facts = factsOf([
    { id: "d", content: "1", pixels: "x" },
    { id: "b", content: "1", pixels: "x" },
    { id: "c", content: "2", pixels: "x", bytes: 99 },
    { id: "a" },
    { id: "e" },
    { id: "f", content: "3", pixels: "y" },
  ]);

  it("are samples with the same bytes, the lowest id first", () => {
    expect(findDuplicates(facts)).toEqual([
      { id: "duplicate-0001", kind: "duplicate", name: "2 files with the same bytes", members: [{ row: 1 }, { row: 0 }] },
    ]);
  });

  it("of pixels name one sample of each content, the least compressed first", () => {
    expect(findPixelDuplicates(facts).map(({ members }) => members)).toEqual([[{ row: 2 }, { row: 1 }]]);
  });

  it("make classes across kinds, and leave one sample of each", () => {
    const groups = [...findDuplicates(facts), ...findPixelDuplicates(facts)];
    const classes = duplicateClasses(6, groups);
    expect([classes[0], classes[1]]).toEqual([classes[2], classes[2]]);
    expect(new Set(classes).size).toBe(4);
    expect([...representatives(6, groups)]).toEqual([2, 3, 4, 5]);
  });

  it("don't join pictures without a hash", () => {
    expect(findDuplicates(factsOf([{ id: "a" }, { id: "b" }]))).toEqual([]);
  });
});

describe("calibration", () => {
  it("takes the 5 % quantile of the known cosines", () => {
    expect(thresholdFromCrops(Float32Array.from({ length: 101 }, (_, at) => at / 100))).toBeCloseTo(0.05, 6);
    expect(thresholdFromCrops(Float32Array.of(NaN, 0.9))).toBeCloseTo(0.9, 6);
    expect(thresholdFromCrops(Float32Array.of(NaN))).toBeUndefined();
  });

  it("crops 80 % of the area inside the picture, at the same place each time", () => {
    const crop = calibrationCrop("a.jpg", 1);
    expect(crop.width * crop.height).toBeCloseTo(0.8, 10);
    expect(crop.left + crop.width).toBeLessThanOrEqual(1);
    expect(calibrationCrop("a.jpg", 1)).toEqual(crop);
    expect(calibrationCrop("b.jpg", 1)).not.toEqual(crop);
  });

  it("draws 200 samples by name", () => {
    const ids = Array.from({ length: 1000 }, (_, at) => `${at}.jpg`);
    expect(new Set(drawCalibrationRows(ids, { seed: 0 })).size).toBe(200);
    expect(drawCalibrationRows(ids.slice(0, 5), { seed: 0, isAllowed: (row) => row > 2 }).length).toBe(2);
  });
});
