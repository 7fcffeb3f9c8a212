import { describe, expect, it } from "vitest";
import { preparePart, prepareWhole, registerInto } from "../../../../src/core/clusters/registration.ts";
import { computeLooks } from "../../../../src/core/pixels/looks.ts";
import type { Picture } from "../../../../src/core/pixels/picture.ts";
import { cropPicture } from "../../../../src/core/pixels/picture.ts";
import { madePicture, mirrored, paint, tinted } from "./madePictures.ts";

const lumaOf = (picture: Picture) => computeLooks(picture).luma;
const register = (whole: Picture, part: Picture) => registerInto(prepareWhole(lumaOf(whole)), preparePart(lumaOf(part)));

describe("registration", () => {
  const picture = madePicture(1, { width: 320, height: 240 });

  it("finds a crop, and how large it is", () => {
    const found = register(picture, cropPicture(picture, { left: 0.07, top: 0.11, width: 0.8, height: 0.8 }));
    expect(found?.detail).toBeGreaterThan(0.9);
    expect(found?.area).toBeCloseTo(0.64, 1);
    expect(found?.mirrored).toBe(false);
  });

  it("finds a crop of another shape that is mirrored and tinted", () => {
    const found = register(picture, tinted(mirrored(cropPicture(picture, { left: 0.2, top: 0, width: 0.75, height: 1 })), 0.3));
    expect(found?.detail).toBeGreaterThan(0.9);
    expect(found?.mirrored).toBe(true);
  });

  it("finds a picture in itself whole", () => {
    expect(register(picture, picture)).toMatchObject({ area: 1, mirrored: false });
    expect(register(picture, picture)?.detail).toBeCloseTo(1, 5);
  });

  it("doesn't find one picture in another", () => {
    for (let seed = 2; seed < 40; seed += 1) expect(register(picture, madePicture(seed))?.detail ?? 0).toBeLessThan(0.8);
  });

  it("finds a flat picture nowhere, and nothing in it", () => {
    const flat = paint(50, 50, () => [250, 250, 250]);
    expect(register(picture, flat)).toBeUndefined();
    expect(register(flat, picture)).toBeUndefined();
    expect(register(flat, flat)).toBeUndefined();
  });

  it("says how long a small picture must be", () => {
    expect(() => preparePart(new Uint8Array(100))).toThrow("Expected a grey picture of 1024 bytes but received 100");
  });
});

describe("luma", () => {
  it("is the exact mean of each cell, however cells cut through pixels", () => {
    const luma = lumaOf(paint(48, 20, (x) => (x < 0.5 ? [0, 0, 0] : [200, 200, 200])));
    expect([...luma.subarray(0, 32)]).toEqual([...Array<number>(16).fill(0), ...Array<number>(16).fill(200)]);
    expect(lumaOf(paint(1, 1, () => [255, 255, 255])).every((value) => value === 255)).toBe(true);
  });
});
