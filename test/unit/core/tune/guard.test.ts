import { describe, expect, it } from "vitest";
import { findFall, hasFallen, isAboveChance } from "../../../../src/core/tune/guard.ts";

const of = (share: number, canary = NaN) => ({ recall: { imageToText: share, textToImage: share }, canary });

describe("a mean recall", () => {
  it("is above chance where ten are found", () => {
    expect([isAboveChance(0.1, 100), isAboveChance(0.09, 100), isAboveChance(0.16, 64), isAboveChance(NaN, 64)]).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });

  it("has fallen below a share of what it was only where that was more than chance", () => {
    const guard = { share: 0.5, images: 100 };
    expect(hasFallen(0.2, 0.5, guard)).toBe(true);
    expect(hasFallen(0.3, 0.5, guard)).toBe(false);
    expect(hasFallen(0, 0.05, guard)).toBe(false);
    expect(hasFallen(NaN, NaN, guard)).toBe(false);
  });
});

describe("the guard", () => {
  const guard = { guard: 0.5, images: 100 };

  it("ends a run by what is held out, by the canary, and by neither", () => {
    expect(findFall(of(0.2, 0.9), of(0.5, 0.9), guard)).toBe("fallen");
    expect(findFall(of(0.6, 0.4), of(0.5, 0.9), guard)).toBe("forgotten");
    expect(findFall(of(0.2, 0.4), of(0.5, 0.9), guard)).toBe("fallen");
    expect(findFall(of(0.6, 0.5), of(0.5, 0.9), guard)).toBeUndefined();
  });

  it("needs no pairs that are held out to tell what is forgotten", () => {
    expect(findFall(of(NaN, 0.4), of(NaN, 0.9), { ...guard, images: 0 })).toBe("forgotten");
  });

  it("ends nothing where the canary is unknown, or nothing is wished for", () => {
    expect(findFall(of(0.6), of(0.5), guard)).toBeUndefined();
    expect(findFall(of(0.6), of(0.5, 0.9), guard)).toBeUndefined();
    expect(findFall(of(0, 0), of(0.5, 0.9), { ...guard, guard: 0 })).toBeUndefined();
  });
});
